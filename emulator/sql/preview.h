// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"

#include <cstdint>
#include <string>
#include <vector>

namespace culvert::emulator::sql {

struct PreviewRequest {
  TableKey table;
  record::PartitionSpec partition;   // empty: the first partitions
  std::vector<std::string> columns;  // empty: all, partition keys last
  std::uint64_t rows = 10'000;       // at most 10,000
};

/// The first rows of a table as CSV with a header line. kNotFound for a missing table or partition,
/// kInvalidArgument for a column it lacks, for a view and for an external table.
Result<std::string> PreviewCsv(const Catalog& catalog, const PreviewRequest& request);

/// A CSV cell: text in quotes, `\N` for null.
struct Value;
std::string CsvCell(const Value& value, const record::Type& type);

}  // namespace culvert::emulator::sql
