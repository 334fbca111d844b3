// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/type.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace culvert::emulator::sql {

/// Types that compare and convert alike.
enum class TypeGroup : std::uint8_t {
  kNull,  // of the literal NULL
  kBoolean,
  kInteger,
  kDecimal,
  kReal,
  kText,
  kBinary,
  kDate,
  kInstant,
  kInterval,
  kNested,
};

using MaybeType = std::optional<record::Type>;  // nullopt: the literal NULL

TypeGroup GroupOf(const MaybeType& type);
inline bool IsNumeric(TypeGroup group) {
  return group == TypeGroup::kInteger || group == TypeGroup::kDecimal || group == TypeGroup::kReal;
}

/// The type that values of all of `types` can have (CASE, UNION, COALESCE); nullopt when all are
/// NULL. An empty optional of optional means that there is none.
std::optional<MaybeType> CommonType(std::span<const MaybeType> types);

/// What a function of the emulator's SQL takes and gives.
struct FunctionRule {
  std::string_view name;
  /// One letter a parameter: t text, i integer, d double, n number, D point in time, a anything;
  /// those behind `|` may be left out, `*` repeats the last one.
  std::string_view parameters;
  /// What it gives: a type's name, `=N` the type of argument N, `~N` the common type of the
  /// arguments from N on; else a rule of its own, see ResultType in expr_binder.cc.
  std::string_view result;
  /// SQLite's name of it; empty: `mc_` and the name.
  std::string_view sqlite;
  bool aggregate = false;
};
/// Null when there is no such function; `name` in lower case.
const FunctionRule* FindFunction(std::string_view name);
/// Fewest and most arguments.
struct Arity {
  std::size_t least = 0;
  std::size_t most = 0;
};
Arity ArityOf(const FunctionRule& rule);
/// Letter of argument `index`.
char ParameterAt(const FunctionRule& rule, std::size_t index);

}  // namespace culvert::emulator::sql
