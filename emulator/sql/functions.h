// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/value.h"
#include "libs/base/clock.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The functions of MaxCompute that SQLite lacks or understands otherwise, over plain values. No
// SQLite here: sqlite_session.cc makes them known to a connection.

namespace culvert::emulator::sql {

class CompiledPattern;

/// What functions need beside their arguments. One per query, used by one thread.
struct FunctionContext {
  std::vector<record::Type> types;  // of mc_cast and mc_element
  WallTime now;                     // one moment for the whole query
  std::uint64_t random_state = 1;
  std::map<std::string, std::shared_ptr<const CompiledPattern>, std::less<>> patterns;
};

using Function = Result<Value> (*)(FunctionContext&, std::span<const Value>);

struct ScalarFunction {
  const char* name = nullptr;
  int arguments = 0;  // -1: any number
  Function function = nullptr;
  enum class Nulls : std::uint8_t { kGiveNull, kPass } nulls = Nulls::kGiveNull;
};

std::span<const ScalarFunction> TextFunctions();     // text_functions.cc
std::span<const ScalarFunction> NumberFunctions();   // number_functions.cc
std::span<const ScalarFunction> TimeFunctions();     // time_functions.cc
std::span<const ScalarFunction> GeneralFunctions();  // general_functions.cc

/// The bytes of a TEXT or BLOB, else how the value is shown.
std::string TextOf(const Value& value);
/// 0 for anything but an INTEGER.
std::int64_t IntegerOf(const Value& value);
/// INTEGER and REAL as double, else NaN.
double RealOf(const Value& value);
inline Value Truth(bool value) { return Value::Integer(value ? 1 : 0); }

}  // namespace culvert::emulator::sql
