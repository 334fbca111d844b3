// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/token.h"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert::emulator::sql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c); }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Where(Position at) {
  return "[" + std::to_string(at.line) + "," + std::to_string(at.column) + "]";
}

/// Reads the script from front to back and keeps the position.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return next_ >= text_.size(); }
  char Peek(std::size_t ahead = 0) const {
    return next_ + ahead < text_.size() ? text_[next_ + ahead] : '\0';
  }
  char Take() {
    const char c = text_[next_++];
    if (c == '\n') {
      ++at_.line;
      at_.column = 1;
    } else {
      ++at_.column;
    }
    return c;
  }
  Position at() const { return at_; }
  std::size_t offset() const { return next_; }
  std::string_view Since(std::size_t begin) const { return text_.substr(begin, next_ - begin); }

 private:
  std::string_view text_;
  std::size_t next_ = 0;
  Position at_;
};

/// Skips white space and comments; false when a comment never ends.
bool SkipBlank(Scanner& scanner) {
  while (!scanner.done()) {
    const char c = scanner.Peek();
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      scanner.Take();
    } else if (c == '-' && scanner.Peek(1) == '-') {
      while (!scanner.done() && scanner.Peek() != '\n') scanner.Take();
    } else if (c == '/' && scanner.Peek(1) == '*') {
      scanner.Take();
      scanner.Take();
      while (!(scanner.Peek() == '*' && scanner.Peek(1) == '/')) {
        if (scanner.done()) return false;
        scanner.Take();
      }
      scanner.Take();
      scanner.Take();
    } else {
      return true;
    }
  }
  return true;
}

void AppendBmpUtf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// One escape behind its backslash. `\%` and `\_` stay as they are: LIKE resolves them.
void TakeEscape(Scanner& scanner, std::string& out) {
  const char c = scanner.Take();
  switch (c) {
    case 'n':
      out += '\n';
      return;
    case 't':
      out += '\t';
      return;
    case 'r':
      out += '\r';
      return;
    case 'b':
      out += '\b';
      return;
    case '%':
    case '_':
      out += '\\';
      out += c;
      return;
    case 'u': {
      std::uint32_t code = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        if (HexValue(scanner.Peek(i)) < 0) {
          out += 'u';
          return;
        }
        code = code * 16 + static_cast<std::uint32_t>(HexValue(scanner.Peek(i)));
      }
      for (int i = 0; i < 4; ++i) scanner.Take();
      AppendBmpUtf8(code, out);
      return;
    }
    case '0':
    case '1':
    case '2':
    case '3': {
      const auto octal = [](char digit) { return digit >= '0' && digit <= '7'; };
      if (octal(scanner.Peek()) && octal(scanner.Peek(1))) {
        const int high = scanner.Take() - '0';
        const int low = scanner.Take() - '0';
        out += static_cast<char>((c - '0') * 64 + high * 8 + low);
      } else if (c == '0') {
        out += '\0';
      } else {
        out += c;
      }
      return;
    }
    default:
      out += c;
  }
}

Result<Token> TakeQuoted(Scanner& scanner, Token token) {
  const char quote = scanner.Take();
  token.kind = quote == '`' ? TokenKind::kName : TokenKind::kString;
  while (true) {
    if (scanner.done()) {
      return Fail(ParseError(
          token.at, quote == '`' ? "back-ticked name never ends" : "string literal never ends"));
    }
    const char c = scanner.Take();
    if (c == quote) {
      if (quote != '`' || scanner.Peek() != '`') break;
      scanner.Take();
      token.text += '`';
    } else if (c == '\\' && quote != '`' && !scanner.done()) {
      TakeEscape(scanner, token.text);
    } else {
      token.text += c;
    }
  }
  if (quote == '`' && token.text.empty()) return Fail(ParseError(token.at, "empty name"));
  return token;
}

