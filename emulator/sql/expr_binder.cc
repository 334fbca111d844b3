// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/expr_binder.h"

#include "emulator/sql/decimal.h"
#include "emulator/sql/value.h"
#include "libs/base/digest.h"
#include "libs/record/schema.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace culvert::emulator::sql {
namespace {

using record::Type;
using record::TypeKind;

std::string QuoteText(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return "CAST(x'" + HexEncode(AsBytes(text)) + "' AS TEXT)";  // SQL text ends at a NUL
  }
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

std::string LiteralSql(const Value& value) {
  switch (value.storage) {
    case Storage::kNull:
      return "NULL";
    case Storage::kInteger:
      return value.integer < 0 ? "(" + std::to_string(value.integer) + ")"
                               : std::to_string(value.integer);
    case Storage::kReal:
      if (std::isinf(value.real)) return value.real > 0 ? "9e999" : "(-9e999)";
      return value.real < 0 ? "(" + FormatDouble(value.real) + ")" : FormatDouble(value.real);
    case Storage::kText:
      return QuoteText(value.text);
    case Storage::kBlob:
      return "x'" + HexEncode(AsBytes(value.text)) + "'";
  }
  return "NULL";
}

std::string TypeName(const MaybeType& type) { return type ? type->ToString() : "void"; }

/// The type in which two values are compared: numbers and times win over text.
std::optional<MaybeType> ComparisonType(const MaybeType& a, const MaybeType& b) {
  const bool text_a = GroupOf(a) == TypeGroup::kText;
  const bool text_b = GroupOf(b) == TypeGroup::kText;
  if (text_a != text_b && a && b) {
    const MaybeType& other = text_a ? b : a;
    switch (GroupOf(other)) {
      case TypeGroup::kInteger:
      case TypeGroup::kReal:
        return MaybeType(ScalarType(TypeKind::kDouble));
      case TypeGroup::kDecimal:
        return MaybeType(ScalarType(TypeKind::kDecimal, 38, 18));
      case TypeGroup::kNested:
        return std::nullopt;
      default:
        return other;
    }
  }
  const MaybeType both[] = {a, b};
  return CommonType(both);
}

class ExprBinder {
 public:
  ExprBinder(const Scope& scope, QueryBinder& binder) : scope_(scope), binder_(binder) {}

  Result<Bound> Bind(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kNull:
        return Bound{"NULL", std::nullopt};
      case ExprKind::kBoolean:
        return Bound{expr.text == "true" ? "1" : "0", ScalarType(TypeKind::kBoolean)};
      case ExprKind::kInteger:
      case ExprKind::kDecimal:
      case ExprKind::kDouble:
        return Number(expr);
      case ExprKind::kString:
        return Bound{QuoteText(expr.text), ScalarType(TypeKind::kString)};
      case ExprKind::kTyped:
        return Typed(expr);
      case ExprKind::kColumn:
        return Column(expr);
      case ExprKind::kStar:
        return Fail(SemanticError(expr.at, "* stands only in the select list and in COUNT(*)"));
      case ExprKind::kUnary:
        return Unary(expr);
      case ExprKind::kBinary:
        return Binary(expr);
      case ExprKind::kCall:
        return Call(expr);
      case ExprKind::kCast:
        return Cast(expr);
      case ExprKind::kCase:
        return Case(expr);
      case ExprKind::kBetween:
        return Between(expr);
      case ExprKind::kIn:
        return In(expr);
      case ExprKind::kInQuery:
        return InQuery(expr);
      case ExprKind::kExists: {
        CULVERT_ASSIGN_OR_RETURN(const Rows rows, binder_.Bind(*expr.query, &scope_));
        return Truth((expr.negated ? "NOT EXISTS (" : "EXISTS (") + rows.sql + ")");
      }
      case ExprKind::kScalar: {
        CULVERT_ASSIGN_OR_RETURN(const Rows rows, OneColumn(expr));
        return Bound{"(" + rows.sql + ")", rows.columns[0].type};
      }
      case ExprKind::kIsNull: {
        CULVERT_ASSIGN_OR_RETURN(const Bound value, Bind(*expr.args[0]));
        return Truth(value.sql + (expr.negated ? " IS NOT NULL" : " IS NULL"));
      }
      case ExprKind::kIsTrue: {
        CULVERT_ASSIGN_OR_RETURN(const Bound value, Condition(*expr.args[0]));
        return Truth(value.sql + (expr.negated ? " IS NOT " : " IS ") +
                     (expr.text == "true" ? "1" : "0"));
      }
      case ExprKind::kLike:
        return Like(expr);
      case ExprKind::kIndex:
      case ExprKind::kField:
        return Element(expr);
    }
    return Fail(SemanticError(expr.at, "this expression is not supported"));
  }

