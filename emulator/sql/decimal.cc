// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/decimal.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace culvert::emulator::sql {
namespace {

constexpr int kDigitsMax = 200;

bool IsDecimalDigit(char c) { return c >= '0' && c <= '9'; }

void StripLeadingZeros(std::string& digits) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
}

// Schoolbook arithmetic on magnitudes: digit strings without leading zeros.

int CompareMagnitude(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

std::string AddMagnitude(const std::string& a, const std::string& b) {
  std::string sum;
  int carry = 0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()) || carry != 0; ++i) {
    int digit = carry;
    if (i < a.size()) digit += a[a.size() - 1 - i] - '0';
    if (i < b.size()) digit += b[b.size() - 1 - i] - '0';
    sum += static_cast<char>('0' + digit % 10);
    carry = digit / 10;
  }
  std::ranges::reverse(sum);
  StripLeadingZeros(sum);
  return sum;
}

/// a - b, where a is not the smaller one.
std::string SubtractMagnitude(const std::string& a, const std::string& b) {
  std::string difference;
  int borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    int digit = a[a.size() - 1 - i] - '0' - borrow;
    if (i < b.size()) digit -= b[b.size() - 1 - i] - '0';
    borrow = digit < 0 ? 1 : 0;
    difference += static_cast<char>('0' + digit + 10 * borrow);
  }
  std::ranges::reverse(difference);
  StripLeadingZeros(difference);
  return difference;
}

std::string MultiplyMagnitude(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return {};
  std::string product(a.size() + b.size(), '0');
  for (std::size_t i = a.size(); i-- > 0;) {
    int carry = 0;
    for (std::size_t j = b.size(); j-- > 0;) {
      const int digit = (product[i + j + 1] - '0') + (a[i] - '0') * (b[j] - '0') + carry;
      product[i + j + 1] = static_cast<char>('0' + digit % 10);
      carry = digit / 10;
    }
    product[i] = static_cast<char>(product[i] + carry);
  }
  StripLeadingZeros(product);
  return product;
}

std::string DivideMagnitude(const std::string& a, const std::string& b) {
  std::string quotient;
  std::string rest;
  for (const char digit : a) {
    if (!rest.empty() || digit != '0') rest += digit;
    char count = '0';
    while (CompareMagnitude(rest, b) >= 0) {
      rest = SubtractMagnitude(rest, b);
      ++count;
    }
    quotient += count;
  }
  StripLeadingZeros(quotient);
  return quotient;
}

}  // namespace

std::optional<Decimal> Decimal::Parse(std::string_view text) {
  Decimal value;
  if (text.starts_with('-') || text.starts_with('+')) {
    value.negative_ = text.front() == '-';
    text.remove_prefix(1);
  }
  bool point = false;
  bool any = false;
  std::size_t i = 0;
  for (; i < text.size() && (IsDecimalDigit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    any = true;
    value.digits_ += text[i];
    if (point) ++value.scale_;
  }
  if (!any || value.digits_.size() > kDigitsMax) return std::nullopt;
  int exponent = 0;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    ++i;
    if (i < text.size() && text[i] == '+') ++i;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + i, end, exponent);
    if (read.ec != std::errc() || read.ptr != end || std::abs(exponent) > kDigitsMax) {
      return std::nullopt;
    }
  }
  value.scale_ -= exponent;
  if (value.scale_ < 0) {
    value.digits_.append(static_cast<std::size_t>(-value.scale_), '0');
    value.scale_ = 0;
  }
  value.Normalise();
  return value;
}

Decimal Decimal::FromInt(std::int64_t value) { return *Parse(std::to_string(value)); }

void Decimal::Normalise() {
  StripLeadingZeros(digits_);
  while (scale_ > 0 && !digits_.empty() && digits_.back() == '0') {
    digits_.pop_back();
    --scale_;
  }
  if (digits_.empty()) {
    scale_ = 0;
    negative_ = false;
  }
}

std::string Decimal::DigitsAt(int scale) const {
  if (digits_.empty()) return {};
  return digits_ + std::string(static_cast<std::size_t>(scale - scale_), '0');
}

