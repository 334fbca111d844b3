// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::plugin {

enum class Colour : std::uint8_t { kPlain, kGreen, kRed, kYellow, kCyan, kDim, kBold };

/// Colours text for a terminal, or leaves it as it is.
class Painter {
 public:
  explicit Painter(bool colours) : colours_(colours) {}
  std::string operator()(Colour colour, std::string_view text) const;

 private:
  bool colours_;
};

/// `[██████░░░░]  62 %`: `cells` wide; full, and 100, only when all is done.
std::string Bar(std::uint64_t done, std::uint64_t total, std::size_t cells);

/// `4s`, `2m14s`, `3h5m`, `12d`: the two largest units that matter.
std::string Duration(std::int64_t seconds);

/// `12.4 MiB/s`.
std::string ByteRate(std::uint64_t bytes_per_second);

/// Filled up with spaces; text of `width` characters and more stays as it is. ASCII only.
std::string Padded(std::string_view text, std::size_t width);

/// One line: control characters become spaces, and what is beyond `bytes_max` becomes `…`.
std::string OneLine(std::string_view text, std::size_t bytes_max);

}  // namespace culvert::plugin