  Result<Bound> Condition(const Expr& expr) {
    CULVERT_ASSIGN_OR_RETURN(Bound bound, Bind(expr));
    const TypeGroup group = GroupOf(bound.type);
    if (group != TypeGroup::kBoolean && group != TypeGroup::kNull) {
      return Fail(
          SemanticError(expr.at, "expect a BOOLEAN expression, but it is " + TypeName(bound.type)));
    }
    return bound;
  }

 private:
  static Bound Truth(std::string sql) {
    return {"(" + std::move(sql) + ")", ScalarType(TypeKind::kBoolean)};
  }

  static Result<Bound> Number(const Expr& expr) {
    const Type text = ScalarType(TypeKind::kString);
    Type type = ScalarType(expr.kind == ExprKind::kDouble ? TypeKind::kDouble : TypeKind::kBigint);
    std::int64_t integer = 0;
    const char* end = expr.text.data() + expr.text.size();
    const bool fits =
        std::from_chars(expr.text.data(), end, integer).ec != std::errc::result_out_of_range;
    if (expr.kind == ExprKind::kDecimal || (expr.kind == ExprKind::kInteger && !fits)) {
      const std::optional<Decimal> decimal = Decimal::Parse(expr.text);
      type = ScalarType(TypeKind::kDecimal, 38, decimal ? std::min(decimal->scale(), 18) : 0);
    }
    const Result<Value> value = CastValue(Value::Text(expr.text), text, type, CastMode::kExplicit);
    if (!value) return Fail(SemanticError(expr.at, value.error().message));
    return Bound{LiteralSql(*value), type};
  }

  static Result<Bound> Typed(const Expr& expr) {
    if (expr.type.kind == TypeKind::kBinary) {
      const Result<std::string> bytes = HexDecode(expr.text);
      if (!bytes) return Fail(SemanticError(expr.at, bytes.error().message));
      return Bound{LiteralSql(Value::Blob(*bytes)), expr.type};
    }
    const Result<Value> value = CastValue(Value::Text(expr.text), ScalarType(TypeKind::kString),
                                          expr.type, CastMode::kExplicit);
    if (!value) return Fail(SemanticError(expr.at, value.error().message));
    return Bound{LiteralSql(*value), expr.type};
  }

  /// The column in the scope or one around it; an empty result when there is none.
  Result<std::optional<Bound>> Lookup(const std::string& qualifier, const std::string& name,
                                      Position at) const {
    for (const Scope* scope = &scope_; scope != nullptr; scope = scope->outer) {
      std::optional<Bound> found;
      for (const Relation& relation : scope->relations) {
        if (!qualifier.empty() && !record::SameName(relation.alias, qualifier)) continue;
        for (std::size_t i = 0; i < relation.columns.size(); ++i) {
          if (!record::SameName(relation.columns[i].name, name)) continue;
          if (found) return Fail(SemanticError(at, "column " + name + " is ambiguous"));
          found = Bound{relation.sql_name + ".c" + std::to_string(i), relation.columns[i].type};
        }
      }
      if (found) return found;
    }
    return std::optional<Bound>();
  }

