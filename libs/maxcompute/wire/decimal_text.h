// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::maxcompute::wire::internal {

/// A decimal number read from text: ± 0.d1d2d3… × 10^exponent, without leading or trailing zeros,
/// so that equal numbers are equal here. Zero has no digits, exponent 0 and no sign.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int32_t exponent = 0;

  /// Digits before the point (0 for 0.5 and 0.05), and behind it.
  std::int32_t IntegerDigits() const { return exponent > 0 ? exponent : 0; }
  std::int32_t FractionDigits() const {
    const auto fraction = static_cast<std::int32_t>(digits.size()) - exponent;
    return fraction > 0 ? fraction : 0;
  }
  /// Plain notation, no exponent: "-0.05", "1000".
  std::string ToString() const;
};

/// Reads an optional sign, digits with at most one point, and an optional exponent of at most four
/// digits, as both SDKs write (record-wire.md section 2). At most 200 characters. Nothing for other
/// text.
std::optional<Decimal> ParseDecimal(std::string_view text);

}  // namespace culvert::maxcompute::wire::internal