std::string Decimal::ToString() const {
  if (digits_.empty()) return "0";
  std::string text = digits_;
  const auto scale = static_cast<std::size_t>(scale_);
  if (scale > 0) {
    if (text.size() <= scale) text.insert(0, scale + 1 - text.size(), '0');
    text.insert(text.size() - scale, 1, '.');
  }
  return negative_ ? "-" + text : text;
}

double Decimal::ToDouble() const {
  const std::string text = ToString();
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<std::int64_t> Decimal::ToInt64() const {
  const std::string text = Truncate(0).ToString();
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc()) return std::nullopt;
  return value;
}

Decimal Decimal::Truncate(int scale) const {
  if (scale_ <= scale) return *this;
  Decimal value = *this;
  const auto dropped = static_cast<std::size_t>(scale_ - scale);
  value.digits_.resize(digits_.size() > dropped ? digits_.size() - dropped : 0);
  value.scale_ = scale;
  if (scale < 0) {
    value.digits_.append(value.digits_.empty() ? 0 : static_cast<std::size_t>(-scale), '0');
    value.scale_ = 0;
  }
  value.Normalise();
  return value;
}

Decimal Decimal::Round(int scale) const {
  if (scale_ <= scale) return *this;
  Decimal half;
  half.negative_ = negative_;
  half.digits_ = "5";
  half.scale_ = scale + 1;
  if (half.scale_ < 0) {
    half.digits_.append(static_cast<std::size_t>(-half.scale_), '0');
    half.scale_ = 0;
  }
  return (*this + half).Truncate(scale);
}

bool Decimal::Fits(int precision, int scale) const {
  const int whole = static_cast<int>(digits_.size()) - scale_;
  return whole <= precision - scale;
}

Decimal Decimal::Negate() const {
  Decimal value = *this;
  value.negative_ = !negative_ && !digits_.empty();
  return value;
}

Decimal operator+(const Decimal& a, const Decimal& b) {
  Decimal sum;
  sum.scale_ = std::max(a.scale_, b.scale_);
  const std::string left = a.DigitsAt(sum.scale_);
  const std::string right = b.DigitsAt(sum.scale_);
  if (a.negative_ == b.negative_) {
    sum.digits_ = AddMagnitude(left, right);
    sum.negative_ = a.negative_;
  } else if (CompareMagnitude(left, right) >= 0) {
    sum.digits_ = SubtractMagnitude(left, right);
    sum.negative_ = a.negative_;
  } else {
    sum.digits_ = SubtractMagnitude(right, left);
    sum.negative_ = b.negative_;
  }
  sum.Normalise();
  return sum;
}

Decimal operator-(const Decimal& a, const Decimal& b) { return a + b.Negate(); }

Decimal operator*(const Decimal& a, const Decimal& b) {
  Decimal product;
  product.digits_ = MultiplyMagnitude(a.digits_, b.digits_);
  product.scale_ = a.scale_ + b.scale_;
  product.negative_ = a.negative_ != b.negative_;
  product.Normalise();
  return product;
}

std::optional<Decimal> Decimal::Divide(const Decimal& a, const Decimal& b, int scale) {
  if (b.IsZero()) return std::nullopt;
  const int common = std::max(a.scale_, b.scale_);
  Decimal quotient;
  quotient.digits_ = DivideMagnitude(
      a.DigitsAt(common) + std::string(a.IsZero() ? 0 : static_cast<std::size_t>(scale), '0'),
      b.DigitsAt(common));
  quotient.scale_ = scale;
  quotient.negative_ = a.negative_ != b.negative_;
  quotient.Normalise();
  return quotient;
}

std::optional<Decimal> Decimal::Remainder(const Decimal& a, const Decimal& b) {
  const std::optional<Decimal> quotient = Divide(a, b, 0);
  if (!quotient) return std::nullopt;
  return a - b * *quotient;
}

int Decimal::Compare(const Decimal& a, const Decimal& b) {
  if (a.negative_ != b.negative_) return a.negative_ ? -1 : 1;
  const int common = std::max(a.scale_, b.scale_);
  const int order = CompareMagnitude(a.DigitsAt(common), b.DigitsAt(common));
  return a.negative_ ? -order : order;
}

}  // namespace culvert::emulator::sql
