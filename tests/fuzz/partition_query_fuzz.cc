// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/syncjob/partition_query.h"

#include <cstddef>
#include <cstdint>
#include <string>

/// Any filter: refused with a column, or evaluated. A partition is never selected by a filter and
/// by its opposite.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using culvert::syncjob::PartitionQuery;
  const std::string filter(reinterpret_cast<const char*>(data), size);
  const auto query = PartitionQuery::Parse("/*query*/" + filter);
  if (!query) {
    CULVERT_CHECK(query.error().message.starts_with("/*query*/ filter, column "));
    return 0;
  }
  const auto opposite = PartitionQuery::Parse("/*query*/ not (" + filter + ")");
  const std::vector<culvert::record::PartitionSpec> partitions = {
      {.entries = {{"dt", "20240229"}, {"hh", "00"}}},
      {.entries = {{"dt", "__HIVE_DEFAULT_PARTITION__"}, {"hh", "7"}}},
      {.entries = {{"dt", "2024-02-29"}, {"hh", "a b"}}}};
  for (const auto& partition : partitions) {
    const bool selected = query->Selects(partition);
    // One level more may be too deep.
    CULVERT_CHECK(!opposite || !selected || !opposite->Selects(partition));
  }
  (void)query->CheckKeys({"dt", "hh"});
  return 0;
}
