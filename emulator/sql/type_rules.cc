// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/type_rules.h"

#include "emulator/sql/value.h"

#include <algorithm>
#include <array>

namespace culvert::emulator::sql {
namespace {

using record::Type;
using record::TypeKind;

// Sorted by name: FindFunction searches by halves.
constexpr std::array kFunctions = {
    FunctionRule{"abs", "n", "=0", ""},
    FunctionRule{"ascii", "t", "bigint", ""},
    FunctionRule{"avg", "n", "avg", "", true},
    FunctionRule{"base64", "a", "string", ""},
    FunctionRule{"ceil", "n", "bigint", ""},
    FunctionRule{"ceiling", "n", "bigint", "mc_ceil"},
    FunctionRule{"char_length", "t", "bigint", "mc_length"},
    FunctionRule{"chr", "i", "string", ""},
    FunctionRule{"coalesce", "a*", "~0", "coalesce"},
    FunctionRule{"concat", "t*", "string", ""},
    FunctionRule{"concat_ws", "tt*", "string", ""},
    FunctionRule{"count", "|a", "bigint", "count", true},
    FunctionRule{"current_date", "", "date", ""},
    FunctionRule{"current_timestamp", "", "timestamp", ""},
    FunctionRule{"date_add", "Di", "date", ""},
    FunctionRule{"date_format", "Dt", "string", ""},
    FunctionRule{"date_sub", "Di", "date", ""},
    FunctionRule{"dateadd", "Dit", "=0", ""},
    FunctionRule{"datediff", "DD|t", "bigint", ""},
    FunctionRule{"datepart", "Dt", "bigint", ""},
    FunctionRule{"datetrunc", "Dt", "=0", ""},
    FunctionRule{"day", "D", "bigint", ""},
    FunctionRule{"dayofmonth", "D", "bigint", "mc_day"},
    FunctionRule{"dayofweek", "D", "bigint", ""},
    FunctionRule{"dense_rank", "", "bigint", "dense_rank", true},
    FunctionRule{"exp", "d", "double", ""},
    FunctionRule{"first_value", "a", "=0", "first_value", true},
    FunctionRule{"floor", "n", "bigint", ""},
    FunctionRule{"from_unixtime", "i|t", "from_unixtime", ""},
    FunctionRule{"get_json_object", "tt", "string", ""},
    FunctionRule{"getdate", "", "datetime", ""},
    FunctionRule{"greatest", "a*", "~0", ""},
    FunctionRule{"hex", "a", "string", ""},
    FunctionRule{"hour", "D", "bigint", ""},
    FunctionRule{"if", "aaa", "~1", "iif"},
    FunctionRule{"ifnull", "aa", "~0", "coalesce"},
    FunctionRule{"initcap", "t", "string", ""},
    FunctionRule{"instr", "tt|i", "bigint", ""},
    FunctionRule{"isnan", "d", "boolean", ""},
    FunctionRule{"isnull", "a", "boolean", ""},
    FunctionRule{"lag", "a|ia", "=0", "lag", true},
    FunctionRule{"last_day", "D", "date", ""},
    FunctionRule{"last_value", "a", "=0", "last_value", true},
    FunctionRule{"lead", "a|ia", "=0", "lead", true},
    FunctionRule{"least", "a*", "~0", ""},
    FunctionRule{"left", "ti", "string", ""},
    FunctionRule{"length", "t", "bigint", ""},
    FunctionRule{"lengthb", "t", "bigint", ""},
    FunctionRule{"ln", "d", "double", ""},
    FunctionRule{"locate", "tt|i", "bigint", ""},
    FunctionRule{"log", "d|d", "double", ""},
    FunctionRule{"log10", "d", "double", ""},
    FunctionRule{"log2", "d", "double", ""},
    FunctionRule{"lower", "t", "string", ""},
    FunctionRule{"lpad", "tit", "string", ""},
    FunctionRule{"ltrim", "t|t", "string", ""},
    FunctionRule{"max", "a", "=0", "max", true},
    FunctionRule{"md5", "a", "string", ""},
    FunctionRule{"min", "a", "=0", "min", true},
    FunctionRule{"minute", "D", "bigint", ""},
    FunctionRule{"month", "D", "bigint", ""},
    FunctionRule{"now", "", "datetime", "mc_getdate"},
    FunctionRule{"ntile", "i", "bigint", "ntile", true},
    FunctionRule{"nullif", "aa", "=0", "nullif"},
    FunctionRule{"nvl", "aa", "~0", "coalesce"},
    FunctionRule{"pow", "dd", "double", ""},
    FunctionRule{"power", "dd", "double", "mc_pow"},
    FunctionRule{"rand", "|i", "double", ""},
    FunctionRule{"rank", "", "bigint", "rank", true},
    FunctionRule{"regexp_extract", "tt|i", "string", ""},
    FunctionRule{"regexp_replace", "ttt", "string", ""},
    FunctionRule{"repeat", "ti", "string", ""},
    FunctionRule{"replace", "tt|t", "string", ""},
    FunctionRule{"reverse", "t", "string", ""},
    FunctionRule{"right", "ti", "string", ""},
    FunctionRule{"round", "n|i", "round", ""},
    FunctionRule{"row_number", "", "bigint", "row_number", true},
    FunctionRule{"rpad", "tit", "string", ""},
    FunctionRule{"rtrim", "t|t", "string", ""},
    FunctionRule{"second", "D", "bigint", ""},
    FunctionRule{"sha256", "a", "string", ""},
    FunctionRule{"sign", "n", "bigint", ""},
    FunctionRule{"size", "a", "bigint", ""},
    FunctionRule{"split_part", "tti", "string", ""},
    FunctionRule{"sqrt", "d", "double", ""},
    FunctionRule{"substr", "ti|i", "string", ""},
    FunctionRule{"substring", "ti|i", "string", "mc_substr"},
    FunctionRule{"sum", "n", "sum", "", true},
    FunctionRule{"to_char", "a|t", "string", ""},
    FunctionRule{"to_date", "a|t", "to_date", ""},
    FunctionRule{"to_json", "a", "string", ""},
    FunctionRule{"tolower", "t", "string", "mc_lower"},
    FunctionRule{"toupper", "t", "string", "mc_upper"},
    FunctionRule{"trim", "t|t", "string", ""},
    FunctionRule{"trunc", "d|i", "double", ""},
    FunctionRule{"unbase64", "t", "binary", ""},
    FunctionRule{"unhex", "t", "binary", ""},
    FunctionRule{"unix_timestamp", "|D", "bigint", ""},
    FunctionRule{"upper", "t", "string", ""},
    FunctionRule{"uuid", "", "string", ""},
    FunctionRule{"weekday", "D", "bigint", ""},
    FunctionRule{"wm_concat", "tt", "string", "", true},
    FunctionRule{"year", "D", "bigint", ""},
};
static_assert(std::ranges::is_sorted(kFunctions, {}, &FunctionRule::name));

}  // namespace

TypeGroup GroupOf(const MaybeType& type) {
  if (!type) return TypeGroup::kNull;
  switch (type->kind) {
    case TypeKind::kBoolean:
      return TypeGroup::kBoolean;
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
      return TypeGroup::kInteger;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return TypeGroup::kReal;
    case TypeKind::kDecimal:
      return TypeGroup::kDecimal;
    case TypeKind::kString:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kJson:
      return TypeGroup::kText;
    case TypeKind::kBinary:
      return TypeGroup::kBinary;
    case TypeKind::kDate:
      return TypeGroup::kDate;
    case TypeKind::kDatetime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return TypeGroup::kInstant;
    case TypeKind::kIntervalDayTime:
    case TypeKind::kIntervalYearMonth:
      return TypeGroup::kInterval;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return TypeGroup::kNested;
  }
  return TypeGroup::kText;
}

std::optional<MaybeType> CommonType(std::span<const MaybeType> types) {
  MaybeType common;
  for (const MaybeType& type : types) {
    if (!type) continue;
    if (!common || *common == *type) {
      common = type;
      continue;
    }
    const TypeGroup a = GroupOf(common);
    const TypeGroup b = GroupOf(type);
    const bool integers = a == TypeGroup::kInteger && b == TypeGroup::kInteger;
    const bool times = (a == TypeGroup::kDate || a == TypeGroup::kInstant) &&
                       (b == TypeGroup::kDate || b == TypeGroup::kInstant);
    if (a == TypeGroup::kText || b == TypeGroup::kText) {
      if (a == TypeGroup::kNested || b == TypeGroup::kNested) return std::nullopt;
      common = ScalarType(TypeKind::kString);
    } else if (integers || times) {
      common->kind = std::max(common->kind, type->kind);
    } else if (IsNumeric(a) && IsNumeric(b)) {
      const bool real = a == TypeGroup::kReal || b == TypeGroup::kReal;
      common = real ? ScalarType(TypeKind::kDouble)
                    : ScalarType(TypeKind::kDecimal, 38, std::max(common->scale, type->scale));
    } else {
      return std::nullopt;
    }
  }
  return common;
}

const FunctionRule* FindFunction(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kFunctions, name, {}, &FunctionRule::name);
  return found != kFunctions.end() && found->name == name ? found : nullptr;
}

Arity ArityOf(const FunctionRule& rule) {
  Arity arity;
  bool optional = false;
  for (const char c : rule.parameters) {
    if (c == '|') {
      optional = true;
    } else if (c == '*') {
      arity.most = 100;  // SQLite takes 127
    } else {
      ++arity.most;
      if (!optional) ++arity.least;
    }
  }
  return arity;
}

char ParameterAt(const FunctionRule& rule, std::size_t index) {
  char last = 'a';
  std::size_t seen = 0;
  for (const char c : rule.parameters) {
    if (c == '|' || c == '*') continue;
    last = c;
    if (seen++ == index) break;
  }
  return last;
}

}  // namespace culvert::emulator::sql
