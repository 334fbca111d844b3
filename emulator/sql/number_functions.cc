// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/decimal.h"
#include "emulator/sql/functions.h"

#include <array>
#include <cmath>
#include <utility>

namespace culvert::emulator::sql {
namespace {

using Args = std::span<const Value>;
using Nulls = ScalarFunction::Nulls;

constexpr int kQuotientScale = 18;

Decimal DecimalOf(const Value& value) { return Decimal::Parse(TextOf(value)).value_or(Decimal()); }

constexpr std::size_t kTextDigitsMax =
    120;  // far beyond any column; keeps Decimal::Parse's limit away

/// Digits beyond 36 behind the point are more than any column keeps.
Result<Value> Exact(const Decimal& value) {
  std::string text = value.Round(36).ToString();
  if (text.size() > kTextDigitsMax) return Fail(OutOfRange("a decimal of more than 120 digits"));
  return Value::Text(std::move(text));
}

Result<Value> Add(FunctionContext&, Args args) {
  return Exact(DecimalOf(args[0]) + DecimalOf(args[1]));
}
Result<Value> Subtract(FunctionContext&, Args args) {
  return Exact(DecimalOf(args[0]) - DecimalOf(args[1]));
}
Result<Value> Multiply(FunctionContext&, Args args) {
  return Exact(DecimalOf(args[0]) * DecimalOf(args[1]));
}
Result<Value> Divide(FunctionContext&, Args args) {
  const auto quotient = Decimal::Divide(DecimalOf(args[0]), DecimalOf(args[1]), kQuotientScale + 1);
  return quotient ? Exact(quotient->Round(kQuotientScale)) : Value::Null();
}
Result<Value> Remainder(FunctionContext&, Args args) {
  const auto rest = Decimal::Remainder(DecimalOf(args[0]), DecimalOf(args[1]));
  return rest ? Exact(*rest) : Value::Null();
}
Result<Value> DecimalAbs(FunctionContext&, Args args) {
  const Decimal value = DecimalOf(args[0]);
  return Exact(Decimal::Compare(value, Decimal()) < 0 ? value.Negate() : value);
}
Result<Value> DecimalRound(FunctionContext&, Args args) {
  const std::int64_t scale = args.size() > 1 ? IntegerOf(args[1]) : 0;
  if (scale < -50 || scale > 50) return Exact(DecimalOf(args[0]));
  return Exact(DecimalOf(args[0]).Round(static_cast<int>(scale)));
}

Result<Value> Round(FunctionContext&, Args args) {
  const double value = RealOf(args[0]);
  const std::int64_t digits = args.size() > 1 ? IntegerOf(args[1]) : 0;
  if (digits < -300 || digits > 300 || !std::isfinite(value)) return Value::Real(value);
  // By way of the decimal text, so that 2.675 rounds as it is written.
  const auto decimal = Decimal::Parse(FormatDouble(value));
  if (!decimal) return Value::Real(value);
  return Value::Real(decimal->Round(static_cast<int>(digits)).ToDouble());
}
Result<Value> Trunc(FunctionContext&, Args args) {
  const std::int64_t digits = args.size() > 1 ? IntegerOf(args[1]) : 0;
  const auto decimal = Decimal::Parse(FormatDouble(RealOf(args[0])));
  if (!decimal || digits < -300 || digits > 300) return Value::Real(RealOf(args[0]));
  return Value::Real(decimal->Truncate(static_cast<int>(digits)).ToDouble());
}

/// A whole number as BIGINT; kOutOfRange when it is none.
Result<Value> Whole(double value) {
  return CastValue(Value::Real(value), ScalarType(record::TypeKind::kDouble),
                   ScalarType(record::TypeKind::kBigint), CastMode::kExplicit);
}
Result<Value> Ceil(FunctionContext&, Args args) {
  if (args[0].storage == Storage::kInteger) return args[0];
  if (args[0].storage == Storage::kReal) return Whole(std::ceil(args[0].real));
  const Decimal value = DecimalOf(args[0]);
  const Decimal whole = value.Truncate(0);
  const bool up = Decimal::Compare(value, whole) > 0;
  const auto integer = (up ? whole + Decimal::FromInt(1) : whole).ToInt64();
  if (!integer)
    return Fail(OutOfRange("value " + value.ToString() + " is out of range for bigint"));
  return Value::Integer(*integer);
}
Result<Value> Floor(FunctionContext& context, Args args) {
  if (args[0].storage == Storage::kInteger) return args[0];
  if (args[0].storage == Storage::kReal) return Whole(std::floor(args[0].real));
  const Value negated = Value::Text(DecimalOf(args[0]).Negate().ToString());
  CULVERT_ASSIGN_OR_RETURN(const Value up, Ceil(context, std::span(&negated, 1)));
  return Value::Integer(-up.integer);
}
Result<Value> Sign(FunctionContext&, Args args) {
  const int sign = args[0].storage == Storage::kText
                       ? Decimal::Compare(DecimalOf(args[0]), Decimal())
                       : (RealOf(args[0]) > 0 ? 1 : 0) - (RealOf(args[0]) < 0 ? 1 : 0);
  return Value::Integer(sign);
}
Result<Value> Fmod(FunctionContext&, Args args) {
  return Value::Real(std::fmod(RealOf(args[0]), RealOf(args[1])));  // NaN, thus NULL, for zero
}
Result<Value> BitXor(FunctionContext&, Args args) {
  return Value::Integer(IntegerOf(args[0]) ^ IntegerOf(args[1]));
}
Result<Value> Sqrt(FunctionContext&, Args args) { return Value::Real(std::sqrt(RealOf(args[0]))); }
Result<Value> Exp(FunctionContext&, Args args) { return Value::Real(std::exp(RealOf(args[0]))); }
Result<Value> Ln(FunctionContext&, Args args) { return Value::Real(std::log(RealOf(args[0]))); }
Result<Value> Log(FunctionContext&, Args args) {
  if (args.size() == 1) return Value::Real(std::log(RealOf(args[0])));
  return Value::Real(std::log(RealOf(args[1])) / std::log(RealOf(args[0])));
}
Result<Value> Log2(FunctionContext&, Args args) { return Value::Real(std::log2(RealOf(args[0]))); }
Result<Value> Log10(FunctionContext&, Args args) {
  return Value::Real(std::log10(RealOf(args[0])));
}
Result<Value> Pow(FunctionContext&, Args args) {
  return Value::Real(std::pow(RealOf(args[0]), RealOf(args[1])));
}
Result<Value> IsNan(FunctionContext&, Args args) { return Truth(std::isnan(RealOf(args[0]))); }
/// The number, or NULL for the NaN of a column: SQLite's own arithmetic would take its text as 0.
Result<Value> Number(FunctionContext&, Args args) {
  return args[0].storage == Storage::kText ? Value::Null() : args[0];
}

/// SplitMix64, 0 <= x < 1; with a seed the sequence of a query is the seed's.
Result<Value> Rand(FunctionContext& context, Args) {
  context.random_state += 0x9e3779b97f4a7c15U;
  std::uint64_t x = context.random_state;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  x ^= x >> 31U;
  return Value::Real(static_cast<double>(x >> 11U) * 0x1.0p-53);
}

}  // namespace

std::span<const ScalarFunction> NumberFunctions() {
  static constexpr std::array kFunctions = {
      ScalarFunction{"mc_dec_add", 2, Add},
      ScalarFunction{"mc_dec_sub", 2, Subtract},
      ScalarFunction{"mc_dec_mul", 2, Multiply},
      ScalarFunction{"mc_dec_div", 2, Divide},
      ScalarFunction{"mc_dec_mod", 2, Remainder},
      ScalarFunction{"mc_dec_abs", 1, DecimalAbs},
      ScalarFunction{"mc_dec_round", -1, DecimalRound},
      ScalarFunction{"mc_round", -1, Round},
      ScalarFunction{"mc_trunc", -1, Trunc},
      ScalarFunction{"mc_ceil", 1, Ceil},
      ScalarFunction{"mc_floor", 1, Floor},
      ScalarFunction{"mc_sign", 1, Sign},
      ScalarFunction{"mc_fmod", 2, Fmod},
      ScalarFunction{"mc_bitxor", 2, BitXor},
      ScalarFunction{"mc_sqrt", 1, Sqrt},
      ScalarFunction{"mc_exp", 1, Exp},
      ScalarFunction{"mc_ln", 1, Ln},
      ScalarFunction{"mc_log", -1, Log},
      ScalarFunction{"mc_log2", 1, Log2},
      ScalarFunction{"mc_log10", 1, Log10},
      ScalarFunction{"mc_pow", 2, Pow},
      ScalarFunction{"mc_isnan", 1, IsNan},
      ScalarFunction{"mc_number", 1, Number},
      ScalarFunction{"mc_rand", -1, Rand, Nulls::kPass},
  };
  return kFunctions;
}

}  // namespace culvert::emulator::sql
