// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/binder.h"

#include "emulator/sql/expr_binder.h"
#include "emulator/sql/statement.h"
#include "emulator/sql/value.h"

#include <algorithm>
#include <set>
#include <utility>

namespace culvert::emulator::sql {
namespace {

constexpr std::size_t kRelationsMax = 300;  // in one query; SQLite joins at most 64 at one place
constexpr std::size_t kResultColumnsMax = 1200;  // of one table or result, the service's limit

std::string ColumnName(std::size_t index) { return "c" + std::to_string(index); }

std::string_view SetWord(SetOperator set_operator) {
  switch (set_operator) {
    case SetOperator::kUnionAll:
      return " UNION ALL ";
    case SetOperator::kUnion:
      return " UNION ";
    case SetOperator::kIntersect:
      return " INTERSECT ";
    case SetOperator::kExcept:
      return " EXCEPT ";
  }
  return " UNION ALL ";
}

/// Binds queries, and for their sake FROM clauses; expressions are ExprBinder's.
class Binder final : public QueryBinder {
 public:
  explicit Binder(TableResolver& resolver) : resolver_(resolver) {}

  Result<Rows> Bind(const Query& query, const Scope* outer) override {
    std::vector<std::pair<std::string, const CommonTable*>> outer_commons = commons_;
    for (const CommonTable& common : query.with) {
      commons_.emplace_back(record::FoldName(common.name), &common);
    }
    Result<Rows> rows =
        query.selects.size() == 1 ? BindSimple(query, outer) : BindCompound(query, outer);
    commons_ = std::move(outer_commons);
    return rows;
  }

  std::size_t AddType(const record::Type& type) override {
    const auto found = std::ranges::find(types_, type);
    if (found != types_.end()) return static_cast<std::size_t>(found - types_.begin());
    types_.push_back(type);
    return types_.size() - 1;
  }

  BoundQuery Finish(Rows rows) {
    BoundQuery bound;
    bound.sql = std::move(rows.sql);
    for (ScopeColumn& column : rows.columns) {
      bound.columns.push_back(
          {.name = std::move(column.name),
           .type = column.type.value_or(ScalarType(record::TypeKind::kString))});
    }
    bound.sources = std::move(sources_);
    bound.types = std::move(types_);
    return bound;
  }

 private:
  /// One SELECT with its own ORDER BY and LIMIT.
  Result<Rows> BindSimple(const Query& query, const Scope* outer) {
    const Select& select = query.selects.front();
    if (!select.rows.empty()) {
      CULVERT_ASSIGN_OR_RETURN(Rows rows, BindValues(select, outer));
      return Ordered(query, std::move(rows));
    }
    Scope scope;
    scope.outer = outer;
    CULVERT_ASSIGN_OR_RETURN(Rows rows, BindSelect(select, scope));
    std::string order;
    for (const OrderItem& item : query.order_by) {
      CULVERT_ASSIGN_OR_RETURN(std::string key, OrderKey(item, rows, &scope));
      order += (order.empty() ? " ORDER BY " : ", ") + key;
    }
    rows.sql += order + LimitText(query);
    return rows;
  }

  Result<Rows> BindCompound(const Query& query, const Scope* outer) {
    std::vector<Rows> parts;
    for (const Select& select : query.selects) {
      Scope scope;
      scope.outer = outer;
      CULVERT_ASSIGN_OR_RETURN(
          Rows rows, select.rows.empty() ? BindSelect(select, scope) : BindValues(select, outer));
      if (!parts.empty() && parts.front().columns.size() != rows.columns.size()) {
        return Fail(SemanticError(select.at, "the sides of a set operator differ in columns"));
      }
      parts.push_back(std::move(rows));
    }
    Rows whole;
    whole.columns = parts.front().columns;
    for (std::size_t i = 0; i < whole.columns.size(); ++i) {
      std::vector<MaybeType> types;
      types.reserve(parts.size());
      for (const Rows& part : parts) types.push_back(part.columns[i].type);
      const std::optional<MaybeType> common = CommonType(types);
      if (!common) {
        return Fail(SemanticError(query.selects.front().at,
                                  "column " + whole.columns[i].name +
                                      " has types without a common one in a set operator"));
      }
      whole.columns[i].type = *common;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) whole.sql += SetWord(query.set_operators[i - 1]);
      whole.sql += Converted(parts[i], whole.columns);
    }
    return Ordered(query, std::move(whole));
  }

