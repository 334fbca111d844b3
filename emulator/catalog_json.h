// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator {

// How definitions are kept in the durable store.

nlohmann::json SchemaToJson(const record::Schema& schema);
Result<record::Schema> SchemaFromJson(const nlohmann::json& object);
std::string EncodeTable(const TableDef& def);
Result<TableDef> DecodeTable(std::string_view text);

/// A partition without its rows: `files` names its segments.
struct StoredPartition {
  PartitionData data;  // `segments` is empty
  std::vector<std::string> files;
};
std::string EncodePartition(const PartitionData& data);
Result<StoredPartition> DecodePartition(std::string_view text);

/// `project/schema/name`; names have no slash in them.
std::string TableKeyText(const TableKey& key);
Result<TableKey> ParseTableKeyText(std::string_view text);

/// Names of the segments' files; segments without rows have none.
std::vector<std::string> FileNames(const std::vector<SegmentPtr>& segments);

}  // namespace culvert::emulator