  Result<Bound> Column(const Expr& expr) {
    CULVERT_ASSIGN_OR_RETURN(std::optional<Bound> found,
                             Lookup(expr.qualifier, expr.text, expr.at));
    if (found) return *std::move(found);
    if (!expr.qualifier.empty()) {
      // `s.f` may be a field of the struct column s.
      CULVERT_ASSIGN_OR_RETURN(found, Lookup({}, expr.qualifier, expr.at));
      if (found) return Field(*found, expr.text, expr.at);
      return Fail(SemanticError(
          expr.at, "column " + expr.qualifier + "." + expr.text + " cannot be resolved"));
    }
    const auto alias = scope_.aliases.find(record::FoldName(expr.text));
    if (alias != scope_.aliases.end() && !in_alias_) {
      in_alias_ = true;
      Result<Bound> bound = Bind(*alias->second);
      in_alias_ = false;
      return bound;
    }
    return Fail(SemanticError(expr.at, "column " + expr.text + " cannot be resolved"));
  }

  Result<Bound> Field(const Bound& value, const std::string& field, Position at) {
    if (value.type && value.type->kind == TypeKind::kStruct) {
      for (std::size_t i = 0; i < value.type->children.size(); ++i) {
        if (!record::SameName(value.type->field_names[i], field)) continue;
        return ElementSql(value, QuoteText(value.type->field_names[i]), value.type->children[i]);
      }
    }
    return Fail(SemanticError(at, TypeName(value.type) + " has no field " + field));
  }

  Bound ElementSql(const Bound& value, const std::string& key, const Type& type) {
    return {
        "mc_element(" + value.sql + ", " + key + ", " + std::to_string(binder_.AddType(type)) + ")",
        type};
  }

  Result<Bound> Element(const Expr& expr) {
    CULVERT_ASSIGN_OR_RETURN(const Bound value, Bind(*expr.args[0]));
    if (expr.kind == ExprKind::kField) return Field(value, expr.text, expr.at);
    CULVERT_ASSIGN_OR_RETURN(const Bound key, Bind(*expr.args[1]));
    if (value.type && value.type->kind == TypeKind::kArray) {
      if (GroupOf(key.type) != TypeGroup::kInteger) {
        return Fail(SemanticError(expr.at, "the index of an array is an integer"));
      }
      return ElementSql(value, key.sql, value.type->children[0]);
    }
    if (value.type && value.type->kind == TypeKind::kMap) {
      const Bound text = Coerce(binder_, Coerce(binder_, key, value.type->children[0]),
                                ScalarType(TypeKind::kString));
      return ElementSql(value, text.sql, value.type->children[1]);
    }
    return Fail(SemanticError(expr.at, TypeName(value.type) + " has no elements"));
  }

  Result<Bound> Unary(const Expr& expr) {
    if (expr.text == "NOT") {
      CULVERT_ASSIGN_OR_RETURN(const Bound value, Condition(*expr.args[0]));
      return Truth("NOT " + value.sql);
    }
    CULVERT_ASSIGN_OR_RETURN(Bound value, Bind(*expr.args[0]));
    value = NumberOf(value);
    if (!IsNumeric(GroupOf(value.type)) && value.type) {
      return Fail(SemanticError(expr.at, "operator " + expr.text + " needs a number"));
    }
    if (expr.text == "+") return value;
    if (expr.text == "-" && GroupOf(value.type) == TypeGroup::kDecimal) {
      return Bound{"mc_dec_sub('0', " + value.sql + ")", value.type};
    }
    return Bound{"(" + expr.text + " " + value.sql + ")", value.type};
  }

  /// Text as DOUBLE, as MaxCompute does for arithmetic; the NaN of a column as NULL.
  Bound NumberOf(const Bound& value) {
    if (GroupOf(value.type) == TypeGroup::kText) {
      return NumberOf(Coerce(binder_, value, ScalarType(TypeKind::kDouble)));
    }
    if (GroupOf(value.type) != TypeGroup::kReal) return value;
    // Literals and what arithmetic gave are numbers already.
    const std::string& sql = value.sql;
    const bool number =
        (sql.front() >= '0' && sql.front() <= '9') || sql.starts_with("CAST(") ||
        (sql.starts_with('(') && !sql.starts_with("(CASE") && !sql.starts_with("(SELECT"));
    return number ? value : Bound{"mc_number(" + sql + ")", value.type};
  }

