// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/query.h"
#include "emulator/sql/type_rules.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace culvert::emulator::sql {

/// SQLite text with the MaxCompute type of its value.
struct Bound {
  std::string sql;
  MaybeType type;
};

struct ScopeColumn {
  std::string name;
  MaybeType type;
};

/// A table or subquery of a FROM clause; its columns are `sql_name`.c0, c1, ...
struct Relation {
  std::string alias;  // folded
  std::string sql_name;
  std::vector<ScopeColumn> columns;
};

/// What names mean at one place of a query.
struct Scope {
  std::vector<Relation> relations;
  std::map<std::string, const Expr*> aliases;  // of the select list, where they count
  const Scope* outer = nullptr;                // of the query around
};

/// A bound query: columns c0, c1, ...
struct Rows {
  std::string sql;
  std::vector<ScopeColumn> columns;
};

/// What expressions need of the query they stand in.
class QueryBinder {
 public:
  virtual ~QueryBinder() = default;
  virtual Result<Rows> Bind(const Query& query, const Scope* outer) = 0;
  /// The number by which mc_cast knows the type.
  virtual std::size_t AddType(const record::Type& type) = 0;
};

Result<Bound> BindExpr(const Expr& expr, const Scope& scope, QueryBinder& binder);
/// The same where BOOLEAN is expected.
Result<Bound> BindCondition(const Expr& expr, const Scope& scope, QueryBinder& binder);
/// The value as one of `type`, cast where its storage in SQLite differs.
Bound Coerce(QueryBinder& binder, const Bound& bound, const MaybeType& type);
/// ` COLLATE mc_decimal` for DECIMAL, whose text does not sort as its number.
std::string OrderCollation(const MaybeType& type);

}  // namespace culvert::emulator::sql
