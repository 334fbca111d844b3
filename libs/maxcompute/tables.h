// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/partition_spec.h"
#include "libs/record/schema.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace culvert::maxcompute {

enum class TableKind : std::uint8_t {
  kManaged,
  kExternal,
  kView,
  kMaterializedView,
  kObject,
  kSnapshot
};

/// A table's metadata as the service tells it. Sizes are -1 where unknown.
struct Table {
  std::string name;
  std::string schema_name;  // of a three-tier project, else empty
  std::string owner;
  std::string comment;
  TableKind kind = TableKind::kManaged;
  record::Schema schema;
  std::int64_t size_bytes = -1;
  std::int64_t record_count = -1;
  std::int64_t lifecycle_days = -1;
  bool transactional = false;
  std::vector<std::string> primary_key;  // not empty and transactional: a Delta table

  bool IsDelta() const { return transactional && !primary_key.empty(); }
};

struct Partition {
  record::PartitionSpec spec;
  std::int64_t size_bytes = -1;
  std::int64_t record_count = -1;
  std::int64_t modified_seconds = 0;
};

struct Project {
  std::string name;
  std::string owner;
  std::string region;
  std::map<std::string, std::string> properties;
};

}  // namespace culvert::maxcompute
