// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/token_cursor.h"
#include "libs/record/schema.h"

#include <algorithm>
#include <utility>

namespace culvert::emulator::sql {
namespace {

ExprPtr Node(ExprKind kind, Position at, std::string text = {}) {
  auto node = std::make_unique<Expr>();
  node->kind = kind;
  node->at = at;
  node->text = std::move(text);
  return node;
}

/// Adds an argument; the tree stays shallow enough to walk by recursion.
Status Adopt(Expr& parent, ExprPtr child) {
  parent.depth = std::max(parent.depth, child->depth + 1);
  parent.args.push_back(std::move(child));
  if (parent.depth > kTreeDepthMax) {
    return Fail(ParseError(parent.at, "the expression has more than 400 levels"));
  }
  return {};
}

Result<ExprPtr> Binary(Position at, std::string text, ExprPtr left, ExprPtr right) {
  ExprPtr node = Node(ExprKind::kBinary, at, std::move(text));
  CULVERT_TRY(Adopt(*node, std::move(left)));
  CULVERT_TRY(Adopt(*node, std::move(right)));
  return node;
}

/// Descends one precedence at a time.
class ExprParser {
 public:
  explicit ExprParser(TokenCursor& cursor) : cursor_(cursor) {}

  Result<ExprPtr> Or() {
    const TokenCursor::Level level(cursor_);
    CULVERT_TRY(level.Check());
    CULVERT_ASSIGN_OR_RETURN(ExprPtr left, And());
    while (true) {
      const Position at = cursor_.Peek().at;
      if (!cursor_.Accept({"or"})) return left;
      CULVERT_ASSIGN_OR_RETURN(ExprPtr right, And());
      CULVERT_ASSIGN_OR_RETURN(left, Binary(at, "OR", std::move(left), std::move(right)));
    }
  }

 private:
  Result<ExprPtr> And() {
    CULVERT_ASSIGN_OR_RETURN(ExprPtr left, Not());
    while (true) {
      const Position at = cursor_.Peek().at;
      if (!cursor_.Accept({"and"}) && !cursor_.AcceptSymbol("&&")) return left;
      CULVERT_ASSIGN_OR_RETURN(ExprPtr right, Not());
      CULVERT_ASSIGN_OR_RETURN(left, Binary(at, "AND", std::move(left), std::move(right)));
    }
  }

  Result<ExprPtr> Not() {
    const Position at = cursor_.Peek().at;
    if (cursor_.Peek().Is("not") && !cursor_.Peek(1).Is("exists")) {
      cursor_.Take();
      const TokenCursor::Level level(cursor_);
      CULVERT_TRY(level.Check());
      ExprPtr node = Node(ExprKind::kUnary, at, "NOT");
      CULVERT_ASSIGN_OR_RETURN(ExprPtr value, Not());
      CULVERT_TRY(Adopt(*node, std::move(value)));
      return node;
    }
    return Predicate();
  }

  Result<ExprPtr> Predicate() {
    CULVERT_ASSIGN_OR_RETURN(ExprPtr left, BitOr());
    while (true) {
      const Token& token = cursor_.Peek();
      if (token.kind == TokenKind::kSymbol && IsComparison(token.text)) {
        const Position at = token.at;
        std::string text = cursor_.Take().text;
        if (text == "==") text = "=";
        if (text == "!=") text = "<>";
        CULVERT_ASSIGN_OR_RETURN(ExprPtr right, BitOr());
        CULVERT_ASSIGN_OR_RETURN(left,
                                 Binary(at, std::move(text), std::move(left), std::move(right)));
        continue;
      }
      if (token.Is("is")) {
        CULVERT_ASSIGN_OR_RETURN(left, Is(std::move(left)));
        continue;
      }
      const bool negated = token.Is("not");
      const Token& word = cursor_.Peek(negated ? 1 : 0);
      if (!word.Is("in") && !word.Is("between") && !word.Is("like") && !word.Is("rlike") &&
          !word.Is("regexp")) {
        return left;
      }
      if (negated) cursor_.Take();
      CULVERT_ASSIGN_OR_RETURN(left, Worded(std::move(left), negated));
    }
  }

