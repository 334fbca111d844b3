// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using culvert::DumpJson;
using culvert::DumpJsonPretty;
using culvert::ParseJson;

// The getters must not fail other than by their Result, whatever the member is.
void ReadMembers(const nlohmann::json& value) {
  for (const auto& item : value.items()) {
    (void)culvert::JsonInt64(value, item.key());
    (void)culvert::JsonUint64Or(value, item.key(), 1);
    (void)culvert::JsonString(value, item.key());
    (void)culvert::JsonBoolOr(value, item.key(), false);
    if (item.value().is_structured()) ReadMembers(item.value());
  }
}

}  // namespace

/// Any bytes: refused, or a document that reads back the same when written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = ParseJson({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  const auto again = ParseJson(DumpJson(*value));
  CULVERT_CHECK(again.has_value() && *again == *value);
  CULVERT_CHECK(ParseJson(DumpJsonPretty(*value)).has_value());
  ReadMembers(*value);
  return 0;
}
