// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"
#include "emulator/durable_store.h"
#include "emulator/segment_files.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace culvert::emulator {

/// The catalog: maps in memory in front of a durable store. A change is first written, in one
/// transaction, and then shown. Readers never wait for the disk.
class StoredCatalog final : public Catalog {
 public:
  /// Everything handed in must outlive the catalog.
  static Result<std::unique_ptr<StoredCatalog>> Load(DurableStore& durable, SegmentFiles& segments,
                                                     const Clock& clock);

  Status CreateTable(TableDef def) override;
  Status DropTable(const TableKey& key) override;
  Status AlterTable(const TableKey& key, TableDef def) override;
  Result<std::shared_ptr<const TableDef>> FindTable(const TableKey& key) const override;
  std::vector<std::shared_ptr<const TableDef>> ListTables(std::string_view project,
                                                          std::string_view schema) const override;
  Status AddPartition(const TableKey& key, const record::PartitionSpec& spec) override;
  Status DropPartition(const TableKey& key, const record::PartitionSpec& spec) override;
  Result<std::vector<std::shared_ptr<const PartitionData>>> ListPartitions(
      const TableKey& key) const override;
  Result<std::shared_ptr<const PartitionData>> Snapshot(
      const TableKey& key, const record::PartitionSpec& spec) const override;
  Status Publish(const TableKey& key, const record::PartitionSpec& spec, Mode mode,
                 std::vector<SegmentPtr> segments) override;
  std::vector<std::string> ListSchemas(std::string_view project) const override;
  Status CreateSchema(std::string_view project, std::string_view schema) override;

  /// What a publication rests on, and what becomes true together with it.
  struct Expectation {
    std::string table_id;  // empty: any
    std::uint64_t schema_version = 0;
    std::vector<DurableChange> also;  // in the same transaction
  };
  /// Publish that fails with kFailedPrecondition/TableModified when the table is another one or
  /// has another schema than expected.
  Status PublishIf(const TableKey& key, const record::PartitionSpec& spec, Mode mode,
                   std::vector<SegmentPtr> segments, const Expectation& expectation);

 private:
  using Partitions = std::map<record::PartitionSpec, std::shared_ptr<const PartitionData>>;
  struct Table {
    std::shared_ptr<const TableDef> def;
    Partitions partitions;  // a table without partition keys has one, with an empty spec
  };

  StoredCatalog(DurableStore& durable, SegmentFiles& segments, const Clock& clock)
      : durable_(durable), segments_(segments), clock_(clock) {}
  Status LoadAll();
  Result<Table> Copy(const TableKey& key) const;
  /// `spec` in the table's key order. kInvalidArgument/InvalidPartitionSpec.
  static Result<record::PartitionSpec> Normalise(const TableDef& def,
                                                 const record::PartitionSpec& spec);
  std::uint64_t NextVersion() REQUIRES(write_mutex_);

  DurableStore& durable_;
  SegmentFiles& segments_;
  const Clock& clock_;
  Mutex write_mutex_;    // one change at a time, held over the disk
  mutable Mutex mutex_;  // the maps, never held over the disk; taken after write_mutex_
  std::uint64_t version_ GUARDED_BY(write_mutex_) = 0;
  std::map<TableKey, Table> tables_ GUARDED_BY(mutex_);
  std::map<std::string, std::set<std::string>> schemas_ GUARDED_BY(mutex_);  // by project
};

}  // namespace culvert::emulator
