// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog.h"

namespace culvert::emulator {

std::uint64_t PartitionData::rows() const {
  std::uint64_t total = 0;
  for (const SegmentPtr& segment : segments) total += segment->rows();
  return total;
}

std::uint64_t PartitionData::byte_size() const {
  std::uint64_t total = 0;
  for (const SegmentPtr& segment : segments) total += segment->bytes.size();
  return total;
}

TableKey MakeTableKey(std::string_view project, std::string_view schema, std::string_view name) {
  TableKey key{.project = record::FoldName(project),
               .schema = record::FoldName(schema),
               .name = record::FoldName(name)};
  if (key.schema == "default") key.schema.clear();
  return key;
}

}  // namespace culvert::emulator