  Result<Bound> Binary(const Expr& expr) {
    if (expr.text == "AND" || expr.text == "OR") {
      CULVERT_ASSIGN_OR_RETURN(const Bound left, Condition(*expr.args[0]));
      CULVERT_ASSIGN_OR_RETURN(const Bound right, Condition(*expr.args[1]));
      return Truth(left.sql + " " + expr.text + " " + right.sql);
    }
    CULVERT_ASSIGN_OR_RETURN(const Bound left, Bind(*expr.args[0]));
    CULVERT_ASSIGN_OR_RETURN(const Bound right, Bind(*expr.args[1]));
    if (expr.text == "||") {
      return Bound{"(" + TextOf(left).sql + " || " + TextOf(right).sql + ")",
                   ScalarType(TypeKind::kString)};
    }
    if (expr.text == "=" || expr.text == "<>" || expr.text.starts_with('<') ||
        expr.text.starts_with('>')) {
      return Compare(expr.text, left, right, expr.at);
    }
    return Arithmetic(expr, NumberOf(left), NumberOf(right));
  }

  Bound TextOf(const Bound& value) { return Coerce(binder_, value, ScalarType(TypeKind::kString)); }

  Result<Bound> Compare(const std::string& symbol, const Bound& left, const Bound& right,
                        Position at) {
    const std::optional<MaybeType> type = ComparisonType(left.type, right.type);
    if (!type) {
      return Fail(SemanticError(
          at, TypeName(left.type) + " and " + TypeName(right.type) + " cannot be compared"));
    }
    return Truth(Coerce(binder_, left, *type).sql + OrderCollation(*type) + " " +
                 (symbol == "<=>" ? "IS" : symbol) + " " + Coerce(binder_, right, *type).sql);
  }

  Result<Bound> Arithmetic(const Expr& expr, const Bound& left, const Bound& right) {
    const TypeGroup a = GroupOf(left.type);
    const TypeGroup b = GroupOf(right.type);
    if ((left.type && !IsNumeric(a)) || (right.type && !IsNumeric(b))) {
      return Fail(SemanticError(expr.at, "operator " + expr.text + " needs numbers, not " +
                                             TypeName(left.type) + " and " + TypeName(right.type)));
    }
    if (!left.type || !right.type) {
      return Bound{"NULL", left.type ? left.type : right.type};
    }
    const bool real = a == TypeGroup::kReal || b == TypeGroup::kReal;
    if (!real && (a == TypeGroup::kDecimal || b == TypeGroup::kDecimal)) {
      return DecimalArithmetic(expr, left, right);
    }
    const Type type = ScalarType(real || expr.text == "/" ? TypeKind::kDouble : TypeKind::kBigint);
    if (expr.text == "DIV") {
      // Towards zero for integers, as SQLite divides them.
      if (real) return Fail(SemanticError(expr.at, "operator DIV needs integers"));
      return Bound{"(" + left.sql + " / " + right.sql + ")", type};
    }
    if (expr.text == "%" && real) {
      return Bound{"mc_fmod(" + left.sql + ", " + right.sql + ")", type};
    }
    if (expr.text == "&" || expr.text == "|") {
      if (real) return Fail(SemanticError(expr.at, "bit operators need integers"));
      return Bound{"(" + left.sql + " " + expr.text + " " + right.sql + ")", type};
    }
    if (expr.text == "^") {
      if (real) return Fail(SemanticError(expr.at, "bit operators need integers"));
      return Bound{"mc_bitxor(" + left.sql + ", " + right.sql + ")", type};
    }
    return Bound{"(" + Coerce(binder_, left, type).sql + " " + expr.text + " " +
                     Coerce(binder_, right, type).sql + ")",
                 type};
  }

