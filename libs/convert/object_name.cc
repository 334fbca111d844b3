// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/object_name.h"

#include <cstddef>

namespace culvert::convert {

std::string ObjectName(std::string_view text) {
  constexpr std::size_t kNameBytesMax = 63;  // also fits a label and a namespace
  std::string name;
  for (const char c : text) {
    if (name.size() == kNameBytesMax) break;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      name += c;
    } else if (c >= 'A' && c <= 'Z') {
      name += static_cast<char>(c - 'A' + 'a');
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

}  // namespace culvert::convert
