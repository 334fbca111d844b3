// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/script_json.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace culvert::convert {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendUtf8(std::uint32_t point, std::string& out) {
  const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0U | (point >> 6U));
    add(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    add(0xE0U | (point >> 12U));
    add(0x80U | ((point >> 6U) & 0x3FU));
    add(0x80U | (point & 0x3FU));
  } else {
    add(0xF0U | (point >> 18U));
    add(0x80U | ((point >> 12U) & 0x3FU));
    add(0x80U | ((point >> 6U) & 0x3FU));
    add(0x80U | (point & 0x3FU));
  }
}

/// Bytes of the character that begins `text`, 0 when it is no UTF-8 (RFC 3629).
std::size_t CharacterBytes(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
  };
  const auto follows = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF && follows(1)) return 2;
  if ((first & 0xF0U) == 0xE0U && follows(1) && follows(2) && (first != 0xE0 || byte(1) >= 0xA0) &&
      (first != 0xED || byte(1) <= 0x9F)) {
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4 && follows(1) && follows(2) && follows(3) &&
      (first != 0xF0 || byte(1) >= 0x90) && (first != 0xF4 || byte(1) <= 0x8F)) {
    return 4;
  }
  return 0;
}

/// Recursive descent; depth is bounded by kScriptDepthMax. After the first error nothing more is
/// read: every caller looks at `error_`.
class ScriptParser {
 public:
  ScriptParser(std::string_view text, std::string_view file_name, Comments comments)
      : text_(text), file_name_(file_name), comments_(comments) {}

