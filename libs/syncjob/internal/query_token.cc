// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/query_token.h"

#include "libs/record/schema.h"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert::syncjob::internal {
namespace {

// Longer ones first: `<=` is one symbol.
constexpr std::array kSymbols = std::to_array<std::string_view>(
    {"==", "!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", "-"});

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class Cutter {
 public:
  Cutter(std::string_view text, std::size_t begin) : text_(text), at_(begin) {}

  Result<std::vector<QueryToken>> Run() {
    std::vector<QueryToken> tokens;
    while (true) {
      while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
      if (at_ == text_.size()) {
        tokens.push_back({.kind = QueryTokenKind::kEnd, .text = "", .column = at_ + 1});
        return tokens;
      }
      CULVERT_ASSIGN_OR_RETURN(QueryToken token, Next());
      tokens.push_back(std::move(token));
    }
  }

 private:
  Result<QueryToken> Next() {
    const char first = text_[at_];
    if (first == '\'' || first == '"' || first == '`') return Quoted(first);
    if (IsDigit(first)) return Number();
    if (IsLetter(first)) {
      return Take(QueryTokenKind::kWord, [](char c) { return IsLetter(c) || IsDigit(c); });
    }
    for (const std::string_view symbol : kSymbols) {
      if (!text_.substr(at_).starts_with(symbol)) continue;
      at_ += symbol.size();
      return QueryToken{.kind = QueryTokenKind::kSymbol,
                        .text = std::string(symbol),
                        .column = at_ - symbol.size() + 1};
    }
    return Fail(QueryError(at_ + 1, "a character that means nothing here"));
  }

  template <typename Belongs>
  QueryToken Take(QueryTokenKind kind, Belongs belongs) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return {.kind = kind,
            .text = record::FoldName(text_.substr(begin, at_ - begin)),
            .column = begin + 1};
  }

  Result<QueryToken> Number() {
    QueryToken token = Take(QueryTokenKind::kNumber, IsDigit);
    if (at_ < text_.size() && (IsLetter(text_[at_]) || text_[at_] == '.')) {
      return Fail(
          QueryError(token.column, "numbers are whole numbers; put any other value in quotes"));
    }
    return token;
  }

  Result<QueryToken> Quoted(char quote) {
    const std::size_t begin = at_;
    std::string inside;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != quote) {
        inside += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
        inside += text_[++at_];
      } else {
        ++at_;
        const bool name = quote == '`';
        return QueryToken{.kind = name ? QueryTokenKind::kName : QueryTokenKind::kText,
                          .text = name ? record::FoldName(inside) : inside,
                          .column = begin + 1};
      }
    }
    return Fail(QueryError(begin + 1, "this quote is not closed"));
  }

  std::string_view text_;
  std::size_t at_;
};

}  // namespace

Error QueryError(std::size_t column, std::string_view what) {
  return InvalidArgument("/*query*/ filter, column " + std::to_string(column) + ": " +
                         std::string(what))
      .Because("InvalidSpec");
}

Result<std::vector<QueryToken>> CutQuery(std::string_view text, std::size_t begin) {
  return Cutter(text, begin).Run();
}

}  // namespace culvert::syncjob::internal
