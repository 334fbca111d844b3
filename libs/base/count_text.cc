// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/count_text.h"

namespace culvert {

std::string GroupedDigits(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string Counted(std::uint64_t number, std::string_view noun) {
  std::string text = GroupedDigits(number);
  text.append(" ").append(noun);
  if (number != 1) text += 's';
  return text;
}

}  // namespace culvert