  /// `SELECT` of the rows with their columns in the types of `columns`.
  std::string Converted(const Rows& rows, const std::vector<ScopeColumn>& columns) {
    std::string sql = "SELECT ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) sql += ", ";
      const Bound column{ColumnName(i), rows.columns[i].type};
      sql += Coerce(*this, column, columns[i].type).sql + " AS " + ColumnName(i);
    }
    return sql + " FROM (" + rows.sql + ")";
  }

  /// ORDER BY and LIMIT of a query whose columns can only be named.
  Result<Rows> Ordered(const Query& query, Rows rows) {
    if (query.order_by.empty() && !query.limit) return rows;
    std::string order;
    for (const OrderItem& item : query.order_by) {
      CULVERT_ASSIGN_OR_RETURN(std::string key, OrderKey(item, rows, nullptr));
      order += (order.empty() ? " ORDER BY " : ", ") + key;
    }
    rows.sql = "SELECT * FROM (" + rows.sql + ")" + order + LimitText(query);
    return rows;
  }

  static std::string LimitText(const Query& query) {
    if (!query.limit) return {};
    constexpr std::uint64_t kMost = 1'000'000'000'000;
    return " LIMIT " + std::to_string(std::min(*query.limit, kMost)) + " OFFSET " +
           std::to_string(std::min(query.offset.value_or(0), kMost));
  }

  /// An output column by its alias or place, else any expression over the SELECT's own tables.
  Result<std::string> OrderKey(const OrderItem& item, const Rows& rows, const Scope* scope) {
    const Expr& expr = *item.expr;
    Bound key;
    std::optional<std::size_t> place;
    if (expr.kind == ExprKind::kColumn && expr.qualifier.empty()) {
      for (std::size_t i = 0; i < rows.columns.size() && !place; ++i) {
        if (record::SameName(rows.columns[i].name, expr.text)) place = i;
      }
    } else if (expr.kind == ExprKind::kInteger) {
      const std::size_t number = std::stoul("0" + expr.text.substr(0, 6));
      if (number == 0 || number > rows.columns.size()) {
        return Fail(SemanticError(expr.at, "ORDER BY names no column " + expr.text));
      }
      place = number - 1;
    }
    if (place) {
      key = {ColumnName(*place), rows.columns[*place].type};
    } else if (scope != nullptr) {
      CULVERT_ASSIGN_OR_RETURN(key, BindExpr(expr, *scope, *this));
    } else {
      return Fail(SemanticError(expr.at, "ORDER BY needs a column of the result here"));
    }
    std::string text = key.sql + OrderCollation(key.type) + (item.descending ? " DESC" : " ASC");
    if (item.nulls_first) text += *item.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    return text;
  }

  Result<Rows> BindValues(const Select& select, const Scope* outer) {
    Scope scope;
    scope.outer = outer;
    const std::size_t width = select.rows.front().size();
    std::vector<std::vector<Bound>> cells;
    for (const std::vector<ExprPtr>& row : select.rows) {
      std::vector<Bound>& line = cells.emplace_back();
      for (const ExprPtr& cell : row) {
        CULVERT_ASSIGN_OR_RETURN(Bound bound, BindExpr(*cell, scope, *this));
        line.push_back(std::move(bound));
      }
    }
    Rows rows;
    std::string names;
    for (std::size_t i = 0; i < width; ++i) {
      std::vector<MaybeType> types;
      types.reserve(cells.size());
      for (const std::vector<Bound>& line : cells) types.push_back(line[i].type);
      const std::optional<MaybeType> common = CommonType(types);
      if (!common) {
        return Fail(SemanticError(select.at, "column " + std::to_string(i + 1) +
                                                 " of VALUES has types without a common one"));
      }
      rows.columns.push_back({"_c" + std::to_string(i), *common});
      names += (i > 0 ? ", column" : "column") + std::to_string(i + 1) + " AS " + ColumnName(i);
    }
    std::string values;
    for (const std::vector<Bound>& line : cells) {
      values += values.empty() ? "(" : ", (";
      for (std::size_t i = 0; i < width; ++i) {
        if (i > 0) values += ", ";
        values += Coerce(*this, line[i], rows.columns[i].type).sql;
      }
      values += ")";
    }
    rows.sql = "SELECT " + names + " FROM (VALUES " + values + ")";
    return rows;
  }

