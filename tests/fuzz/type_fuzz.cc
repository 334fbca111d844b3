// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/record/type.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using culvert::record::Type;
  const auto type = Type::Parse({reinterpret_cast<const char*>(data), size});
  if (!type) return 0;
  const auto again = Type::Parse(type->ToString());
  CULVERT_CHECK(again.has_value() && *again == *type && again->ToString() == type->ToString());
  return 0;
}