  Result<ScriptNode> Parse() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // editors on Windows leave one
    SkipSpace();
    ScriptNode root = Value(0);
    SkipSpace();
    if (!error_ && at_ < text_.size()) Fail("text after the end of the script");
    if (error_) return culvert::Fail(*std::move(error_));
    return root;
  }

 private:
  bool More() const { return !error_ && at_ < text_.size(); }
  char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void FailAt(const Place& place, std::string_view what) {
    if (error_) return;
    error_ = InvalidArgument(std::string(file_name_) + ":" + std::to_string(place.line) + ":" +
                             std::to_string(place.column) + ": " + std::string(what));
  }
  void Fail(std::string_view what) { FailAt(place_, what); }

  /// Goes one character on.
  void Advance() {
    const std::size_t bytes = CharacterBytes(text_.substr(at_));
    if (bytes == 0) {
      Fail("a byte that is no UTF-8");
      return;
    }
    if (text_[at_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else {
      ++place_.column;
    }
    at_ += bytes;
  }
  void Advance(std::size_t characters) {
    for (std::size_t i = 0; i < characters && More(); ++i) Advance();
  }

  void SkipSpace() {
    while (More()) {
      const char c = Peek();
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        Advance();
      } else if (c == '/' && (Peek(1) == '/' || Peek(1) == '*')) {
        SkipComment();
      } else {
        return;
      }
    }
  }

  void SkipComment() {
    const Place begin = place_;
    if (comments_ == Comments::kRefuse) {
      Fail("a comment, which JSON does not have; remove it, or convert with --strip-comments");
      return;
    }
    const bool line = Peek(1) == '/';
    Advance(2);
    while (More()) {
      if (line && Peek() == '\n') return;
      if (!line && Peek() == '*' && Peek(1) == '/') {
        Advance(2);
        return;
      }
      Advance();
    }
    if (!line) FailAt(begin, "a comment without its end");
  }

  ScriptNode Value(int depth) {
    ScriptNode node;
    node.place = place_;
    if (!More()) {
      Fail("the script ends where a value is expected");
      return node;
    }
    const char c = Peek();
    if (c == '{') {
      Object(node, depth);
    } else if (c == '[') {
      Array(node, depth);
    } else if (c == '"') {
      node.kind = ScriptNode::Kind::kString;
      node.text = String();
    } else if (c == '-' || IsDigit(c)) {
      Number(node);
    } else if (c == '$') {
      Fail("a placeholder outside of quotes; write it as a string, \"${name}\"");
    } else {
      Word(node);
    }
    return node;
  }

  void Word(ScriptNode& node) {
    using enum ScriptNode::Kind;
    for (const auto& [word, kind] :
         {std::pair{std::string_view("true"), kBool}, std::pair{std::string_view("false"), kBool},
          std::pair{std::string_view("null"), kNull}}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      node.kind = kind;
      node.text = word;
      Advance(word.size());
      return;
    }
    Fail("not JSON: a value is expected here (text stands in double quotes)");
  }

  void Number(ScriptNode& node) {
    const std::size_t begin = at_;
    const auto digits = [this] {
      if (!IsDigit(Peek())) Fail("not a number as JSON writes them");
      while (More() && IsDigit(Peek())) Advance();
    };
    if (Peek() == '-') Advance();
    if (Peek() == '0') {
      Advance();
      if (IsDigit(Peek())) Fail("a number with a leading zero; write it as a string");
    } else {
      digits();
    }
    if (Peek() == '.') {
      Advance();
      digits();
    }
    if (Peek() == 'e' || Peek() == 'E') {
      Advance();
      if (Peek() == '+' || Peek() == '-') Advance();
      digits();
    }
    node.kind = ScriptNode::Kind::kNumber;
    node.text = text_.substr(begin, at_ - begin);
  }

  /// True while another element follows; reads the ',' or the closing bracket.
  bool Continues(char close) {
    SkipSpace();
    if (error_) return false;
    if (Peek() == ',' && at_ < text_.size()) {
      Advance();
      SkipSpace();
      if (Peek() == close) Fail("a comma before the closing bracket; remove it");
      return !error_;
    }
    if (at_ < text_.size() && Peek() == close) {
      Advance();
      return false;
    }
    Fail(close == '}' ? "',' or '}' is expected here" : "',' or ']' is expected here");
    return false;
  }

  /// Steps over the opening bracket; true when it is not closed at once.
  bool Open(char close, int depth) {
    if (depth >= kScriptDepthMax) {
      Fail("more than " + std::to_string(kScriptDepthMax) + " levels of nesting");
      return false;
    }
    Advance();
    SkipSpace();
    if (error_ || Peek() != close || at_ >= text_.size()) return !error_;
    Advance();
    return false;
  }

  void Array(ScriptNode& node, int depth) {
    node.kind = ScriptNode::Kind::kArray;
    if (!Open(']', depth)) return;
    do {
      node.items.push_back(Value(depth + 1));
    } while (Continues(']'));
  }

  void Object(ScriptNode& node, int depth) {
    node.kind = ScriptNode::Kind::kObject;
    if (!Open('}', depth)) return;
    do {
      const Place place = place_;
      if (Peek() != '"') {
        Fail("a name in double quotes is expected here");
        return;
      }
      std::string name = String();
      if (std::ranges::find(node.members, name, &ScriptMember::name) != node.members.end()) {
        FailAt(place, "a name that this object has already; remove one of the two");
      }
      SkipSpace();
      if (!error_ && Peek() != ':') Fail("':' is expected here");
      if (error_) return;
      Advance();
      SkipSpace();
      node.members.push_back({.name = std::move(name), .value = Value(depth + 1)});
    } while (Continues('}'));
  }

  std::string String() {
    const Place begin = place_;
    std::string out;
    Advance();
    while (More()) {
      const char c = Peek();
      if (c == '"') {
        Advance();
        return out;
      }
      if (c == '\\') {
        Escape(out);
      } else if (static_cast<unsigned char>(c) < 0x20) {
        Fail(c == '\n' ? "a line break inside a string; write \\n, or close the quotes"
                       : "a control character inside a string; write it as \\u00..");
      } else {
        const std::size_t from = at_;
        Advance();
        out += text_.substr(from, at_ - from);
      }
    }
    FailAt(begin, "a string without its closing quotes");
    return out;
  }

  void Escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char letter = Peek(1);
    if (letter == 'u') {
      UnicodeEscape(out);
      return;
    }
    const std::size_t which = kLetters.find(letter);
    if (letter == '\0' || which == std::string_view::npos) {
      Fail("no escape of JSON; write \\\\ for a backslash");
      return;
    }
    out += kMeanings[which];
    Advance(2);
  }

  /// The number of `\uXXXX` here; leaves `at_` behind it.
  std::uint32_t CodeUnit() {
    std::uint32_t unit = 0;
    for (std::size_t i = 2; i < 6; ++i) {
      const char c = Peek(i);
      std::uint32_t digit = 0;
      if (IsDigit(c)) {
        digit = static_cast<std::uint32_t>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<std::uint32_t>(c - 'a') + 10;
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<std::uint32_t>(c - 'A') + 10;
      } else {
        Fail("\\u needs four hexadecimal digits");
        return 0;
      }
      unit = unit * 16 + digit;
    }
    Advance(6);
    return unit;
  }

  void UnicodeEscape(std::string& out) {
    const Place begin = place_;
    std::uint32_t point = CodeUnit();
    if (point >= 0xD800 && point <= 0xDBFF && Peek() == '\\' && Peek(1) == 'u') {
      const std::uint32_t low = CodeUnit();
      if (low >= 0xDC00 && low <= 0xDFFF) {
        point = 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00);
      }
    }
    if (point >= 0xD800 && point <= 0xDFFF) FailAt(begin, "half of a surrogate pair");
    if (!error_) AppendUtf8(point, out);
  }

  std::string_view text_;
  std::string_view file_name_;
  Comments comments_;
  std::size_t at_ = 0;
  Place place_;
  std::optional<Error> error_;
};

}  // namespace

Result<ScriptNode> ParseScript(std::string_view text, std::string_view file_name,
                               Comments comments) {
  if (text.size() > kScriptBytesMax) {
    return Fail(InvalidArgument(std::string(file_name) + ": larger than 4 MiB"));
  }
  return ScriptParser(text, file_name, comments).Parse();
}

}  // namespace culvert::convert
