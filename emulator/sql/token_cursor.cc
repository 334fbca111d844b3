// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/token_cursor.h"

#include "libs/record/schema.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace culvert::emulator::sql {

std::string ObjectName::ToString() const {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

bool IsReserved(std::string_view word) {
  static constexpr std::array<std::string_view, 52> kReserved = {
      "all",       "alter",  "and",   "anti",  "as",       "asc",    "between", "by",     "case",
      "cast",      "create", "cross", "desc",  "distinct", "drop",   "else",    "end",    "except",
      "exists",    "false",  "from",  "full",  "group",    "having", "in",      "inner",  "insert",
      "intersect", "into",   "is",    "join",  "left",     "like",   "limit",   "not",    "null",
      "on",        "or",     "order", "outer", "over",     "right",  "rlike",   "select", "semi",
      "table",     "then",   "true",  "union", "when",     "where",  "with"};
  static_assert(std::ranges::is_sorted(kReserved));
  return std::ranges::binary_search(kReserved, record::FoldName(word));
}

const Token& TokenCursor::Peek(std::size_t ahead) const {
  return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
}

const Token& TokenCursor::Take() {
  const Token& token = Peek();
  if (next_ + 1 < tokens_.size()) ++next_;
  return token;
}

std::string_view TokenCursor::TextFrom(std::size_t begin) const {
  const std::size_t end = next_ == 0 ? begin : tokens_[next_ - 1].end;
  return script_.substr(begin, end - std::min(begin, end));
}

bool TokenCursor::Accept(std::initializer_list<std::string_view> keywords) {
  std::size_t ahead = 0;
  for (const std::string_view keyword : keywords) {
    if (!Peek(ahead++).Is(keyword)) return false;
  }
  next_ += keywords.size();
  return true;
}

bool TokenCursor::AcceptSymbol(std::string_view symbol) {
  if (!Peek().IsSymbol(symbol)) return false;
  Take();
  return true;
}

Status TokenCursor::Expect(std::initializer_list<std::string_view> keywords) {
  for (const std::string_view keyword : keywords) {
    if (!Peek().Is(keyword)) return Fail(Unexpected("'" + std::string(keyword) + "'"));
    Take();
  }
  return {};
}

Status TokenCursor::ExpectSymbol(std::string_view symbol) {
  if (!AcceptSymbol(symbol)) return Fail(Unexpected("'" + std::string(symbol) + "'"));
  return {};
}

Error TokenCursor::Unexpected(std::string_view expected) const {
  const Token& token = Peek();
  const std::string found = token.kind == TokenKind::kEnd ? "the end" : token.text.substr(0, 64);
  return ParseError(token.at, "invalid token '" + found + "', expect " + std::string(expected));
}

Result<std::string> TokenCursor::Name(std::string_view what) {
  const Token& token = Peek();
  if (token.kind != TokenKind::kName &&
      (token.kind != TokenKind::kWord || IsReserved(token.text))) {
    return Fail(Unexpected(what));
  }
  if (token.text.size() > 128) {
    return Fail(ParseError(token.at, "a name has at most 128 characters"));
  }
  return Take().text;
}

Result<ObjectName> TokenCursor::Object() {
  ObjectName object;
  object.at = Peek().at;
  do {
    CULVERT_ASSIGN_OR_RETURN(std::string part, Name("a name"));
    object.parts.push_back(std::move(part));
  } while (object.parts.size() < 3 && AcceptSymbol("."));
  return object;
}

Result<std::string> TokenCursor::String(std::string_view what) {
  if (Peek().kind != TokenKind::kString) return Fail(Unexpected(what));
  std::string text = Take().text;
  while (Peek().kind == TokenKind::kString) text += Take().text;
  return text;
}

Result<std::uint64_t> TokenCursor::Unsigned(std::string_view what) {
  const Token& token = Peek();
  std::uint64_t value = 0;
  const char* end = token.text.data() + token.text.size();
  if (token.kind != TokenKind::kNumber ||
      std::from_chars(token.text.data(), end, value).ptr != end) {
    return Fail(Unexpected(what));
  }
  Take();
  return value;
}

Result<record::Type> TokenCursor::Type() {
  const Token& first = Peek();
  if (first.kind != TokenKind::kWord) return Fail(Unexpected("a type"));
  // The brackets say where the type ends; what is inside is for the type's own parser.
  int angle = 0;
  int round = 0;
  do {
    const Token& token = Peek();
    if (token.kind == TokenKind::kEnd) return Fail(Unexpected("a type"));
    if (token.IsSymbol("<")) ++angle;
    if (token.IsSymbol(">")) --angle;
    if (token.IsSymbol("(")) ++round;
    if (token.IsSymbol(")")) --round;
    Take();
  } while (angle > 0 || round > 0 || Peek().IsSymbol("<") || Peek().IsSymbol("("));
  Result<record::Type> type = record::Type::Parse(TextFrom(first.begin));
  if (!type) return Fail(ParseError(first.at, type.error().message));
  // A bare DECIMAL in SQL of the 2.0 edition is decimal(38,18); only in stored metadata is it the
  // old type (vendor page "MaxCompute V2.0 data type edition").
  if (first.Is("decimal") && TextFrom(first.begin).find('(') == std::string_view::npos) {
    type->precision = 38;
    type->scale = 18;
  }
  return type;
}

Status TokenCursor::Level::Check() const {
  if (cursor_.depth_ > kDepthMax) {
    return Fail(ParseError(cursor_.Peek().at, "nested deeper than 60 levels"));
  }
  return {};
}

}  // namespace culvert::emulator::sql
