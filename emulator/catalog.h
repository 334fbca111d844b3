// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "libs/record/partition_spec.h"
#include "libs/record/schema.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace culvert::emulator {

enum class TableKind : std::uint8_t { kManaged, kExternal, kView };

/// Committed rows: whole canonical records of the table's data columns, indexed. Immutable once
/// published, shared by snapshots; in memory or a read-only mapping of a file under --data-dir.
struct Segment {
  std::span<const std::byte> bytes;
  maxcompute::wire::RecordIndex index;  // offsets into `bytes`
  std::shared_ptr<const void> keeper;   // owns the storage
  std::string file;                     // under --data-dir, else empty
  std::uint64_t rows() const { return index.offsets.size(); }
};
using SegmentPtr = std::shared_ptr<const Segment>;

struct TableDef {
  std::string project;
  std::string schema;  // "" is the default schema
  std::string name;
  TableKind kind = TableKind::kManaged;
  record::Schema columns;  // data columns and partition keys
  std::string comment;
  std::int64_t lifecycle_days = -1;
  bool transactional = false;
  std::vector<std::string> primary_key;
  std::map<std::string, std::string> properties;
  std::string view_text;  // kView
  std::string id;
  std::int64_t created_seconds = 0;
  std::int64_t ddl_seconds = 0;
  std::uint64_t schema_version = 0;
};

/// Rows of a partition, or of a table without partitions (empty spec).
struct PartitionData {
  record::PartitionSpec spec;
  std::vector<SegmentPtr> segments;
  std::int64_t created_seconds = 0;
  std::int64_t modified_seconds = 0;
  std::uint64_t version = 0;     // moves with every change of its rows
  std::uint64_t generation = 0;  // moves when rows are replaced, not when some are appended
  std::uint64_t rows() const;
  std::uint64_t byte_size() const;
};

struct TableKey {
  std::string project;  // folded
  std::string schema;   // folded, "" for default
  std::string name;     // folded
  auto operator<=>(const TableKey&) const = default;
};
TableKey MakeTableKey(std::string_view project, std::string_view schema, std::string_view name);

/// All projects' tables and rows. Every mutation is atomic and, with a data directory, durable
/// before it returns (survives kill -9). Thread-safe. Errors carry the service's code in `reason`:
/// NoSuchTable, NoSuchPartition, InvalidPartitionSpec, ...
class Catalog {
 public:
  virtual ~Catalog() = default;

  virtual Status CreateTable(TableDef def) = 0;  // kAlreadyExists
  virtual Status DropTable(const TableKey& key) = 0;
  /// Replaces the definition (columns appended, lifecycle, properties, comment).
  virtual Status AlterTable(const TableKey& key, TableDef def) = 0;
  virtual Result<std::shared_ptr<const TableDef>> FindTable(const TableKey& key) const = 0;
  virtual std::vector<std::shared_ptr<const TableDef>> ListTables(
      std::string_view project, std::string_view schema) const = 0;

  virtual Status AddPartition(const TableKey& key, const record::PartitionSpec& spec) = 0;
  virtual Status DropPartition(const TableKey& key, const record::PartitionSpec& spec) = 0;
  virtual Result<std::vector<std::shared_ptr<const PartitionData>>> ListPartitions(
      const TableKey& key) const = 0;
  /// Empty spec: the rows of a table without partitions. The result is an immutable snapshot.
  virtual Result<std::shared_ptr<const PartitionData>> Snapshot(
      const TableKey& key, const record::PartitionSpec& spec) const = 0;

  enum class Mode : std::uint8_t { kAppend, kOverwrite };
  /// Publishes rows, all or none. kOverwrite replaces what is there (also with no segment at all).
  virtual Status Publish(const TableKey& key, const record::PartitionSpec& spec, Mode mode,
                         std::vector<SegmentPtr> segments) = 0;

  virtual std::vector<std::string> ListSchemas(std::string_view project) const = 0;
  virtual Status CreateSchema(std::string_view project, std::string_view schema) = 0;
};

/// Makes a segment from whole canonical records that were already validated against `layout`.
/// With a data directory the bytes are in an fsynced file when this returns.
class SegmentStore {
 public:
  virtual ~SegmentStore() = default;
  virtual Result<SegmentPtr> Make(const maxcompute::wire::RecordLayout& layout,
                                  ByteBuffer records) = 0;
};

}  // namespace culvert::emulator
