// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert {

/// `1,234,567`.
std::string GroupedDigits(std::uint64_t number);

/// `1 block`, `12,000 blocks`, `0 blocks`. `noun` is a singular whose plural takes an s.
std::string Counted(std::uint64_t number, std::string_view noun);

}  // namespace culvert