  Result<Bound> DecimalArithmetic(const Expr& expr, const Bound& left, const Bound& right) {
    const int a = left.type->scale;
    const int b = right.type->scale;
    std::string_view function;
    int scale = std::max(a, b);
    if (expr.text == "+") {
      function = "mc_dec_add";
    } else if (expr.text == "-") {
      function = "mc_dec_sub";
    } else if (expr.text == "*") {
      function = "mc_dec_mul";
      scale = std::min(a + b, 18);
    } else if (expr.text == "/") {
      function = "mc_dec_div";
      scale = 18;
    } else if (expr.text == "%") {
      function = "mc_dec_mod";
    } else {
      return Fail(SemanticError(expr.at, "operator " + expr.text + " needs integers"));
    }
    const Type type = ScalarType(TypeKind::kDecimal, 38, scale);
    return Bound{std::string(function) + "(" + Coerce(binder_, left, type).sql + ", " +
                     Coerce(binder_, right, type).sql + ")",
                 type};
  }

  Result<Bound> Cast(const Expr& expr) {
    CULVERT_ASSIGN_OR_RETURN(Bound value, Bind(*expr.args[0]));
    if (!value.type) return Bound{"NULL", expr.type};
    if (*value.type == expr.type) return value;
    return Bound{"mc_cast(" + value.sql + ", " + std::to_string(binder_.AddType(*value.type)) +
                     ", " + std::to_string(binder_.AddType(expr.type)) + ")",
                 expr.type};
  }

