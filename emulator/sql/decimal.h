// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::emulator::sql {

/// An exact decimal number: ±digits × 10^-scale. A value. SQLite has no such type, and a double
/// keeps 15 digits where DECIMAL has 38.
class Decimal {
 public:
  Decimal() = default;
  /// `-12.50`, `1E-3`; nullopt for other text, for more than 200 digits or an exponent beyond ±200.
  static std::optional<Decimal> Parse(std::string_view text);
  static Decimal FromInt(std::int64_t value);

  /// Plain notation without zeros that mean nothing: equal numbers have equal text. `0`, `-0.5`.
  std::string ToString() const;
  double ToDouble() const;
  /// Towards zero; nullopt when it does not fit.
  std::optional<std::int64_t> ToInt64() const;

  /// Half away from zero, to `scale` digits behind the point.
  Decimal Round(int scale) const;
  Decimal Truncate(int scale) const;
  /// True when at most `precision - scale` digits stand before the point.
  bool Fits(int precision, int scale) const;
  bool IsZero() const { return digits_.empty(); }
  int scale() const { return scale_; }

  Decimal Negate() const;
  friend Decimal operator+(const Decimal& a, const Decimal& b);
  friend Decimal operator-(const Decimal& a, const Decimal& b);
  friend Decimal operator*(const Decimal& a, const Decimal& b);
  /// Truncated to `scale` digits; nullopt for a zero divisor.
  static std::optional<Decimal> Divide(const Decimal& a, const Decimal& b, int scale);
  /// a - b * truncate(a / b); nullopt for a zero divisor.
  static std::optional<Decimal> Remainder(const Decimal& a, const Decimal& b);
  /// Negative, zero or positive.
  static int Compare(const Decimal& a, const Decimal& b);

 private:
  void Normalise();
  std::string DigitsAt(int scale) const;  // the magnitude at a scale that is not below its own

  bool negative_ = false;
  std::string digits_;  // without leading zeros; empty is zero
  int scale_ = 0;       // 0 or more, no trailing zero behind the point
};

}  // namespace culvert::emulator::sql
