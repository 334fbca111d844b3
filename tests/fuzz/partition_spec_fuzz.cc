// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/record/partition_spec.h"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using culvert::record::PartitionSpec;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  culvert::record::WildcardMatch(text.substr(0, size / 2), text.substr(size / 2));
  const auto spec = PartitionSpec::Parse(text);
  if (!spec) return 0;
  // Quotes and escapes make it longer, perhaps longer than the 4,096 bytes that are read.
  const std::string quoted = spec->ToQuoted();
  const auto again = PartitionSpec::Parse(quoted);
  CULVERT_CHECK(quoted.size() > 4096 || (again.has_value() && *again == *spec));
  std::vector<std::string> keys;
  for (const auto& [key, value] : spec->entries) {
    CULVERT_CHECK(!value.empty() && culvert::record::WildcardMatch("*", value));
    keys.push_back(key);
  }
  CULVERT_CHECK(culvert::record::OrderLike(*spec, keys) == *spec);
  return 0;
}
