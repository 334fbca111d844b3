// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/token.h"
#include "libs/record/type.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The tree of a SELECT, as written: names are not resolved yet.

namespace culvert::emulator::sql {

struct Expr;
struct Query;
using ExprPtr = std::unique_ptr<Expr>;
using QueryPtr = std::unique_ptr<Query>;

/// `project.schema.table`, `project.table` or `table`: parts in the order written.
struct ObjectName {
  std::vector<std::string> parts;
  Position at;
  std::string ToString() const;  // joined by dots
};

struct OrderItem {
  ExprPtr expr;
  bool descending = false;
  std::optional<bool> nulls_first;
};

struct Window {
  std::vector<ExprPtr> partition_by;
  std::vector<OrderItem> order_by;
  std::string frame;  // `ROWS BETWEEN ...`, only its keywords and numbers, or empty
};

/// Levels of one expression: keeps SQLite's own limit of 1,000 out of reach.
inline constexpr int kTreeDepthMax = 400;

enum class ExprKind : std::uint8_t {
  kNull,
  kBoolean,  // text is true or false
  kInteger,  // text is digits, without suffix
  kDecimal,  // text
  kDouble,   // text
  kString,   // text
  kTyped,    // DATE'...': text and type
  kColumn,   // qualifier.text, or text
  kStar,     // the * of COUNT(*)
  kUnary,    // operator in text; one argument
  kBinary,   // operator in text (upper case for words); two arguments
  kCall,     // function in text, in lower case
  kCast,     // one argument, type
  kCase,     // [operand,] when, then, when, then, ... [else]
  kBetween,  // value, low, high
  kIn,       // value, candidates...
  kInQuery,  // value; query
  kExists,   // query
  kScalar,   // query with one column and at most one row
  kIsNull,   // one argument
  kIsTrue,   // one argument; text is true or false
  kLike,     // value, pattern; text is LIKE or RLIKE
  kIndex,    // array or map, index or key
  kField,    // struct; text is the field
};

struct Expr {
  ExprKind kind = ExprKind::kNull;
  Position at;
  std::string text;
  std::string qualifier;
  std::vector<ExprPtr> args;
  QueryPtr query;
  record::Type type;
  bool negated = false;      // NOT IN, NOT LIKE, IS NOT NULL, NOT BETWEEN, NOT EXISTS
  bool distinct = false;     // COUNT(DISTINCT x)
  bool has_operand = false;  // CASE x WHEN
  bool has_else = false;
  int depth = 1;  // levels of the tree from here down, at most kTreeDepthMax
  std::optional<Window> window;
};

struct SelectItem {
  ExprPtr expr;         // null for a star
  std::string alias;    // empty when none was written
  std::string star_of;  // `t` of `t.*`
  Position at;
};

struct TableRef {
  ObjectName table;  // when `query` is null
  QueryPtr query;    // subquery or VALUES
  std::string alias;
  std::vector<std::string> column_aliases;  // AS t(a, b)
};

enum class JoinKind : std::uint8_t { kInner, kLeft, kRight, kFull, kCross, kLeftSemi, kLeftAnti };

struct Join {
  JoinKind kind = JoinKind::kInner;
  TableRef table;
  ExprPtr on;  // null for a cross join
};

/// One SELECT, or the rows of a VALUES when `rows` is not empty.
struct Select {
  Position at;
  bool distinct = false;
  std::vector<SelectItem> items;
  std::optional<TableRef> from;
  std::vector<Join> joins;
  ExprPtr where;
  std::vector<ExprPtr> group_by;
  ExprPtr having;
  std::vector<std::vector<ExprPtr>> rows;
};

struct CommonTable {
  std::string name;
  std::vector<std::string> columns;
  QueryPtr query;
};

enum class SetOperator : std::uint8_t { kUnionAll, kUnion, kIntersect, kExcept };

/// [WITH ...] select [UNION ... select] [ORDER BY ...] [LIMIT [offset,] n].
struct Query {
  std::vector<CommonTable> with;
  std::vector<Select> selects;             // n
  std::vector<SetOperator> set_operators;  // n - 1
  std::vector<OrderItem> order_by;
  std::optional<std::uint64_t> limit;
  std::optional<std::uint64_t> offset;
};

}  // namespace culvert::emulator::sql