  /// Fills `scope` with the tables of FROM and binds everything but ORDER BY and LIMIT.
  Result<Rows> BindSelect(const Select& select, Scope& scope) {
    std::string from;
    std::string conditions;  // of semi joins, and WHERE
    if (select.from) {
      CULVERT_ASSIGN_OR_RETURN(const std::string first, BindTable(*select.from, scope));
      from = " FROM " + first;
    }
    for (const Join& join : select.joins) {
      CULVERT_TRY(BindJoin(join, scope, from, conditions));
    }
    Rows rows;
    std::string list;
    for (const SelectItem& item : select.items) {
      CULVERT_TRY(BindItem(item, scope, rows, list));
    }
    if (rows.columns.size() > kResultColumnsMax) {
      return Fail(SemanticError(select.at, "a result has at most 1200 columns"));
    }
    if (select.where != nullptr) {
      CULVERT_ASSIGN_OR_RETURN(const Bound where, BindCondition(*select.where, scope, *this));
      conditions += (conditions.empty() ? "" : " AND ") + where.sql;
    }
    // The select list's aliases are known from GROUP BY on.
    for (const SelectItem& item : select.items) {
      if (item.expr != nullptr && !item.alias.empty()) {
        scope.aliases.emplace(record::FoldName(item.alias), item.expr.get());
      }
    }
    std::string group;
    for (const ExprPtr& key : select.group_by) {
      CULVERT_ASSIGN_OR_RETURN(const Bound bound, BindExpr(*key, scope, *this));
      group += (group.empty() ? " GROUP BY " : ", ") + bound.sql;
    }
    std::string having;
    if (select.having != nullptr) {
      CULVERT_ASSIGN_OR_RETURN(const Bound bound, BindCondition(*select.having, scope, *this));
      having = " HAVING " + bound.sql;
    }
    rows.sql = (select.distinct ? "SELECT DISTINCT " : "SELECT ") + list + from +
               (conditions.empty() ? "" : " WHERE " + conditions) + group + having;
    return rows;
  }

  Status BindItem(const SelectItem& item, const Scope& scope, Rows& rows, std::string& list) {
    const auto add = [&](const std::string& sql, std::string name, MaybeType type) {
      if (!list.empty()) list += ", ";
      list += sql + " AS " + ColumnName(rows.columns.size());
      rows.columns.push_back({std::move(name), std::move(type)});
    };
    if (item.expr != nullptr) {
      CULVERT_ASSIGN_OR_RETURN(Bound bound, BindExpr(*item.expr, scope, *this));
      std::string name = item.alias;
      if (name.empty() &&
          (item.expr->kind == ExprKind::kColumn || item.expr->kind == ExprKind::kField)) {
        name = record::FoldName(item.expr->text);
      }
      if (name.empty()) name = "_c" + std::to_string(rows.columns.size());
      add(bound.sql, std::move(name), std::move(bound.type));
      return {};
    }
    bool any = false;
    for (const Relation& relation : scope.relations) {
      if (!item.star_of.empty() && !record::SameName(relation.alias, item.star_of)) continue;
      any = true;
      for (std::size_t i = 0; i < relation.columns.size(); ++i) {
        add(relation.sql_name + "." + ColumnName(i), relation.columns[i].name,
            relation.columns[i].type);
      }
    }
    if (!any) {
      return Fail(SemanticError(item.at, item.star_of.empty()
                                             ? std::string("* needs a FROM clause")
                                             : "table " + item.star_of + " cannot be resolved"));
    }
    return {};
  }

  Status BindJoin(const Join& join, Scope& scope, std::string& from, std::string& conditions) {
    const bool semi = join.kind == JoinKind::kLeftSemi || join.kind == JoinKind::kLeftAnti;
    CULVERT_ASSIGN_OR_RETURN(const std::string table, BindTable(join.table, scope));
    std::string on;
    if (join.on != nullptr) {
      CULVERT_ASSIGN_OR_RETURN(const Bound bound, BindCondition(*join.on, scope, *this));
      on = bound.sql;
    }
    if (semi) {
      scope.relations.pop_back();  // its columns are seen by ON alone
      conditions += conditions.empty() ? "" : " AND ";
      conditions += join.kind == JoinKind::kLeftAnti ? "NOT EXISTS" : "EXISTS";
      conditions += " (SELECT 1 FROM " + table + " WHERE " + on + ")";
      return {};
    }
    switch (join.kind) {
      case JoinKind::kLeft:
        from += " LEFT JOIN ";
        break;
      case JoinKind::kRight:
        from += " RIGHT JOIN ";
        break;
      case JoinKind::kFull:
        from += " FULL JOIN ";
        break;
      default:
        from += " JOIN ";
    }
    from += table + (on.empty() ? "" : " ON " + on);
    return {};
  }

