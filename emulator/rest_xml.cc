// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_xml.h"

#include "emulator/service_error.h"

#include <charconv>
#include <cstdint>
#include <utility>

namespace culvert::emulator {
namespace {

constexpr std::size_t kBytesMax = std::size_t{8} * 1024 * 1024;
constexpr std::size_t kElementsMax = 10'000;
constexpr int kLevelsMax = 32;
constexpr std::string_view kBlank = " \t\r\n";

Error Malformed(std::string_view what) {
  return InvalidArgument("Invalid XML in the request body - " + std::string(what))
      .Because("ODPS-0420031");
}

void AppendUtf8(std::uint32_t code, std::string& out) {
  const auto tail = [&](int shift) {
    out += static_cast<char>(0x80U | ((code >> static_cast<unsigned>(shift)) & 0x3fU));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

bool AppendEntity(std::string_view name, std::string& out) {
  if (name == "lt") {
    out += '<';
  } else if (name == "gt") {
    out += '>';
  } else if (name == "amp") {
    out += '&';
  } else if (name == "quot") {
    out += '"';
  } else if (name == "apos") {
    out += '\'';
  } else if (name.starts_with('#')) {
    const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    const std::string_view digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    const auto read =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size() ||
        code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      return false;
    }
    AppendUtf8(code, out);
  } else {
    return false;
  }
  return true;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<XmlElement> Document() {
    if (text_.starts_with("\xef\xbb\xbf")) next_ = 3;
    CULVERT_TRY(SkipProlog());
    CULVERT_ASSIGN_OR_RETURN(XmlElement root, Element(0));
    CULVERT_TRY(SkipProlog());
    if (next_ != text_.size()) return Fail(Malformed("content behind the root element"));
    return root;
  }

 private:
  bool At(std::string_view prefix) const { return text_.substr(next_).starts_with(prefix); }
  bool Accept(std::string_view prefix) {
    if (!At(prefix)) return false;
    next_ += prefix.size();
    return true;
  }
  /// Past the next `end`; what was before it.
  Result<std::string_view> Until(std::string_view end) {
    const std::size_t found = text_.find(end, next_);
    if (found == std::string_view::npos) return Fail(Malformed("it ends too early"));
    const std::string_view passed = text_.substr(next_, found - next_);
    next_ = found + end.size();
    return passed;
  }
  void SkipBlank() {
    while (next_ < text_.size() && kBlank.find(text_[next_]) != std::string_view::npos) ++next_;
  }
  Status SkipProlog() {
    while (true) {
      SkipBlank();
      if (Accept("<?")) {
        CULVERT_TRY(Until("?>"));
      } else if (Accept("<!--")) {
        CULVERT_TRY(Until("-->"));
      } else {
        return {};
      }
    }
  }
  Result<std::string> Name() {
    const std::size_t begin = next_;
    while (next_ < text_.size()) {
      const char c = text_[next_];
      const bool part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
                        (next_ > begin && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
      if (!part) break;
      ++next_;
    }
    if (next_ == begin || next_ - begin > 128) return Fail(Malformed("an element without a name"));
    return std::string(text_.substr(begin, next_ - begin));
  }
  /// The rest of a start tag; true when the element is empty (`/>`).
  Result<bool> SkipAttributes() {
    while (true) {
      SkipBlank();
      if (Accept("/>")) return true;
      if (Accept(">")) return false;
      CULVERT_TRY(Name());
      SkipBlank();
      if (!Accept("=")) return Fail(Malformed("an attribute without a value"));
      SkipBlank();
      const std::string_view quote = At("'") ? "'" : "\"";
      if (!Accept(quote)) return Fail(Malformed("an attribute without quotes"));
      CULVERT_TRY(Until(quote));
    }
  }
  Status Text(std::string& out) {
    while (next_ < text_.size() && text_[next_] != '<') {
      if (text_[next_] != '&') {
        out += text_[next_++];
        continue;
      }
      ++next_;
      const std::size_t end = text_.find(';', next_);
      if (end == std::string_view::npos || end - next_ > 10 ||
          !AppendEntity(text_.substr(next_, end - next_), out)) {
        return Fail(Malformed("an unknown entity"));
      }
      next_ = end + 1;
    }
    return {};
  }
  Result<XmlElement> Element(int level) {
    if (level >= kLevelsMax) return Fail(Malformed("too many levels"));
    if (++elements_ > kElementsMax) return Fail(Malformed("too many elements"));
    if (!Accept("<")) return Fail(Malformed("an element is missing"));
    XmlElement element;
    CULVERT_ASSIGN_OR_RETURN(element.name, Name());
    CULVERT_ASSIGN_OR_RETURN(const bool empty, SkipAttributes());
    if (empty) return element;
    while (true) {
      CULVERT_TRY(Text(element.text));
      if (Accept("</")) {
        CULVERT_ASSIGN_OR_RETURN(const std::string name, Name());
        SkipBlank();
        if (name != element.name || !Accept(">")) return Fail(Malformed("an end tag that differs"));
        return element;
      }
      if (Accept("<!--")) {
        CULVERT_TRY(Until("-->"));
      } else if (Accept("<![CDATA[")) {
        CULVERT_ASSIGN_OR_RETURN(const std::string_view data, Until("]]>"));
        element.text += data;
      } else if (At("<") && !At("<!") && !At("<?")) {
        CULVERT_ASSIGN_OR_RETURN(XmlElement child, Element(level + 1));
        element.children.push_back(std::move(child));
      } else {
        return Fail(Malformed("it ends too early or has a declaration inside"));
      }
    }
  }

  std::string_view text_;
  std::size_t next_ = 0;
  std::size_t elements_ = 0;
};

}  // namespace

const XmlElement* XmlElement::Child(std::string_view child_name) const {
  for (const XmlElement& child : children) {
    if (child.name == child_name) return &child;
  }
  return nullptr;
}

std::string XmlElement::ChildText(std::string_view child_name) const {
  const XmlElement* child = Child(child_name);
  if (child == nullptr) return {};
  const std::size_t begin = child->text.find_first_not_of(kBlank);
  if (begin == std::string::npos) return {};
  return child->text.substr(begin, child->text.find_last_not_of(kBlank) + 1 - begin);
}

Result<XmlElement> ParseXml(std::string_view text) {
  if (text.size() > kBytesMax) return Fail(Malformed("it is longer than 8 MiB"));
  return Reader(text).Document();
}

XmlWriter::XmlWriter() : text_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {}

void XmlWriter::Tag(std::string_view name, std::string_view attributes, std::string_view end) {
  text_ += '<';
  text_ += name;
  if (!attributes.empty()) {
    text_ += ' ';
    text_ += attributes;
  }
  text_ += end;
}

XmlWriter& XmlWriter::Open(std::string_view name, std::string_view attributes) {
  Tag(name, attributes, ">");
  return *this;
}

XmlWriter& XmlWriter::Close(std::string_view name) {
  text_ += "</";
  text_ += name;
  text_ += '>';
  return *this;
}

XmlWriter& XmlWriter::Leaf(std::string_view name, std::string_view text,
                           std::string_view attributes) {
  if (text.empty()) {
    Tag(name, attributes, "/>");
    return *this;
  }
  Tag(name, attributes, ">");
  text_ += EscapeXml(text);
  return Close(name);
}

XmlWriter& XmlWriter::Cdata(std::string_view name, std::string_view text,
                            std::string_view attributes) {
  Tag(name, attributes, "><![CDATA[");
  while (true) {
    const std::size_t end = text.find("]]>");
    text_ += text.substr(0, end == std::string_view::npos ? end : end + 2);
    if (end == std::string_view::npos) break;
    text_ += "]]><![CDATA[";
    text.remove_prefix(end + 2);
  }
  text_ += "]]>";
  return Close(name);
}

}  // namespace culvert::emulator
