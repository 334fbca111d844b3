// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/xml.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace culvert::maxcompute::internal {
namespace {

constexpr std::string_view kXmlSpaces = " \t\r\n";

bool IsSpace(char c) { return kXmlSpaces.find(c) != std::string_view::npos; }

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsNameChar(char c) { return IsNameStart(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

/// What XML 1.0 calls a Char.
bool IsXmlChar(std::uint32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  if (c >= 0xd800 && c <= 0xdfff) return false;
  return c <= 0x10ffff && c != 0xfffe && c != 0xffff;
}

/// Length of the UTF-8 character at `at`, or 0 when it is malformed or not an XML Char.
std::size_t XmlCharLength(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t first = byte(at);
  if (first < 0x80) return IsXmlChar(first) ? 1 : 0;
  std::size_t length = 0;
  std::uint32_t value = 0;
  std::uint32_t smallest = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
    value = first & 0x1fU;
    smallest = 0x80;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    value = first & 0x0fU;
    smallest = 0x800;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    value = first & 0x07U;
    smallest = 0x10000;
  } else {
    return 0;
  }
  if (text.size() - at < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint32_t next = byte(at + i);
    if ((next & 0xc0U) != 0x80) return 0;
    value = (value << 6) | (next & 0x3fU);
  }
  return value >= smallest && IsXmlChar(value) ? length : 0;
}

/// Offset of the first character that XML cannot carry, or npos.
std::size_t FindBadChar(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = XmlCharLength(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

void AppendUtf8(std::uint32_t c, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0U | (c >> 6));
    put(0x80U | (c & 0x3fU));
  } else if (c < 0x10000) {
    put(0xe0U | (c >> 12));
    put(0x80U | ((c >> 6) & 0x3fU));
    put(0x80U | (c & 0x3fU));
  } else {
    put(0xf0U | (c >> 18));
    put(0x80U | ((c >> 12) & 0x3fU));
    put(0x80U | ((c >> 6) & 0x3fU));
    put(0x80U | (c & 0x3fU));
  }
}

/// Recursive descent; recursion is bounded by kXmlDepthMax.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<XmlNode> Document() {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    CULVERT_TRY(Declaration());
    CULVERT_TRY(Misc());
    if (Peek() != '<') return Fail(Bad("expected the root element"));
    XmlNode root;
    CULVERT_TRY(Element(root, 1));
    CULVERT_TRY(Misc());
    if (at_ != text_.size()) return Fail(Bad("unexpected text behind the root element"));
    return root;
  }

 private:
  Error Bad(std::string_view what) const {
    return InvalidArgument("malformed xml at byte " + std::to_string(at_) + ": " +
                           std::string(what));
  }
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Accept(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void SkipSpaces() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }
  Status SkipPast(std::string_view token, std::string_view what) {
    const std::size_t end = text_.find(token, at_);
    if (end == std::string_view::npos) return Fail(Bad(what));
    at_ = end + token.size();
    return {};
  }
  Status Count() {
    if (++nodes_ > kXmlNodesMax) return Fail(Bad("too many elements and attributes"));
    return {};
  }