  /// Adds the table to the scope; its text for the FROM clause.
  Result<std::string> BindTable(const TableRef& ref, Scope& scope) {
    if (++relations_ > kRelationsMax) {
      return Fail(SemanticError(ref.table.at, "the query names more than 300 tables"));
    }
    Relation relation;
    relation.sql_name = "r" + std::to_string(relations_);
    relation.alias = record::FoldName(ref.alias);
    std::string sql;
    if (ref.query != nullptr) {
      CULVERT_ASSIGN_OR_RETURN(Rows rows, Bind(*ref.query, scope.outer));
      if (!ref.column_aliases.empty()) {
        if (ref.column_aliases.size() != rows.columns.size()) {
          return Fail(SemanticError(ref.table.at, "table " + ref.alias + " has " +
                                                      std::to_string(rows.columns.size()) +
                                                      " columns, not as many as its names"));
        }
        for (std::size_t i = 0; i < rows.columns.size(); ++i) {
          rows.columns[i].name = record::FoldName(ref.column_aliases[i]);
        }
      }
      relation.columns = std::move(rows.columns);
      sql = "(" + rows.sql + ")";
    } else {
      if (relation.alias.empty()) relation.alias = record::FoldName(ref.table.parts.back());
      CULVERT_ASSIGN_OR_RETURN(sql, BindNamed(ref.table, relation));
    }
    scope.relations.push_back(relation);
    return sql + " AS " + relation.sql_name;
  }

  /// A name of WITH, a view or a table.
  Result<std::string> BindNamed(const ObjectName& name, Relation& relation) {
    if (name.parts.size() == 1) {
      const std::string folded = record::FoldName(name.parts[0]);
      for (std::size_t i = commons_.size(); i-- > 0;) {
        if (commons_[i].first == folded) return BindCommon(i, relation);
      }
    }
    CULVERT_ASSIGN_OR_RETURN(SourceTable source, resolver_.Open(name));
    const TableDef& def = *source.def;
    if (def.kind == TableKind::kExternal) {
      return Fail(SemanticError(
          name.at, "external table " + name.ToString() + " cannot be read by this emulator"));
    }
    if (def.kind == TableKind::kView) return BindView(name, def, relation);
    for (const record::Column& column : def.columns.columns) {
      relation.columns.push_back({record::FoldName(column.name), column.type});
    }
    for (const record::Column& key : def.columns.partition_keys) {
      relation.columns.push_back({record::FoldName(key.name), key.type});
    }
    // One table read twice is one snapshot.
    std::size_t index = 0;
    while (index < sources_.size() && sources_[index].def->id != def.id) ++index;
    if (index == sources_.size()) sources_.push_back(std::move(source));
    return "s" + std::to_string(index);
  }

  Result<std::string> BindCommon(std::size_t index, Relation& relation) {
    const CommonTable& common = *commons_[index].second;
    // A name of WITH sees only those before it.
    std::vector<std::pair<std::string, const CommonTable*>> all = commons_;
    commons_.resize(index);
    Result<Rows> rows = Bind(*common.query, nullptr);
    commons_ = std::move(all);
    if (!rows) return Fail(std::move(rows).error());
    for (std::size_t i = 0; i < common.columns.size() && i < rows->columns.size(); ++i) {
      rows->columns[i].name = record::FoldName(common.columns[i]);
    }
    relation.columns = std::move(rows->columns);
    return "(" + rows->sql + ")";
  }

  Result<std::string> BindView(const ObjectName& name, const TableDef& def, Relation& relation) {
    if (views_ >= 10) {
      return Fail(SemanticError(name.at, "views are nested deeper than 10 levels"));
    }
    CULVERT_ASSIGN_OR_RETURN(const QueryPtr query, ParseQueryText(def.view_text));
    std::vector<std::pair<std::string, const CommonTable*>> all = std::exchange(commons_, {});
    ++views_;
    Result<Rows> rows = Bind(*query, nullptr);
    --views_;
    commons_ = std::move(all);
    if (!rows) return Fail(std::move(rows).error());
    for (std::size_t i = 0; i < rows->columns.size() && i < def.columns.columns.size(); ++i) {
      rows->columns[i].name = record::FoldName(def.columns.columns[i].name);
    }
    relation.columns = std::move(rows->columns);
    return "(" + rows->sql + ")";
  }

  TableResolver& resolver_;
  std::vector<SourceTable> sources_;
  std::vector<record::Type> types_;
  std::vector<std::pair<std::string, const CommonTable*>> commons_;
  std::size_t relations_ = 0;
  int views_ = 0;
};

}  // namespace

Result<BoundQuery> BindQuery(const Query& query, TableResolver& resolver) {
  Binder binder(resolver);
  CULVERT_ASSIGN_OR_RETURN(Rows rows, binder.Bind(query, nullptr));
  return binder.Finish(std::move(rows));
}

}  // namespace culvert::emulator::sql
