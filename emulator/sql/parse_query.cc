// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/statement.h"
#include "emulator/sql/token_cursor.h"

#include <utility>

namespace culvert::emulator::sql {
namespace {

/// `[AS] alias`, or empty. MaxCompute takes a string as an alias in no place.
Result<std::string> Alias(TokenCursor& cursor) {
  if (cursor.Accept({"as"})) return cursor.Name("an alias");
  const Token& token = cursor.Peek();
  if (token.kind == TokenKind::kName ||
      (token.kind == TokenKind::kWord && !IsReserved(token.text) && !token.Is("sort") &&
       !token.Is("distribute") && !token.Is("cluster") && !token.Is("lateral") &&
       !token.Is("window") && !token.Is("minus"))) {
    return cursor.Name("an alias");
  }
  return std::string();
}

Result<std::vector<std::string>> NameList(TokenCursor& cursor) {
  std::vector<std::string> names;
  CULVERT_TRY(cursor.ExpectSymbol("("));
  do {
    CULVERT_ASSIGN_OR_RETURN(std::string name, cursor.Name("a column"));
    names.push_back(std::move(name));
  } while (cursor.AcceptSymbol(","));
  CULVERT_TRY(cursor.ExpectSymbol(")"));
  return names;
}

Result<SelectItem> Item(TokenCursor& cursor) {
  SelectItem item;
  item.at = cursor.Peek().at;
  if (cursor.AcceptSymbol("*")) return item;
  if (cursor.Peek(1).IsSymbol(".") && cursor.Peek(2).IsSymbol("*")) {
    CULVERT_ASSIGN_OR_RETURN(item.star_of, cursor.Name("a table"));
    cursor.Take();
    cursor.Take();
    return item;
  }
  CULVERT_ASSIGN_OR_RETURN(item.expr, ParseExpr(cursor));
  CULVERT_ASSIGN_OR_RETURN(item.alias, Alias(cursor));
  return item;
}

Result<TableRef> Table(TokenCursor& cursor) {
  TableRef ref;
  if (cursor.AcceptSymbol("(")) {
    CULVERT_ASSIGN_OR_RETURN(ref.query, ParseQuery(cursor));
    CULVERT_TRY(cursor.ExpectSymbol(")"));
  } else if (cursor.Peek().Is("values") && cursor.Peek(1).IsSymbol("(")) {
    cursor.Take();
    CULVERT_ASSIGN_OR_RETURN(Select rows, ParseValuesRows(cursor));
    ref.query = std::make_unique<Query>();
    ref.query->selects.push_back(std::move(rows));
  } else {
    CULVERT_ASSIGN_OR_RETURN(ref.table, cursor.Object());
  }
  CULVERT_ASSIGN_OR_RETURN(ref.alias, Alias(cursor));
  if (!ref.alias.empty() && ref.query != nullptr && cursor.Peek().IsSymbol("(")) {
    CULVERT_ASSIGN_OR_RETURN(ref.column_aliases, NameList(cursor));
  }
  return ref;
}

/// The words of a join, or nothing when no join follows.
std::optional<JoinKind> JoinWords(TokenCursor& cursor) {
  if (cursor.AcceptSymbol(",") || cursor.Accept({"cross", "join"})) return JoinKind::kCross;
  if (cursor.Accept({"join"}) || cursor.Accept({"inner", "join"})) return JoinKind::kInner;
  if (cursor.Accept({"left", "semi", "join"})) return JoinKind::kLeftSemi;
  if (cursor.Accept({"left", "anti", "join"})) return JoinKind::kLeftAnti;
  if (cursor.Accept({"left", "join"}) || cursor.Accept({"left", "outer", "join"})) {
    return JoinKind::kLeft;
  }
  if (cursor.Accept({"right", "join"}) || cursor.Accept({"right", "outer", "join"})) {
    return JoinKind::kRight;
  }
  if (cursor.Accept({"full", "join"}) || cursor.Accept({"full", "outer", "join"})) {
    return JoinKind::kFull;
  }
  return std::nullopt;
}

Result<std::vector<ExprPtr>> ExprList(TokenCursor& cursor) {
  std::vector<ExprPtr> list;
  do {
    CULVERT_ASSIGN_OR_RETURN(ExprPtr item, ParseExpr(cursor));
    list.push_back(std::move(item));
  } while (cursor.AcceptSymbol(","));
  return list;
}

Result<Select> OneSelect(TokenCursor& cursor) {
  Select select;
  select.at = cursor.Peek().at;
  if (cursor.Peek().Is("values") && cursor.Peek(1).IsSymbol("(")) {
    cursor.Take();
    return ParseValuesRows(cursor);
  }
  CULVERT_TRY(cursor.Expect({"select"}));
  select.distinct = cursor.Accept({"distinct"});
  if (!select.distinct) cursor.Accept({"all"});
  do {
    CULVERT_ASSIGN_OR_RETURN(SelectItem item, Item(cursor));
    select.items.push_back(std::move(item));
  } while (cursor.AcceptSymbol(","));
  if (cursor.Accept({"from"})) {
    CULVERT_ASSIGN_OR_RETURN(TableRef from, Table(cursor));
    select.from = std::move(from);
    while (const std::optional<JoinKind> kind = JoinWords(cursor)) {
      Join join;
      join.kind = *kind;
      CULVERT_ASSIGN_OR_RETURN(join.table, Table(cursor));
      if (cursor.Accept({"on"})) {
        CULVERT_ASSIGN_OR_RETURN(join.on, ParseExpr(cursor));
      } else if (join.kind != JoinKind::kCross && join.kind != JoinKind::kInner) {
        return Fail(cursor.Unexpected("'on'"));
      }
      select.joins.push_back(std::move(join));
    }
  }
  if (cursor.Accept({"where"})) {
    CULVERT_ASSIGN_OR_RETURN(select.where, ParseExpr(cursor));
  }
  if (cursor.Accept({"group", "by"})) {
    CULVERT_ASSIGN_OR_RETURN(select.group_by, ExprList(cursor));
  }
  if (cursor.Accept({"having"})) {
    CULVERT_ASSIGN_OR_RETURN(select.having, ParseExpr(cursor));
  }
  return select;
}

/// UNION [ALL], INTERSECT, EXCEPT or MINUS, or nothing.
std::optional<SetOperator> SetWords(TokenCursor& cursor) {
  if (cursor.Accept({"union", "all"})) return SetOperator::kUnionAll;
  if (cursor.Accept({"union", "distinct"}) || cursor.Accept({"union"})) return SetOperator::kUnion;
  if (cursor.Accept({"intersect"})) return SetOperator::kIntersect;
  if (cursor.Accept({"except"}) || cursor.Accept({"minus"})) return SetOperator::kExcept;
  return std::nullopt;
}

Status OrderAndLimit(TokenCursor& cursor, Query& query) {
  if (cursor.Accept({"order", "by"}) || cursor.Accept({"sort", "by"})) {
    do {
      OrderItem item;
      CULVERT_ASSIGN_OR_RETURN(item.expr, ParseExpr(cursor));
      item.descending = cursor.Accept({"desc"});
      if (!item.descending) cursor.Accept({"asc"});
      if (cursor.Accept({"nulls", "first"})) {
        item.nulls_first = true;
      } else if (cursor.Accept({"nulls", "last"})) {
        item.nulls_first = false;
      }
      query.order_by.push_back(std::move(item));
    } while (cursor.AcceptSymbol(","));
  }
  if (cursor.Accept({"limit"})) {
    CULVERT_ASSIGN_OR_RETURN(query.limit, cursor.Unsigned("a number of rows"));
    if (cursor.AcceptSymbol(",")) {
      query.offset = query.limit;
      CULVERT_ASSIGN_OR_RETURN(query.limit, cursor.Unsigned("a number of rows"));
    }
  }
  if (cursor.Accept({"offset"})) {
    CULVERT_ASSIGN_OR_RETURN(query.offset, cursor.Unsigned("a number of rows"));
  }
  return {};
}

}  // namespace

Result<Select> ParseValuesRows(TokenCursor& cursor) {
  Select select;
  select.at = cursor.Peek().at;
  do {
    CULVERT_TRY(cursor.ExpectSymbol("("));
    CULVERT_ASSIGN_OR_RETURN(std::vector<ExprPtr> row, ExprList(cursor));
    CULVERT_TRY(cursor.ExpectSymbol(")"));
    if (!select.rows.empty() && select.rows.front().size() != row.size()) {
      return Fail(ParseError(select.at, "rows of VALUES differ in length"));
    }
    select.rows.push_back(std::move(row));
  } while (cursor.AcceptSymbol(","));
  return select;
}

Result<QueryPtr> ParseQuery(TokenCursor& cursor) {
  const TokenCursor::Level level(cursor);
  CULVERT_TRY(level.Check());
  auto query = std::make_unique<Query>();
  if (cursor.Accept({"with"})) {
    do {
      CommonTable common;
      CULVERT_ASSIGN_OR_RETURN(common.name, cursor.Name("a name"));
      if (cursor.Peek().IsSymbol("(")) {
        CULVERT_ASSIGN_OR_RETURN(common.columns, NameList(cursor));
      }
      CULVERT_TRY(cursor.Expect({"as"}));
      CULVERT_TRY(cursor.ExpectSymbol("("));
      CULVERT_ASSIGN_OR_RETURN(common.query, ParseQuery(cursor));
      CULVERT_TRY(cursor.ExpectSymbol(")"));
      query->with.push_back(std::move(common));
    } while (cursor.AcceptSymbol(","));
  }
  // Parentheses round a whole query mean nothing unless a set operator follows.
  while (true) {
    Select select;
    if (cursor.Peek().IsSymbol("(")) {
      cursor.Take();
      CULVERT_ASSIGN_OR_RETURN(QueryPtr inner, ParseQuery(cursor));
      CULVERT_TRY(cursor.ExpectSymbol(")"));
      TableRef ref;
      ref.query = std::move(inner);
      SelectItem star;
      star.at = cursor.Peek().at;
      select.at = star.at;
      select.items.push_back(std::move(star));
      select.from = std::move(ref);
    } else {
      CULVERT_ASSIGN_OR_RETURN(select, OneSelect(cursor));
    }
    query->selects.push_back(std::move(select));
    const std::optional<SetOperator> next = SetWords(cursor);
    if (!next) break;
    query->set_operators.push_back(*next);
  }
  CULVERT_TRY(OrderAndLimit(cursor, *query));
  return query;
}

Result<QueryPtr> ParseQueryText(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const std::vector<Token> tokens, Tokenize(text));
  TokenCursor cursor(text, tokens);
  CULVERT_ASSIGN_OR_RETURN(QueryPtr query, ParseQuery(cursor));
  cursor.AcceptSymbol(";");
  if (!cursor.AtEnd()) return Fail(cursor.Unexpected("the end"));
  return query;
}

}  // namespace culvert::emulator::sql