  Result<Bound> Case(const Expr& expr) {
    std::size_t next = 0;
    Bound operand;
    if (expr.has_operand) {
      CULVERT_ASSIGN_OR_RETURN(operand, Bind(*expr.args[next++]));
    }
    std::vector<std::string> conditions;
    std::vector<Bound> values;
    while (next + 1 < expr.args.size()) {
      const Expr& when = *expr.args[next++];
      if (expr.has_operand) {
        CULVERT_ASSIGN_OR_RETURN(const Bound candidate, Bind(when));
        CULVERT_ASSIGN_OR_RETURN(const Bound equal, Compare("=", operand, candidate, when.at));
        conditions.push_back(equal.sql);
      } else {
        CULVERT_ASSIGN_OR_RETURN(const Bound condition, Condition(when));
        conditions.push_back(condition.sql);
      }
      CULVERT_ASSIGN_OR_RETURN(Bound value, Bind(*expr.args[next++]));
      values.push_back(std::move(value));
    }
    if (expr.has_else) {
      CULVERT_ASSIGN_OR_RETURN(Bound value, Bind(*expr.args[next]));
      values.push_back(std::move(value));
    }
    CULVERT_ASSIGN_OR_RETURN(const MaybeType type, Common(values, "CASE", expr.at));
    std::string sql = "(CASE";
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      sql += " WHEN " + conditions[i] + " THEN " + Coerce(binder_, values[i], type).sql;
    }
    if (expr.has_else) sql += " ELSE " + Coerce(binder_, values.back(), type).sql;
    return Bound{sql + " END)", type};
  }

  Result<MaybeType> Common(std::span<const Bound> values, std::string_view where, Position at) {
    std::vector<MaybeType> types;
    for (const Bound& value : values) types.push_back(value.type);
    const std::optional<MaybeType> common = CommonType(types);
    if (!common) {
      return Fail(SemanticError(at, std::string(where) + " has values without a common type"));
    }
    return *common;
  }

  Result<Bound> Between(const Expr& expr) {
    CULVERT_ASSIGN_OR_RETURN(const Bound value, Bind(*expr.args[0]));
    CULVERT_ASSIGN_OR_RETURN(const Bound low, Bind(*expr.args[1]));
    CULVERT_ASSIGN_OR_RETURN(const Bound high, Bind(*expr.args[2]));
    CULVERT_ASSIGN_OR_RETURN(const Bound above, Compare(">=", value, low, expr.at));
    CULVERT_ASSIGN_OR_RETURN(const Bound below, Compare("<=", value, high, expr.at));
    return Truth((expr.negated ? "NOT (" : "(") + above.sql + " AND " + below.sql + ")");
  }

  Result<Bound> In(const Expr& expr) {
    CULVERT_ASSIGN_OR_RETURN(const Bound value, Bind(*expr.args[0]));
    std::vector<Bound> candidates;
    MaybeType type = value.type;
    for (std::size_t i = 1; i < expr.args.size(); ++i) {
      CULVERT_ASSIGN_OR_RETURN(Bound candidate, Bind(*expr.args[i]));
      const std::optional<MaybeType> wider = ComparisonType(type, candidate.type);
      if (!wider) {
        return Fail(SemanticError(expr.at, TypeName(value.type) + " and " +
                                               TypeName(candidate.type) + " cannot be compared"));
      }
      type = *wider;
      candidates.push_back(std::move(candidate));
    }
    std::string sql = Coerce(binder_, value, type).sql + (expr.negated ? " NOT IN (" : " IN (");
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      sql += (i > 0 ? ", " : "") + Coerce(binder_, candidates[i], type).sql;
    }
    return Truth(sql + ")");
  }

  Result<Rows> OneColumn(const Expr& expr) {
    CULVERT_ASSIGN_OR_RETURN(Rows rows, binder_.Bind(*expr.query, &scope_));
    if (rows.columns.size() != 1) {
      return Fail(SemanticError(expr.at, "a subquery here has one column"));
    }
    return rows;
  }

  Result<Bound> InQuery(const Expr& expr) {
    CULVERT_ASSIGN_OR_RETURN(const Bound value, Bind(*expr.args[0]));
    CULVERT_ASSIGN_OR_RETURN(const Rows rows, OneColumn(expr));
    const std::optional<MaybeType> type = ComparisonType(value.type, rows.columns[0].type);
    if (!type) {
      return Fail(SemanticError(
          expr.at,
          TypeName(value.type) + " and " + TypeName(rows.columns[0].type) + " cannot be compared"));
    }
    const Bound column = Coerce(binder_, {"c0", rows.columns[0].type}, *type);
    return Truth(Coerce(binder_, value, *type).sql + (expr.negated ? " NOT IN " : " IN ") +
                 "(SELECT " + column.sql + " FROM (" + rows.sql + "))");
  }

  Result<Bound> Like(const Expr& expr) {
    CULVERT_ASSIGN_OR_RETURN(const Bound value, Bind(*expr.args[0]));
    CULVERT_ASSIGN_OR_RETURN(const Bound pattern, Bind(*expr.args[1]));
    const std::string text = TextOf(value).sql;
    const std::string_view negation = expr.negated ? "NOT " : "";
    if (expr.text == "RLIKE") {
      return Truth(std::string(negation) + "mc_rlike(" + text + ", " + TextOf(pattern).sql + ")");
    }
    return Truth(text + " " + std::string(negation) + "LIKE " + TextOf(pattern).sql +
                 " ESCAPE '\\'");
  }

  Result<Bound> Call(const Expr& expr);
  Result<Bound> CallSql(const Expr& expr, const FunctionRule& rule, std::vector<Bound> args);
  Bound Argument(const Bound& value, char letter);
  Result<MaybeType> ResultType(const Expr& expr, const FunctionRule& rule,
                               std::vector<Bound>& args);
  Result<std::string> Over(const Expr& expr);

  const Scope& scope_;
  QueryBinder& binder_;
  bool in_alias_ = false;
};

Bound ExprBinder::Argument(const Bound& value, char letter) {
  switch (letter) {
    case 't':
      return TextOf(value);
    case 'i':
      return Coerce(binder_, value, ScalarType(TypeKind::kBigint));
    case 'd':
      return Coerce(binder_, value, ScalarType(TypeKind::kDouble));
    case 'n':
      return NumberOf(value);
    case 'D':
      return GroupOf(value.type) == TypeGroup::kText
                 ? Coerce(binder_, value, ScalarType(TypeKind::kDatetime))
                 : value;
    default:
      return value;
  }
}

