// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace culvert::plugin {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr double kMebibyte = 1024.0 * 1024.0;

std::string_view Code(Colour colour) {
  switch (colour) {
    case Colour::kPlain:
      return "";
    case Colour::kGreen:
      return "32";
    case Colour::kRed:
      return "31";
    case Colour::kYellow:
      return "33";
    case Colour::kCyan:
      return "36";
    case Colour::kDim:
      return "2";
    case Colour::kBold:
      return "1";
  }
  return "";
}

std::string TwoUnits(std::int64_t large, char large_unit, std::int64_t small, char small_unit) {
  std::string text = std::to_string(large) + large_unit;
  if (small > 0) text += std::to_string(small) + small_unit;
  return text;
}

/// True for a byte that goes on in a UTF-8 character.
bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::string Painter::operator()(Colour colour, std::string_view text) const {
  if (!colours_ || colour == Colour::kPlain || text.empty()) return std::string(text);
  return "\x1b[" + std::string(Code(colour)) + "m" + std::string(text) + "\x1b[0m";
}

std::string Bar(std::uint64_t done, std::uint64_t total, std::size_t cells) {
  const bool whole = done >= total;
  const double share = whole ? 1.0 : static_cast<double>(done) / static_cast<double>(total);
  const auto full =
      whole ? cells
            : std::min(cells - 1, static_cast<std::size_t>(share * static_cast<double>(cells)));
  std::string text = "[";
  for (std::size_t cell = 0; cell < cells; ++cell) text += cell < full ? "█" : "░";
  const int percent = whole ? 100 : std::min(99, static_cast<int>(share * 100.0));
  std::array<char, 16> number{};
  std::snprintf(number.data(), number.size(), "] %3d %%", percent);
  return text + number.data();
}

std::string Duration(std::int64_t seconds) {
  seconds = std::max<std::int64_t>(seconds, 0);
  if (seconds < kMinute) return std::to_string(seconds) + "s";
  if (seconds < kHour) return TwoUnits(seconds / kMinute, 'm', seconds % kMinute, 's');
  if (seconds < kDay) return TwoUnits(seconds / kHour, 'h', seconds % kHour / kMinute, 'm');
  return TwoUnits(seconds / kDay, 'd', seconds % kDay / kHour, 'h');
}

std::string ByteRate(std::uint64_t bytes_per_second) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f MiB/s",
                static_cast<double>(bytes_per_second) / kMebibyte);
  return text.data();
}

std::string Padded(std::string_view text, std::size_t width) {
  std::string padded(text);
  if (padded.size() < width) padded.resize(width, ' ');
  return padded;
}

std::string OneLine(std::string_view text, std::size_t bytes_max) {
  std::string line;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    line += control ? ' ' : c;
  }
  if (line.size() <= bytes_max) return line;
  std::size_t end = bytes_max;
  while (end > 0 && Continues(line[end])) --end;
  return line.substr(0, end) + "…";
}

}  // namespace culvert::plugin
