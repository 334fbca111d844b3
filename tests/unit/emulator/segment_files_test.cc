// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/segment_files.h"

#include "libs/base/file.h"
#include "libs/base/json.h"
#include "tests/unit/emulator/stores_fixture.h"

#include <nlohmann/json.hpp>

#include <fstream>

namespace culvert::emulator {
namespace {

using test::FailsWith;
using test::IsOk;

class SegmentFilesTest : public StoresFixture {};

TEST_F(SegmentFilesTest, ReadsBackWhatItWrote) {
  const SegmentPtr made = Rows(0, 1000);
  segments_->AddReference(*made);
  const std::string file = made->file;
  const std::vector<std::byte> bytes(made->bytes.begin(), made->bytes.end());
  auto other = SegmentFiles::Open(dir_.path());
  ASSERT_THAT(other, IsOk());
  const auto loaded = (*other)->Load(file);
  ASSERT_THAT(loaded, IsOk());
  EXPECT_TRUE(std::ranges::equal((*loaded)->bytes, bytes));
  EXPECT_EQ((*loaded)->index.offsets, made->index.offsets);
  EXPECT_EQ((*loaded)->index.crcs, made->index.crcs);
  (*other)->AddReference(**loaded);
}

TEST_F(SegmentFilesTest, DeletesAFileOnceNobodyNamesOrReadsIt) {
  SegmentPtr segment = Rows(0, 10);
  segments_->AddReference(*segment);
  const SegmentPtr reader = segment;
  segments_->DropReference(*segment);
  segment.reset();
  EXPECT_EQ(FileCount(), 1U);
  EXPECT_EQ(IdsOf({reader}).size(), 10U);
  const_cast<SegmentPtr&>(reader).reset();
  EXPECT_EQ(FileCount(), 0U);
}

TEST_F(SegmentFilesTest, DeletesOrphansAtStart) {
  std::ofstream(dir_ / "segments/left.seg") << "half a segment";
  ASSERT_THAT(segments_->DeleteOrphans(), IsOk());
  EXPECT_EQ(FileCount(), 0U);
}

TEST_F(SegmentFilesTest, RefusesDamagedFiles) {
  SegmentPtr segment = Rows(0, 100);
  segments_->AddReference(*segment);
  const auto whole = ReadWholeFile(dir_ / ("segments/" + segment->file), 1 << 20);
  ASSERT_THAT(whole, IsOk());
  const std::string path = dir_ / "segments/copy.seg";
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, whole->size() - 1}) {
    std::ofstream(path, std::ios::trunc) << whole->substr(0, size);
    EXPECT_THAT(segments_->Load("copy.seg"), FailsWith(ErrorCode::kDataLoss)) << size;
  }
  std::string flipped = *whole;
  flipped[segment->bytes.size() + 3] ^= 1;
  std::ofstream(path, std::ios::trunc) << flipped;
  EXPECT_THAT(segments_->Load("copy.seg"), FailsWith(ErrorCode::kDataLoss));
}

TEST(SegmentFilesMemoryTest, ShortensSignExtendedChecksums) {
  // Row -1 of a bigint column, whose checksum PyODPS writes in ten bytes (record-wire.md 3).
  const std::string longer = HexDecode("080180c0ff7fa0b0faf2fdffffffff01").value();
  const std::string shorter = HexDecode("080180c0ff7fa0b0faf20d").value();
  const std::string plain = HexDecode("080080c0ff7fedc2c5d001").value();
  const maxcompute::wire::RecordLayout layout({TestColumn("a", "bigint")});
  ByteBuffer records;
  records.Append(AsBytes(plain + longer + plain + longer));
  SegmentFiles store;
  const auto segment = store.Make(layout, std::move(records));
  ASSERT_THAT(segment, IsOk());
  EXPECT_EQ(AsText((*segment)->bytes), plain + shorter + plain + shorter);
  EXPECT_EQ((*segment)->index.offsets, (std::vector<std::uint64_t>{0, 11, 22, 33}));
}

TEST(SegmentFilesMemoryTest, KeepsNoFiles) {
  const maxcompute::wire::RecordLayout layout(TestColumns());
  maxcompute::wire::StreamTotals totals;
  SegmentFiles store;
  const auto segment = store.Make(layout, TestRecords(layout, 0, 10, totals));
  ASSERT_THAT(segment, IsOk());
  EXPECT_TRUE((*segment)->file.empty());
  EXPECT_EQ((*segment)->rows(), 10U);
}

}  // namespace
}  // namespace culvert::emulator