/// The type of the call; arguments that share one are brought to it.
Result<MaybeType> ExprBinder::ResultType(const Expr& expr, const FunctionRule& rule,
                                         std::vector<Bound>& args) {
  const MaybeType first = args.empty() ? MaybeType() : args[0].type;
  const TypeGroup group = GroupOf(first);
  if (rule.result == "sum" || rule.result == "avg") {
    if (group == TypeGroup::kDecimal) {
      return ScalarType(TypeKind::kDecimal, 38, rule.result == "sum" ? first->scale : 18);
    }
    const bool integer = rule.result == "sum" && group == TypeGroup::kInteger;
    return ScalarType(integer ? TypeKind::kBigint : TypeKind::kDouble);
  }
  if (rule.result == "round") {
    if (group == TypeGroup::kDecimal) return ScalarType(TypeKind::kDecimal, 38, first->scale);
    return ScalarType(TypeKind::kDouble);
  }
  if (rule.result == "to_date") {
    return ScalarType(args.size() > 1 ? TypeKind::kDatetime : TypeKind::kDate);
  }
  if (rule.result == "from_unixtime") {
    return ScalarType(args.size() > 1 ? TypeKind::kString : TypeKind::kDatetime);
  }
  if (rule.result.starts_with('=')) {
    return args[static_cast<std::size_t>(rule.result[1] - '0')].type;
  }
  if (rule.result.starts_with('~')) {
    const auto from = static_cast<std::size_t>(rule.result[1] - '0');
    CULVERT_ASSIGN_OR_RETURN(MaybeType common,
                             Common(std::span(args).subspan(from), rule.name, expr.at));
    for (std::size_t i = from; i < args.size(); ++i) args[i] = Coerce(binder_, args[i], common);
    return common;
  }
  CULVERT_ASSIGN_OR_RETURN(Type type, Type::Parse(rule.result));
  return MaybeType(std::move(type));
}

Result<Bound> ExprBinder::Call(const Expr& expr) {
  const FunctionRule* rule = FindFunction(expr.text);
  if (rule == nullptr) {
    return Fail(SemanticError(expr.at, "function or view '" + expr.text + "' cannot be resolved"));
  }
  if (expr.text == "count" && expr.args.size() == 1 && expr.args[0]->kind == ExprKind::kStar) {
    CULVERT_ASSIGN_OR_RETURN(const std::string over, Over(expr));
    return Bound{"count(*)" + over, ScalarType(TypeKind::kBigint)};
  }
  const Arity arity = ArityOf(*rule);
  if (expr.args.size() < arity.least || expr.args.size() > arity.most ||
      (expr.text == "count" && expr.args.empty())) {
    return Fail(SemanticError(expr.at, "function " + expr.text + " does not take " +
                                           std::to_string(expr.args.size()) + " arguments"));
  }
  if ((expr.distinct || expr.window) && !rule->aggregate) {
    return Fail(SemanticError(expr.at, "function " + expr.text + " is no aggregate"));
  }
  std::vector<Bound> args;
  for (std::size_t i = 0; i < expr.args.size(); ++i) {
    if (expr.text == "if" && i == 0) {
      CULVERT_ASSIGN_OR_RETURN(Bound condition, Condition(*expr.args[i]));
      args.push_back(std::move(condition));
      continue;
    }
    CULVERT_ASSIGN_OR_RETURN(const Bound value, Bind(*expr.args[i]));
    args.push_back(Argument(value, ParameterAt(*rule, i)));
  }
  return CallSql(expr, *rule, std::move(args));
}

