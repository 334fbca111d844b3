// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/decimal_text.h"

#include <cstddef>

namespace culvert::maxcompute::wire::internal {
namespace {

constexpr std::size_t kTextBytesMax = 200;
constexpr std::size_t kExponentDigitsMax = 4;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool TakeSign(std::string_view& text) {
  if (text.empty() || (text.front() != '-' && text.front() != '+')) return false;
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  return negative;
}

// `e-10` and the like; nothing when malformed.
std::optional<std::int32_t> ParseExponent(std::string_view text) {
  const bool negative = TakeSign(text);
  if (text.empty() || text.size() > kExponentDigitsMax) return std::nullopt;
  std::int32_t value = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

}  // namespace

std::optional<Decimal> ParseDecimal(std::string_view text) {
  if (text.size() > kTextBytesMax) return std::nullopt;
  Decimal decimal;
  decimal.negative = TakeSign(text);
  bool any_digit = false;
  bool point = false;
  std::size_t at = 0;
  for (; at < text.size() && (IsDigit(text[at]) || text[at] == '.'); ++at) {
    if (text[at] == '.') {
      if (point) return std::nullopt;
      point = true;
      continue;
    }
    any_digit = true;
    const bool leading_zero = decimal.digits.empty() && text[at] == '0';
    if (!leading_zero) decimal.digits += text[at];
    // Digits before the point raise the exponent, zeros right behind it lower it.
    if (!point && !leading_zero) ++decimal.exponent;
    if (point && leading_zero) --decimal.exponent;
  }
  if (!any_digit) return std::nullopt;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    const std::optional<std::int32_t> exponent = ParseExponent(text.substr(at + 1));
    if (!exponent) return std::nullopt;
    decimal.exponent += *exponent;
  }
  while (!decimal.digits.empty() && decimal.digits.back() == '0') decimal.digits.pop_back();
  if (decimal.digits.empty()) return Decimal{};
  return decimal;
}

std::string Decimal::ToString() const {
  if (digits.empty()) return "0";
  std::string text = negative ? "-" : "";
  const auto size = static_cast<std::int32_t>(digits.size());
  if (exponent <= 0) {
    text += "0.";
    text.append(static_cast<std::size_t>(-exponent), '0');
    return text + digits;
  }
  if (exponent >= size) {
    text += digits;
    return text.append(static_cast<std::size_t>(exponent - size), '0');
  }
  const auto whole = static_cast<std::size_t>(exponent);
  return text + digits.substr(0, whole) + "." + digits.substr(whole);
}

}  // namespace culvert::maxcompute::wire::internal
