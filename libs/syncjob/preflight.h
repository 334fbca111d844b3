// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/partition_spec.h"

#include <cstdint>
#include <string>
#include <vector>

// Checks of a job against what the service says about its tables, before any session is opened.
// Pure: the caller feeds them.

namespace culvert::syncjob {

/// What the checks need to know about one table.
struct TableFacts {
  enum class Kind : std::uint8_t { kTable, kDelta, kView, kExternal, kOther };
  Kind kind = Kind::kTable;
  std::string endpoint;
  std::string project;
  std::string schema;  // empty: `default`
  std::string table;
  std::vector<std::string> partition_keys;
};

/// Views and external tables cannot be read through Tunnel sessions: kFailedPrecondition, reason
/// ViewNotSupported or ExternalTableNotSupported.
Status CheckSourceTable(const TableFacts& source);

/// As CheckSourceTable; and a Delta table with more than one stream needs consistencyCommit:
/// kInvalidArgument, reason DeltaNeedsConsistencyCommit.
Status CheckTargetTable(const TableFacts& target, std::int32_t concurrent, bool consistency_commit);

/// A partitioned table needs partitions, a plain one takes none: kInvalidArgument, reasons
/// PartitionRequired and PartitionForbidden, naming the keys. `side` is "source" or "target".
Status CheckPartitionGiven(const TableFacts& facts, bool given, std::string_view side);

/// The target's one partition: all keys of the table, no wildcards, in the table's order.
/// kInvalidArgument, reason SchemaMismatch.
Result<record::PartitionSpec> TargetPartition(const TableFacts& target, const std::string& text);

/// partitionFromSource: both tables must have the same partition keys. kInvalidArgument, reason
/// SchemaMismatch.
Status CheckSameKeys(const TableFacts& source, const TableFacts& target);

/// A copy onto itself: the same table and, where partitioned, a partition that is both read and
/// written. kInvalidArgument, reason SourceIsTarget.
Status CheckNotItself(const TableFacts& source, const std::vector<record::PartitionSpec>& read,
                      const TableFacts& target, const std::vector<record::PartitionSpec>& written);

}  // namespace culvert::syncjob
