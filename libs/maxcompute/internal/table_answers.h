// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/maxcompute/tables.h"

#include <string>
#include <string_view>
#include <vector>

// REST's XML answers about projects, tables and partitions, with the JSON inside them, as values.
// Pure. What cannot be read is kInternal/UnexpectedAnswer: the bytes came whole, so that asking
// again brings the same.

namespace culvert::maxcompute::internal {

Result<Project> ReadProject(std::string_view body);

/// `GET …/tables/T`. kUnimplemented/UnsupportedType for a column of a type unknown to us.
Result<Table> ReadTable(std::string_view body);

/// Adds what `GET …/tables/T?extended` tells (Reserved: Transactional, PrimaryKey) to `table`.
Status ReadTableExtension(std::string_view body, Table& table);

struct PartitionPage {
  std::vector<Partition> partitions;
  std::string marker;  // of the next page; empty: this was the last
};
Result<PartitionPage> ReadPartitionPage(std::string_view body);

/// `GET …/tables/T?partition=…`; the answer does not repeat `spec`.
Result<Partition> ReadPartition(std::string_view body, const record::PartitionSpec& spec);

}  // namespace culvert::maxcompute::internal