/// Digits, fraction, exponent and one of the suffixes Y, S, L, F, D, BD. A name that begins with
/// digits, as the service allows, becomes a word.
Token TakeNumber(Scanner& scanner, Token token) {
  const std::size_t begin = scanner.offset();
  while (IsDigit(scanner.Peek())) scanner.Take();
  bool exact = true;
  if (scanner.Peek() == '.' && (IsDigit(scanner.Peek(1)) || !IsWordStart(scanner.Peek(1)))) {
    exact = false;
    scanner.Take();
    while (IsDigit(scanner.Peek())) scanner.Take();
  }
  if (Lower(scanner.Peek()) == 'e') {
    const bool sign = scanner.Peek(1) == '+' || scanner.Peek(1) == '-';
    if (IsDigit(scanner.Peek(sign ? 2 : 1))) {
      exact = false;
      scanner.Take();
      if (sign) scanner.Take();
      while (IsDigit(scanner.Peek())) scanner.Take();
    }
  }
  token.kind = TokenKind::kNumber;
  const char first = Lower(scanner.Peek());
  if (first == 'b' && Lower(scanner.Peek(1)) == 'd' && !IsWordPart(scanner.Peek(2))) {
    scanner.Take();
    scanner.Take();
  } else if (std::string_view("yslfd").find(first) != std::string_view::npos && first != '\0' &&
             !IsWordPart(scanner.Peek(1))) {
    scanner.Take();
  } else if (exact && IsWordPart(scanner.Peek())) {
    token.kind = TokenKind::kWord;
    while (IsWordPart(scanner.Peek())) scanner.Take();
  }
  token.text = std::string(scanner.Since(begin));
  return token;
}

Result<Token> TakeSymbol(Scanner& scanner, Token token) {
  static constexpr std::array<std::string_view, 9> kLong = {
      "<=>", "<>", "<=", ">=", "!=", "==", "||", "&&", ":="};
  static constexpr std::string_view kSingle = "()[]{},;.=<>+-*/%!&|^~:?@";
  token.kind = TokenKind::kSymbol;
  for (const std::string_view symbol : kLong) {
    bool same = true;
    for (std::size_t i = 0; i < symbol.size(); ++i) same = same && scanner.Peek(i) == symbol[i];
    if (!same) continue;
    for (std::size_t i = 0; i < symbol.size(); ++i) scanner.Take();
    token.text = std::string(symbol);
    return token;
  }
  const char c = scanner.Peek();
  if (c == '\0' || kSingle.find(c) == std::string_view::npos) {
    return Fail(ParseError(token.at, "invalid character"));
  }
  token.text = std::string(1, scanner.Take());
  return token;
}

}  // namespace

bool Token::Is(std::string_view keyword) const {
  return kind == TokenKind::kWord &&
         std::ranges::equal(text, keyword, [](char a, char b) { return Lower(a) == Lower(b); });
}

Result<std::vector<Token>> Tokenize(std::string_view script) {
  if (script.size() > kScriptBytesMax) {
    return Fail(ParseError({}, "the script is longer than 2 MiB"));
  }
  std::vector<Token> tokens;
  Scanner scanner(script);
  while (true) {
    const Position before = scanner.at();
    if (!SkipBlank(scanner)) return Fail(ParseError(before, "comment never ends"));
    Token token;
    token.at = scanner.at();
    token.begin = scanner.offset();
    if (scanner.done()) {
      token.end = token.begin;
      tokens.push_back(std::move(token));
      return tokens;
    }
    const char c = scanner.Peek();
    if (c == '\'' || c == '"' || c == '`') {
      CULVERT_ASSIGN_OR_RETURN(token, TakeQuoted(scanner, std::move(token)));
    } else if (IsDigit(c) || (c == '.' && IsDigit(scanner.Peek(1)) &&
                              (tokens.empty() || (tokens.back().kind != TokenKind::kWord &&
                                                  tokens.back().kind != TokenKind::kName)))) {
      token = TakeNumber(scanner, std::move(token));
    } else if (IsWordStart(c)) {
      while (IsWordPart(scanner.Peek())) scanner.Take();
      token.kind = TokenKind::kWord;
      token.text = std::string(scanner.Since(token.begin));
    } else {
      CULVERT_ASSIGN_OR_RETURN(token, TakeSymbol(scanner, std::move(token)));
    }
    token.end = scanner.offset();
    tokens.push_back(std::move(token));
  }
}

Error ParseError(Position at, std::string_view what) {
  return InvalidArgument("ODPS-0130161:" + Where(at) + " Parse exception - " + std::string(what))
      .Because("ParseError");
}

Error SemanticError(Position at, std::string_view what) {
  return InvalidArgument("ODPS-0130071:" + Where(at) + " Semantic analysis exception - " +
                         std::string(what))
      .Because("SemanticError");
}

Error TableNotFound(Position at, std::string_view full_name) {
  return NotFound("ODPS-0130131:" + Where(at) + " Table not found - table " +
                  std::string(full_name) + " cannot be resolved")
      .Because("NoSuchTable");
}

}  // namespace culvert::emulator::sql
