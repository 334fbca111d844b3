// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/query.h"
#include "emulator/sql/token.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator::sql {

/// Deepest nesting of parentheses, subqueries and operators; bounds the parser's stack.
inline constexpr int kDepthMax = 60;

/// Walks over tokens with the small steps that both parsers share. `script` and `tokens` must
/// outlive it; the last token is kEnd.
class TokenCursor {
 public:
  TokenCursor(std::string_view script, const std::vector<Token>& tokens)
      : script_(script), tokens_(tokens) {}

  const Token& Peek(std::size_t ahead = 0) const;
  const Token& Take();
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }
  bool AtStatementEnd() const { return AtEnd() || Peek().IsSymbol(";"); }
  std::string_view TextFrom(std::size_t begin) const;  // up to the last token taken

  /// True, and past them, when the next tokens are these keywords.
  bool Accept(std::initializer_list<std::string_view> keywords);
  bool AcceptSymbol(std::string_view symbol);
  Status Expect(std::initializer_list<std::string_view> keywords);
  Status ExpectSymbol(std::string_view symbol);
  /// `invalid token 'x', expect WHAT` at the next token.
  Error Unexpected(std::string_view expected) const;

  Result<std::string> Name(
      std::string_view what);  // a word that is no reserved word, or back-ticked
  Result<ObjectName> Object();
  Result<std::string> String(std::string_view what);  // adjacent literals are one
  Result<std::uint64_t> Unsigned(std::string_view what);
  /// A type, nested ones included.
  Result<record::Type> Type();

  /// Counts one level of nesting for as long as it lives.
  class Level {
   public:
    explicit Level(TokenCursor& cursor) : cursor_(cursor) { ++cursor_.depth_; }
    ~Level() { --cursor_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    Status Check() const;

   private:
    TokenCursor& cursor_;
  };

 private:
  std::string_view script_;
  const std::vector<Token>& tokens_;
  std::size_t next_ = 0;
  int depth_ = 0;
};

/// Words that cannot be a name or an alias without back-ticks.
bool IsReserved(std::string_view word);

/// A query from the cursor's place on: SELECT, WITH, VALUES, or one in parentheses.
Result<QueryPtr> ParseQuery(TokenCursor& cursor);
/// `(expr, ...), (expr, ...)` behind the word VALUES.
Result<Select> ParseValuesRows(TokenCursor& cursor);
Result<ExprPtr> ParseExpr(TokenCursor& cursor);

}  // namespace culvert::emulator::sql