  static bool IsComparison(std::string_view symbol) {
    return symbol == "=" || symbol == "==" || symbol == "<>" || symbol == "!=" || symbol == "<" ||
           symbol == "<=" || symbol == ">" || symbol == ">=" || symbol == "<=>";
  }

  Result<ExprPtr> Is(ExprPtr value) {
    const Position at = cursor_.Take().at;
    const bool negated = cursor_.Accept({"not"});
    ExprPtr node;
    if (cursor_.Accept({"null"})) {
      node = Node(ExprKind::kIsNull, at);
    } else if (cursor_.Peek().Is("true") || cursor_.Peek().Is("false")) {
      node = Node(ExprKind::kIsTrue, at, record::FoldName(cursor_.Take().text));
    } else {
      return Fail(cursor_.Unexpected("NULL, TRUE or FALSE"));
    }
    node->negated = negated;
    CULVERT_TRY(Adopt(*node, std::move(value)));
    return node;
  }

  /// IN, BETWEEN, LIKE, RLIKE behind `value` and perhaps NOT.
  Result<ExprPtr> Worded(ExprPtr value, bool negated) {
    const Token word = cursor_.Take();
    ExprPtr node = Node(ExprKind::kIn, word.at);
    node->negated = negated;
    CULVERT_TRY(Adopt(*node, std::move(value)));
    if (word.Is("in")) {
      CULVERT_TRY(cursor_.ExpectSymbol("("));
      if (cursor_.Peek().Is("select") || cursor_.Peek().Is("with")) {
        node->kind = ExprKind::kInQuery;
        CULVERT_ASSIGN_OR_RETURN(node->query, ParseQuery(cursor_));
      } else {
        CULVERT_TRY(List(*node));
      }
      CULVERT_TRY(cursor_.ExpectSymbol(")"));
    } else if (word.Is("between")) {
      node->kind = ExprKind::kBetween;
      CULVERT_ASSIGN_OR_RETURN(ExprPtr low, BitOr());
      CULVERT_TRY(Adopt(*node, std::move(low)));
      CULVERT_TRY(cursor_.Expect({"and"}));
      CULVERT_ASSIGN_OR_RETURN(ExprPtr high, BitOr());
      CULVERT_TRY(Adopt(*node, std::move(high)));
    } else {
      node->kind = ExprKind::kLike;
      node->text = word.Is("like") ? "LIKE" : "RLIKE";
      CULVERT_ASSIGN_OR_RETURN(ExprPtr pattern, BitOr());
      CULVERT_TRY(Adopt(*node, std::move(pattern)));
    }
    return node;
  }

  /// Expressions with commas between, appended to `node`.
  Status List(Expr& node) {
    do {
      CULVERT_ASSIGN_OR_RETURN(ExprPtr item, Or());
      CULVERT_TRY(Adopt(node, std::move(item)));
    } while (cursor_.AcceptSymbol(","));
    return {};
  }