Result<Bound> ExprBinder::CallSql(const Expr& expr, const FunctionRule& rule,
                                  std::vector<Bound> args) {
  CULVERT_ASSIGN_OR_RETURN(const MaybeType type, ResultType(expr, rule, args));
  std::string name = rule.sqlite.empty() ? "mc_" + expr.text : std::string(rule.sqlite);
  const TypeGroup group = args.empty() ? TypeGroup::kNull : GroupOf(args[0].type);
  const bool decimal = group == TypeGroup::kDecimal;
  std::string tail;
  if (expr.text == "sum" || expr.text == "avg") {
    name = decimal ? "mc_dec_" + expr.text : expr.text;
  } else if (expr.text == "min" || expr.text == "max") {
    args[0].sql += OrderCollation(args[0].type);
  } else if (expr.text == "abs" || expr.text == "round") {
    if (decimal) name = "mc_dec_" + expr.text;
    if (!decimal && expr.text == "abs") name = "abs";
  } else if (expr.text == "greatest" || expr.text == "least") {
    // SQLite's max() and min() of several values give NULL when one of them is, as MaxCompute does.
    name = expr.text == "greatest" ? "max" : "min";
    args[0].sql += OrderCollation(type);
    if (args.size() == 1) return args[0];
  } else if (expr.text == "wm_concat") {
    name = "group_concat";
    std::swap(args[0], args[1]);
  } else if (expr.text == "coalesce" && args.size() == 1) {
    return args[0];
  } else if (expr.text == "to_char" || expr.text == "md5" || expr.text == "sha256" ||
             expr.text == "hex" || expr.text == "base64") {
    // Numbers go as text; times keep their form, blobs their bytes.
    if (IsNumeric(group) || group == TypeGroup::kBoolean) args[0] = TextOf(args[0]);
  } else if (expr.text == "date_add" || expr.text == "date_sub" || expr.text == "dateadd" ||
             expr.text == "datetrunc") {
    if (type && GroupOf(type) != TypeGroup::kDate && GroupOf(type) != TypeGroup::kInstant) {
      return Fail(SemanticError(expr.at, expr.text + " needs a date or a time"));
    }
  } else if (expr.text == "to_date" && args.size() == 1) {
    return Coerce(binder_, args[0], ScalarType(TypeKind::kDate));
  }
  std::string list = expr.distinct ? "DISTINCT " : "";
  for (std::size_t i = 0; i < args.size(); ++i) list += (i > 0 ? ", " : "") + args[i].sql;
  CULVERT_ASSIGN_OR_RETURN(tail, Over(expr));
  return Bound{name + "(" + list + ")" + tail, type};
}

Result<std::string> ExprBinder::Over(const Expr& expr) {
  if (!expr.window) return std::string();
  std::string text;
  for (const ExprPtr& key : expr.window->partition_by) {
    CULVERT_ASSIGN_OR_RETURN(const Bound bound, Bind(*key));
    text += (text.empty() ? "PARTITION BY " : ", ") + bound.sql;
  }
  std::string order;
  for (const OrderItem& item : expr.window->order_by) {
    CULVERT_ASSIGN_OR_RETURN(const Bound bound, Bind(*item.expr));
    order += (order.empty() ? "ORDER BY " : ", ") + bound.sql + OrderCollation(bound.type) +
             (item.descending ? " DESC" : " ASC");
  }
  return " OVER (" + text + " " + order + " " + expr.window->frame + ")";
}

}  // namespace

Result<Bound> BindExpr(const Expr& expr, const Scope& scope, QueryBinder& binder) {
  return ExprBinder(scope, binder).Bind(expr);
}

Result<Bound> BindCondition(const Expr& expr, const Scope& scope, QueryBinder& binder) {
  return ExprBinder(scope, binder).Condition(expr);
}

Bound Coerce(QueryBinder& binder, const Bound& bound, const MaybeType& type) {
  if (!bound.type || !type || GroupOf(bound.type) == GroupOf(type)) return {bound.sql, type};
  if (GroupOf(bound.type) == TypeGroup::kInteger && GroupOf(type) == TypeGroup::kReal) {
    return {"CAST(" + bound.sql + " AS REAL)", type};
  }
  return {"mc_cast(" + bound.sql + ", " + std::to_string(binder.AddType(*bound.type)) + ", " +
              std::to_string(binder.AddType(*type)) + ")",
          type};
}

std::string OrderCollation(const MaybeType& type) {
  return GroupOf(type) == TypeGroup::kDecimal ? " COLLATE mc_decimal" : "";
}

}  // namespace culvert::emulator::sql