  Status Declaration() {
    if (!text_.substr(at_).starts_with("<?xml") || text_.size() - at_ < 6 ||
        !IsSpace(text_[at_ + 5])) {
      return {};
    }
    const std::size_t end = text_.find("?>", at_);
    if (end == std::string_view::npos) return Fail(Bad("the xml declaration has no end"));
    std::string declaration(text_.substr(at_, end - at_));
    std::ranges::transform(declaration, declaration.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (declaration.find("encoding") != std::string::npos &&
        declaration.find("utf-8") == std::string::npos) {
      return Fail(Bad("only utf-8 is read"));
    }
    at_ = end + 2;
    return {};
  }

  /// Comments, processing instructions and white space outside of the root.
  Status Misc() {
    while (true) {
      SkipSpaces();
      if (text_.substr(at_).starts_with("<!--") || text_.substr(at_).starts_with("<?")) {
        CULVERT_TRY(Markup());
      } else if (text_.substr(at_).starts_with("<!")) {
        return Fail(Bad("a document type declaration is not accepted"));
      } else {
        return {};
      }
    }
  }

  /// A comment or a processing instruction.
  Status Markup() {
    if (Accept("<!--")) {
      CULVERT_TRY(SkipPast("--", "a comment has no end"));
      if (!Accept(">")) return Fail(Bad("'--' inside a comment"));
      return {};
    }
    at_ += 2;
    if (!IsNameStart(Peek())) return Fail(Bad("expected a name behind '<?'"));
    return SkipPast("?>", "a processing instruction has no end");
  }

  Result<std::string> Name() {
    if (!IsNameStart(Peek())) return Fail(Bad("expected a name"));
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsNameChar(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  Status Attributes(XmlNode& node) {
    while (true) {
      const bool spaced = IsSpace(Peek());
      SkipSpaces();
      if (Peek() == '>' || Peek() == '/') return {};
      if (!spaced) return Fail(Bad("expected a space before an attribute"));
      CULVERT_TRY(Count());
      CULVERT_ASSIGN_OR_RETURN(std::string name, Name());
      SkipSpaces();
      if (!Accept("=")) return Fail(Bad("expected '=' behind an attribute's name"));
      SkipSpaces();
      const char quote = Peek();
      if (quote != '"' && quote != '\'') return Fail(Bad("expected a quoted attribute value"));
      ++at_;
      if (node.Attribute(name) != nullptr) return Fail(Bad("an attribute is given twice"));
      if (node.attributes.size() >= kAttributesMax) return Fail(Bad("too many attributes"));
      std::string value;
      while (Peek() != quote) {
        if (at_ >= text_.size()) return Fail(Bad("an attribute value has no end"));
        if (Peek() == '<') return Fail(Bad("'<' inside an attribute value"));
        if (Peek() == '&') {
          CULVERT_TRY(Reference(value));
        } else {
          value.push_back(IsSpace(text_[at_]) ? ' ' : text_[at_]);
          ++at_;
        }
      }
      ++at_;
      node.attributes.emplace_back(std::move(name), std::move(value));
    }
  }

  /// `&amp;`, `&#10;`, `&#xA;`.
  Status Reference(std::string& out) {
    const std::size_t end = text_.substr(at_, kReferenceMax).find(';');
    if (end == std::string_view::npos) return Fail(Bad("'&' without a reference"));
    const std::string_view name = text_.substr(at_ + 1, end - 1);
    if (name.starts_with('#')) {
      const std::optional<std::uint32_t> value = Number(name.substr(1));
      if (!value || !IsXmlChar(*value)) return Fail(Bad("a bad character reference"));
      AppendUtf8(*value, out);
    } else if (name == "lt") {
      out.push_back('<');
    } else if (name == "gt") {
      out.push_back('>');
    } else if (name == "amp") {
      out.push_back('&');
    } else if (name == "quot") {
      out.push_back('"');
    } else if (name == "apos") {
      out.push_back('\'');
    } else {
      return Fail(Bad("an unknown entity"));
    }
    at_ += end + 1;
    return {};
  }

  static std::optional<std::uint32_t> Number(std::string_view digits) {
    std::uint32_t base = 10;
    if (digits.starts_with('x')) {
      base = 16;
      digits.remove_prefix(1);
    }
    if (digits.empty()) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : digits) {
      std::uint32_t digit = 99;
      if (c >= '0' && c <= '9') digit = static_cast<std::uint32_t>(c - '0');
      if (c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
      if (c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
      if (digit >= base) return std::nullopt;
      value = value * base + digit;
      if (value > 0x10ffff) return std::nullopt;
    }
    return value;
  }

  static void AppendText(std::string_view raw, std::string& out) {
    if (raw.find('\r') == std::string_view::npos) {
      out.append(raw);
      return;
    }
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '\r') {
        out.push_back(raw[i]);
      } else if (i + 1 == raw.size() || raw[i + 1] != '\n') {
        out.push_back('\n');
      }
    }
  }

  Status Element(XmlNode& node, int depth) {
    if (depth > kXmlDepthMax) return Fail(Bad("elements are nested too deeply"));
    CULVERT_TRY(Count());
    ++at_;  // '<'
    CULVERT_ASSIGN_OR_RETURN(node.name, Name());
    CULVERT_TRY(Attributes(node));
    if (Accept("/>")) return {};
    if (!Accept(">")) return Fail(Bad("expected '>'"));
    CULVERT_TRY(Content(node, depth));
    CULVERT_ASSIGN_OR_RETURN(const std::string name, Name());
    if (name != node.name) return Fail(Bad("an end tag does not match its start tag"));
    SkipSpaces();
    if (!Accept(">")) return Fail(Bad("expected '>'"));
    return {};
  }

  /// Everything up to and including the "</" of the end tag.
  Status Content(XmlNode& node, int depth) {
    while (true) {
      const std::size_t special = text_.find_first_of("<&", at_);
      if (special == std::string_view::npos) return Fail(Bad("an element has no end"));
      const std::string_view raw = text_.substr(at_, special - at_);
      if (raw.find("]]>") != std::string_view::npos) return Fail(Bad("']]>' outside of cdata"));
      AppendText(raw, node.text);
      at_ = special;
      if (Peek() == '&') {
        CULVERT_TRY(Reference(node.text));
      } else if (Accept("</")) {
        return {};
      } else if (Accept("<![CDATA[")) {
        const std::size_t begin = at_;
        CULVERT_TRY(SkipPast("]]>", "a cdata section has no end"));
        AppendText(text_.substr(begin, at_ - begin - 3), node.text);
      } else if (text_.substr(at_).starts_with("<!--") || text_.substr(at_).starts_with("<?")) {
        CULVERT_TRY(Markup());
      } else {
        CULVERT_TRY(Element(node.children.emplace_back(), depth + 1));
      }
    }
  }

  static constexpr std::size_t kAttributesMax = 256;  // keeps the search for repeats cheap
  static constexpr std::size_t kReferenceMax = 16;

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
};

Error NotXml(std::size_t at) {
  return InvalidArgument("byte " + std::to_string(at) +
                         " of the text is a control character or no utf-8, xml cannot carry it");
}

}  // namespace

const XmlNode* XmlNode::Child(std::string_view child_name) const {
  const auto found = std::ranges::find_if(
      children, [&](const XmlNode& child) { return child.name == child_name; });
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlNode::ChildText(std::string_view child_name) const {
  const XmlNode* child = Child(child_name);
  if (child == nullptr) return {};
  const std::string_view all = child->text;
  const std::size_t begin = all.find_first_not_of(kXmlSpaces);
  if (begin == std::string_view::npos) return {};
  return all.substr(begin, all.find_last_not_of(kXmlSpaces) - begin + 1);
}

const std::string* XmlNode::Attribute(std::string_view attribute_name) const {
  const auto found = std::ranges::find_if(
      attributes, [&](const auto& attribute) { return attribute.first == attribute_name; });
  return found == attributes.end() ? nullptr : &found->second;
}

Result<XmlNode> ParseXml(std::string_view document) {
  if (document.size() > kXmlBytesMax) {
    return Fail(InvalidArgument("an xml document of " + std::to_string(document.size()) +
                                " bytes is above the limit of 64 MiB"));
  }
  if (const std::size_t bad = FindBadChar(document); bad != std::string_view::npos) {
    return Fail(NotXml(bad));
  }
  return Reader(document).Document();
}

Result<std::string> EscapeXml(std::string_view text) {
  if (const std::size_t bad = FindBadChar(text); bad != std::string_view::npos) {
    return Fail(NotXml(bad));
  }
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '\r':
        out += "&#13;";
        break;
      case '\t':
        out += "&#9;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

Result<std::string> XmlCdata(std::string_view text) {
  if (const std::size_t bad = FindBadChar(text); bad != std::string_view::npos) {
    return Fail(NotXml(bad));
  }
  std::string out = "<![CDATA[";
  while (true) {
    const std::size_t end = text.find("]]>");
    if (end == std::string_view::npos) break;
    out += text.substr(0, end + 2);
    out += "]]><![CDATA[";
    text.remove_prefix(end + 2);
  }
  out += text;
  out += "]]>";
  return out;
}

}  // namespace culvert::maxcompute::internal