  Result<ExprPtr> BitOr() {
    CULVERT_ASSIGN_OR_RETURN(ExprPtr left, BitAnd());
    while (cursor_.Peek().IsSymbol("|") || cursor_.Peek().IsSymbol("^")) {
      const Token token = cursor_.Take();
      CULVERT_ASSIGN_OR_RETURN(ExprPtr right, BitAnd());
      CULVERT_ASSIGN_OR_RETURN(left,
                               Binary(token.at, token.text, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<ExprPtr> BitAnd() {
    CULVERT_ASSIGN_OR_RETURN(ExprPtr left, Sum());
    while (cursor_.Peek().IsSymbol("&")) {
      const Token token = cursor_.Take();
      CULVERT_ASSIGN_OR_RETURN(ExprPtr right, Sum());
      CULVERT_ASSIGN_OR_RETURN(left,
                               Binary(token.at, token.text, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<ExprPtr> Sum() {
    CULVERT_ASSIGN_OR_RETURN(ExprPtr left, Product());
    while (cursor_.Peek().IsSymbol("+") || cursor_.Peek().IsSymbol("-") ||
           cursor_.Peek().IsSymbol("||")) {
      const Token token = cursor_.Take();
      CULVERT_ASSIGN_OR_RETURN(ExprPtr right, Product());
      CULVERT_ASSIGN_OR_RETURN(left,
                               Binary(token.at, token.text, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<ExprPtr> Product() {
    CULVERT_ASSIGN_OR_RETURN(ExprPtr left, Unary());
    while (cursor_.Peek().IsSymbol("*") || cursor_.Peek().IsSymbol("/") ||
           cursor_.Peek().IsSymbol("%") || cursor_.Peek().Is("div")) {
      const Token token = cursor_.Take();
      CULVERT_ASSIGN_OR_RETURN(ExprPtr right, Unary());
      CULVERT_ASSIGN_OR_RETURN(left, Binary(token.at, token.Is("div") ? "DIV" : token.text,
                                            std::move(left), std::move(right)));
    }
    return left;
  }

  Result<ExprPtr> Unary() {
    const Token& token = cursor_.Peek();
    if (token.IsSymbol("-") || token.IsSymbol("+") || token.IsSymbol("~")) {
      const Token sign = cursor_.Take();
      const TokenCursor::Level level(cursor_);
      CULVERT_TRY(level.Check());
      // The most negative BIGINT is a literal of its own: its digits alone would not fit.
      if (sign.text == "-" && cursor_.Peek().kind == TokenKind::kNumber) {
        CULVERT_ASSIGN_OR_RETURN(ExprPtr number, Primary());
        number->text.insert(0, "-");
        return number;
      }
      ExprPtr node = Node(ExprKind::kUnary, sign.at, sign.text);
      CULVERT_ASSIGN_OR_RETURN(ExprPtr value, Unary());
      CULVERT_TRY(Adopt(*node, std::move(value)));
      return node;
    }
    CULVERT_ASSIGN_OR_RETURN(ExprPtr value, Primary());
    while (true) {
      const Position at = cursor_.Peek().at;
      if (cursor_.AcceptSymbol("[")) {
        ExprPtr node = Node(ExprKind::kIndex, at);
        CULVERT_TRY(Adopt(*node, std::move(value)));
        CULVERT_ASSIGN_OR_RETURN(ExprPtr index, Or());
        CULVERT_TRY(Adopt(*node, std::move(index)));
        CULVERT_TRY(cursor_.ExpectSymbol("]"));
        value = std::move(node);
      } else if (cursor_.AcceptSymbol(".")) {
        ExprPtr node = Node(ExprKind::kField, at);
        CULVERT_TRY(Adopt(*node, std::move(value)));
        CULVERT_ASSIGN_OR_RETURN(node->text, cursor_.Name("a field"));
        value = std::move(node);
      } else {
        return value;
      }
    }
  }

  Result<ExprPtr> Primary() {
    const Token& token = cursor_.Peek();
    if (token.kind == TokenKind::kNumber) return Number();
    if (token.kind == TokenKind::kString) {
      ExprPtr node = Node(ExprKind::kString, token.at);
      CULVERT_ASSIGN_OR_RETURN(node->text, cursor_.String("a string"));
      return node;
    }
    if (token.IsSymbol("(")) return Parenthesis();
    if (token.IsSymbol("*")) return Node(ExprKind::kStar, cursor_.Take().at);
    if (token.Is("null")) return Node(ExprKind::kNull, cursor_.Take().at);
    if (token.Is("true") || token.Is("false")) {
      const Token literal = cursor_.Take();
      return Node(ExprKind::kBoolean, literal.at, record::FoldName(literal.text));
    }
    if (token.Is("case")) return Case();
    if (token.Is("cast") && cursor_.Peek(1).IsSymbol("(")) return Cast();
    if (token.Is("exists") || (token.Is("not") && cursor_.Peek(1).Is("exists"))) return Exists();
    if (cursor_.Peek(1).kind == TokenKind::kString && token.kind == TokenKind::kWord) {
      if (IsTypedPrefix(token)) return Typed();
    }
    if (cursor_.Peek(1).IsSymbol("(") && token.kind != TokenKind::kEnd) return Call();
    return ColumnName();
  }

  static bool IsTypedPrefix(const Token& token) {
    return token.Is("date") || token.Is("datetime") || token.Is("timestamp") ||
           token.Is("timestamp_ntz") || token.Is("json") || token.Is("x");
  }

  Result<ExprPtr> Number() {
    const Token token = cursor_.Take();
    std::string text = record::FoldName(token.text);
    ExprKind kind =
        text.find_first_of(".e") == std::string::npos ? ExprKind::kInteger : ExprKind::kDouble;
    if (text.ends_with("bd")) {
      text.resize(text.size() - 2);
      kind = ExprKind::kDecimal;
    } else if (text.ends_with('d') || text.ends_with('f')) {
      text.pop_back();
      kind = ExprKind::kDouble;
    } else if (text.ends_with('l') || text.ends_with('s') || text.ends_with('y')) {
      text.pop_back();
      if (kind != ExprKind::kInteger) {
        return Fail(ParseError(token.at, "invalid number '" + token.text + "'"));
      }
    }
    return Node(kind, token.at, std::move(text));
  }

  Result<ExprPtr> Parenthesis() {
    const Position at = cursor_.Take().at;
    ExprPtr node;
    if (cursor_.Peek().Is("select") || cursor_.Peek().Is("with")) {
      node = Node(ExprKind::kScalar, at);
      CULVERT_ASSIGN_OR_RETURN(node->query, ParseQuery(cursor_));
    } else {
      CULVERT_ASSIGN_OR_RETURN(node, Or());
    }
    CULVERT_TRY(cursor_.ExpectSymbol(")"));
    return node;
  }

  Result<ExprPtr> Exists() {
    ExprPtr node = Node(ExprKind::kExists, cursor_.Peek().at);
    node->negated = cursor_.Accept({"not"});
    CULVERT_TRY(cursor_.Expect({"exists"}));
    CULVERT_TRY(cursor_.ExpectSymbol("("));
    CULVERT_ASSIGN_OR_RETURN(node->query, ParseQuery(cursor_));
    CULVERT_TRY(cursor_.ExpectSymbol(")"));
    return node;
  }

  Result<ExprPtr> Typed() {
    const Token prefix = cursor_.Take();
    ExprPtr node = Node(ExprKind::kTyped, prefix.at);
    CULVERT_ASSIGN_OR_RETURN(node->text, cursor_.String("a literal"));
    const auto type = record::Type::Parse(prefix.Is("x") ? "binary" : prefix.text);
    if (!type) return Fail(ParseError(prefix.at, type.error().message));
    node->type = *type;
    return node;
  }

  Result<ExprPtr> Cast() {
    ExprPtr node = Node(ExprKind::kCast, cursor_.Take().at);
    CULVERT_TRY(cursor_.ExpectSymbol("("));
    CULVERT_ASSIGN_OR_RETURN(ExprPtr value, Or());
    CULVERT_TRY(Adopt(*node, std::move(value)));
    CULVERT_TRY(cursor_.Expect({"as"}));
    CULVERT_ASSIGN_OR_RETURN(node->type, cursor_.Type());
    CULVERT_TRY(cursor_.ExpectSymbol(")"));
    return node;
  }

  Result<ExprPtr> Case() {
    ExprPtr node = Node(ExprKind::kCase, cursor_.Take().at);
    if (!cursor_.Peek().Is("when")) {
      node->has_operand = true;
      CULVERT_ASSIGN_OR_RETURN(ExprPtr operand, Or());
      CULVERT_TRY(Adopt(*node, std::move(operand)));
    }
    do {
      CULVERT_TRY(cursor_.Expect({"when"}));
      CULVERT_ASSIGN_OR_RETURN(ExprPtr when, Or());
      CULVERT_TRY(Adopt(*node, std::move(when)));
      CULVERT_TRY(cursor_.Expect({"then"}));
      CULVERT_ASSIGN_OR_RETURN(ExprPtr then, Or());
      CULVERT_TRY(Adopt(*node, std::move(then)));
    } while (cursor_.Peek().Is("when"));
    if (cursor_.Accept({"else"})) {
      node->has_else = true;
      CULVERT_ASSIGN_OR_RETURN(ExprPtr otherwise, Or());
      CULVERT_TRY(Adopt(*node, std::move(otherwise)));
    }
    CULVERT_TRY(cursor_.Expect({"end"}));
    return node;
  }

  Result<ExprPtr> Call() {
    const Token& name = cursor_.Peek();
    // `left` and `right` are joins as well as functions.
    if (name.kind == TokenKind::kWord && IsReserved(name.text) && !name.Is("left") &&
        !name.Is("right")) {
      return Fail(cursor_.Unexpected("an expression"));
    }
    if (name.kind != TokenKind::kWord && name.kind != TokenKind::kName) {
      return Fail(cursor_.Unexpected("an expression"));
    }
    ExprPtr node = Node(ExprKind::kCall, name.at, record::FoldName(name.text));
    cursor_.Take();
    CULVERT_TRY(cursor_.ExpectSymbol("("));
    node->distinct = cursor_.Accept({"distinct"});
    if (!cursor_.Peek().IsSymbol(")")) CULVERT_TRY(List(*node));
    CULVERT_TRY(cursor_.ExpectSymbol(")"));
    if (cursor_.Accept({"over"})) {
      CULVERT_ASSIGN_OR_RETURN(node->window, Over());
    }
    return node;
  }

  Result<Window> Over() {
    Window window;
    CULVERT_TRY(cursor_.ExpectSymbol("("));
    if (cursor_.Accept({"partition", "by"})) {
      do {
        CULVERT_ASSIGN_OR_RETURN(ExprPtr key, Or());
        window.partition_by.push_back(std::move(key));
      } while (cursor_.AcceptSymbol(","));
    }
    if (cursor_.Accept({"order", "by"})) {
      do {
        OrderItem item;
        CULVERT_ASSIGN_OR_RETURN(item.expr, Or());
        if (cursor_.Accept({"desc"})) {
          item.descending = true;
        } else {
          cursor_.Accept({"asc"});
        }
        window.order_by.push_back(std::move(item));
      } while (cursor_.AcceptSymbol(","));
    }
    if (cursor_.Peek().Is("rows") || cursor_.Peek().Is("range")) {
      CULVERT_ASSIGN_OR_RETURN(window.frame, Frame());
    }
    CULVERT_TRY(cursor_.ExpectSymbol(")"));
    return window;
  }

  Result<std::string> Frame() {
    std::string text = cursor_.Take().Is("rows") ? "ROWS" : "RANGE";
    const auto bound = [&]() -> Status {
      if (cursor_.Accept({"unbounded"})) {
        text += " UNBOUNDED";
      } else if (cursor_.Accept({"current", "row"})) {
        text += " CURRENT ROW";
        return {};
      } else {
        CULVERT_ASSIGN_OR_RETURN(const std::uint64_t rows, cursor_.Unsigned("a number of rows"));
        text += " " + std::to_string(rows);
      }
      if (cursor_.Accept({"preceding"})) {
        text += " PRECEDING";
        return {};
      }
      CULVERT_TRY(cursor_.Expect({"following"}));
      text += " FOLLOWING";
      return {};
    };
    if (!cursor_.Accept({"between"})) {
      CULVERT_TRY(bound());
      return text;
    }
    text += " BETWEEN";
    CULVERT_TRY(bound());
    CULVERT_TRY(cursor_.Expect({"and"}));
    text += " AND";
    CULVERT_TRY(bound());
    return text;
  }

  /// `c` or `t.c`; more dots are fields of a struct and are read by Unary.
  Result<ExprPtr> ColumnName() {
    ExprPtr node = Node(ExprKind::kColumn, cursor_.Peek().at);
    CULVERT_ASSIGN_OR_RETURN(node->text, cursor_.Name("an expression"));
    if (cursor_.Peek().IsSymbol(".") &&
        (cursor_.Peek(1).kind == TokenKind::kWord || cursor_.Peek(1).kind == TokenKind::kName)) {
      cursor_.Take();
      node->qualifier = std::move(node->text);
      CULVERT_ASSIGN_OR_RETURN(node->text, cursor_.Name("a column"));
    }
    return node;
  }

  TokenCursor& cursor_;
};

}  // namespace

Result<ExprPtr> ParseExpr(TokenCursor& cursor) { return ExprParser(cursor).Or(); }

}  // namespace culvert::emulator::sql
