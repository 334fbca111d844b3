// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"
#include "emulator/projects.h"

#include <cstdint>
#include <string>
#include <vector>

// What the REST API writes about projects, tables and partitions (rest.md 5 and 6). Pure text.

namespace culvert::emulator {

/// Keys under which CREATE EXTERNAL TABLE keeps what TableDef has no field for; never shown among
/// the table's own properties.
inline constexpr std::string_view kStorageHandlerKey = "culvert.storage_handler";
inline constexpr std::string_view kLocationKey = "culvert.location";

/// Sums over a table's rows.
struct TableSize {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t segments = 0;
  std::int64_t modified_seconds = 0;  // 0: never written
};
TableSize SizeOf(const std::vector<std::shared_ptr<const PartitionData>>& partitions);

enum class Detail : std::uint8_t { kBasic, kExtended };

std::string ProjectXml(const Project& project);
/// The whole document of one table.
std::string TableXml(const TableDef& table, const std::string& owner, const TableSize& size,
                     Detail detail);
std::string PartitionXml(const PartitionData& partition, Detail detail);
/// JSON text inside the table document.
std::string TableSchemaJson(const TableDef& table, const std::string& owner, const TableSize& size,
                            Detail detail);
/// MANAGED_TABLE, EXTERNAL_TABLE or VIRTUAL_VIEW.
std::string_view TableTypeName(TableKind kind);
/// `Thu, 29 Feb 2024 12:00:00 GMT`.
std::string HttpDate(std::int64_t seconds);

/// One page of items that are in the order of their keys.
struct Page {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string next_marker;  // empty on the last page
};
/// `keys` ascending (or descending); the page holds those behind `marker`.
Page CutPage(const std::vector<std::string>& keys, const std::string& marker, std::size_t max_items,
             bool descending);

}  // namespace culvert::emulator
