// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/download_sessions.h"
#include "emulator/stored_catalog.h"
#include "emulator/upload_sessions.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace culvert::emulator {

/// Catalog and sessions over a directory, which can be closed and opened again as a restart does.
class StoresFixture : public ::testing::Test {
 protected:
  void Open() {
    durable_ = OpenSqliteStore(dir_.path()).value();
    segments_ = SegmentFiles::Open(dir_.path()).value();
    catalog_ = StoredCatalog::Load(*durable_, *segments_, clock_).value();
    uploads_ = UploadSessions::Load(*durable_, *segments_, *catalog_, clock_, limits_).value();
    downloads_ = DownloadSessions::Load(*durable_, *segments_, *catalog_, clock_, limits_).value();
    ASSERT_THAT(segments_->DeleteOrphans(), test::IsOk());
  }
  void Close() {
    downloads_.reset();
    uploads_.reset();
    catalog_.reset();
    segments_.reset();
    durable_.reset();
  }
  void Reopen() {
    Close();
    Open();
  }
  void SetUp() override { Open(); }

  /// `t (id bigint, name string)`, with partition key dt when asked for.
  TableKey MakeTable(const std::string& name = "t", bool partitioned = false) {
    TableDef def;
    def.project = "p";
    def.name = name;
    def.columns.columns = TestColumns();
    if (partitioned) def.columns.partition_keys = {TestColumn("dt", "string")};
    EXPECT_THAT(catalog_->CreateTable(def), test::IsOk());
    return MakeTableKey("p", "", name);
  }
  SegmentPtr Rows(std::int64_t first, std::int64_t count) {
    maxcompute::wire::StreamTotals totals;
    return segments_->Make(layout_, TestRecords(layout_, first, count, totals)).value();
  }
  Status PutBlock(const std::string& session, std::uint64_t id, std::int64_t first,
                  std::int64_t count, std::uint64_t version = 0) {
    UploadBlock block;
    block.id = id;
    block.records = static_cast<std::uint64_t>(count);
    block.version = version;
    return uploads_->PutBlock(session, block, {Rows(first, count)});
  }
  std::vector<std::int64_t> Ids(const TableKey& key, const record::PartitionSpec& spec = {}) {
    const auto data = catalog_->Snapshot(key, spec);
    EXPECT_THAT(data, test::IsOk());
    return data ? IdsOf((*data)->segments) : std::vector<std::int64_t>();
  }
  std::vector<std::int64_t> IdsOf(const std::vector<SegmentPtr>& segments) {
    std::string stream;
    maxcompute::wire::StreamTotals totals;
    for (const SegmentPtr& segment : segments) {
      stream += AsText(segment->bytes);
      totals.records += segment->rows();
      totals.crc_of_crcs =
          Crc32c(std::as_bytes(std::span(segment->index.crcs)), totals.crc_of_crcs);
    }
    ByteBuffer trailer;
    maxcompute::wire::EncodeTrailer(totals, trailer);
    const auto ids = TestIds(stream + std::string(AsText(trailer.Readable())));
    EXPECT_THAT(ids, test::IsOk());
    return ids ? *ids : std::vector<std::int64_t>();
  }
  std::size_t FileCount() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_ / "segments")) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }
  static record::PartitionSpec Spec(std::string_view text) {
    return record::PartitionSpec::Parse(text).value();
  }

  test::TempDir dir_;
  test::FakeClock clock_;
  Limits limits_;
  maxcompute::wire::RecordLayout layout_{TestColumns()};
  std::unique_ptr<DurableStore> durable_;
  std::unique_ptr<SegmentFiles> segments_;
  std::unique_ptr<StoredCatalog> catalog_;
  std::unique_ptr<UploadSessions> uploads_;
  std::unique_ptr<DownloadSessions> downloads_;
};

}  // namespace culvert::emulator
