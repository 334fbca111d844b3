// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/upload_sessions.h"

#include "tests/unit/emulator/stores_fixture.h"

namespace culvert::emulator {
namespace {

using test::FailsBecause;
using test::IsOk;
using UploadMode = UploadSessions::Mode;
using Numbers = std::vector<std::int64_t>;

class UploadSessionsTest : public StoresFixture {
 protected:
  std::string OpenSession(const TableKey& key, UploadMode mode = UploadMode::kAppend) {
    return uploads_->Open(key, {}, mode).value().id;
  }
};

TEST_F(UploadSessionsTest, ShowsBlocksInTheOrderOfTheirIdsAtTheCommit) {
  const TableKey key = MakeTable();
  const std::string id = OpenSession(key);
  ASSERT_THAT(PutBlock(id, 7, 20, 2), IsOk());
  ASSERT_THAT(PutBlock(id, 3, 10, 2), IsOk());
  EXPECT_EQ(Ids(key), Numbers{});
  const auto committed = uploads_->Commit(id);
  ASSERT_THAT(committed, IsOk());
  EXPECT_TRUE(committed->applied);
  EXPECT_EQ(committed->view.state, UploadState::kClosed);
  EXPECT_EQ(Ids(key), (Numbers{10, 11, 20, 21}));
}

TEST_F(UploadSessionsTest, ReplacesABlockThatComesAgain) {
  const TableKey key = MakeTable();
  const std::string id = OpenSession(key);
  ASSERT_THAT(PutBlock(id, 0, 0, 5), IsOk());
  ASSERT_THAT(PutBlock(id, 0, 100, 2), IsOk());
  EXPECT_EQ(uploads_->Get(id).value().blocks.size(), 1U);
  ASSERT_THAT(uploads_->Commit(id), IsOk());
  EXPECT_EQ(Ids(key), (Numbers{100, 101}));
}

TEST_F(UploadSessionsTest, KeepsTheHigherBlockVersion) {
  const TableKey key = MakeTable();
  const std::string id = OpenSession(key);
  ASSERT_THAT(PutBlock(id, 0, 0, 1, 5), IsOk());
  ASSERT_THAT(PutBlock(id, 0, 100, 1, 4), IsOk());
  ASSERT_THAT(uploads_->Commit(id), IsOk());
  EXPECT_EQ(Ids(key), (Numbers{0}));
}

TEST_F(UploadSessionsTest, CommitsOnceHoweverOftenItIsAsked) {
  const TableKey key = MakeTable();
  const std::string id = OpenSession(key);
  ASSERT_THAT(PutBlock(id, 0, 0, 1), IsOk());
  ASSERT_THAT(uploads_->Commit(id), IsOk());
  const auto again = uploads_->Commit(id);
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->applied);
  EXPECT_EQ(Ids(key), (Numbers{0}));
  EXPECT_THAT(PutBlock(id, 1, 5, 1), FailsBecause("StatusConflict"));
}

TEST_F(UploadSessionsTest, OverwritesAtTheCommitOnly) {
  const TableKey key = MakeTable();
  ASSERT_THAT(catalog_->Publish(key, {}, Catalog::Mode::kAppend, {Rows(0, 2)}), IsOk());
  const std::string id = OpenSession(key, UploadMode::kOverwrite);
  ASSERT_THAT(PutBlock(id, 0, 50, 1), IsOk());
  EXPECT_EQ(Ids(key), (Numbers{0, 1}));
  ASSERT_THAT(uploads_->Commit(id), IsOk());
  EXPECT_EQ(Ids(key), (Numbers{50}));
}

TEST_F(UploadSessionsTest, RefusesASecondOverwriteOfTheSameRows) {
  const TableKey key = MakeTable();
  const std::string first = OpenSession(key, UploadMode::kOverwrite);
  EXPECT_THAT(uploads_->Open(key, {}, UploadMode::kOverwrite),
              FailsBecause("OverwriteModeNotAllowed"));
  EXPECT_THAT(uploads_->Open(key, {}, UploadMode::kAppend), IsOk());
  ASSERT_THAT(uploads_->Commit(first), IsOk());
  EXPECT_THAT(uploads_->Open(key, {}, UploadMode::kOverwrite), IsOk());
  clock_.Advance(limits_.session_life);
  EXPECT_THAT(uploads_->Open(key, {}, UploadMode::kOverwrite), IsOk());
}

TEST_F(UploadSessionsTest, ExpiresAfterADay) {
  const TableKey key = MakeTable();
  const std::string id = OpenSession(key);
  ASSERT_THAT(PutBlock(id, 0, 0, 1), IsOk());
  clock_.Advance(std::chrono::hours(24) - std::chrono::seconds(1));
  EXPECT_EQ(uploads_->Get(id).value().state, UploadState::kNormal);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(uploads_->Get(id).value().state, UploadState::kExpired);
  EXPECT_THAT(PutBlock(id, 1, 0, 1), FailsBecause("StatusConflict"));
  EXPECT_THAT(uploads_->Commit(id), FailsBecause("StatusConflict"));
  OpenSession(key);  // sweeps
  EXPECT_EQ(FileCount(), 0U);
  EXPECT_EQ(uploads_->Get(id).value().blocks.size(), 1U);
  clock_.Advance(std::chrono::hours(24 * 7));
  OpenSession(key);
  EXPECT_THAT(uploads_->Get(id), FailsBecause("NoSuchUpload"));
}

TEST_F(UploadSessionsTest, RefusesToCommitIntoAChangedTable) {
  const TableKey key = MakeTable("t", true);
  ASSERT_THAT(catalog_->AddPartition(key, Spec("dt=1")), IsOk());
  const std::string dropped = uploads_->Open(key, Spec("dt=1"), UploadMode::kAppend).value().id;
  ASSERT_THAT(PutBlock(dropped, 0, 0, 1), IsOk());
  ASSERT_THAT(catalog_->DropPartition(key, Spec("dt=1")), IsOk());
  EXPECT_THAT(uploads_->Commit(dropped), FailsBecause("NoSuchPartition"));

  const TableKey other = MakeTable("u");
  const std::string altered = OpenSession(other);
  TableDef def = *catalog_->FindTable(other).value();
  def.columns.columns.push_back(TestColumn("extra", "string"));
  ASSERT_THAT(catalog_->AlterTable(other, def), IsOk());
  EXPECT_THAT(uploads_->Commit(altered), FailsBecause("TableModified"));
}

TEST_F(UploadSessionsTest, RefusesUnknownSessionsPartitionsAndBlockIds) {
  const TableKey key = MakeTable("t", true);
  EXPECT_THAT(uploads_->Get("nothing"), FailsBecause("NoSuchUpload"));
  EXPECT_THAT(uploads_->Open(key, Spec("dt=9"), UploadMode::kAppend),
              FailsBecause("NoSuchPartition"));
  EXPECT_THAT(uploads_->Open(key, {}, UploadMode::kAppend), FailsBecause("InvalidPartitionSpec"));
  const std::string id = OpenSession(MakeTable("u"));
  EXPECT_THAT(PutBlock(id, 20'000, 0, 1), FailsBecause("InvalidBlockID"));
  EXPECT_THAT(PutBlock(id, 19'999, 0, 1), IsOk());
}

TEST_F(UploadSessionsTest, GoesOnAfterARestart) {
  const TableKey key = MakeTable();
  const std::string open = OpenSession(key);
  const std::string closed = OpenSession(key);
  ASSERT_THAT(PutBlock(open, 4, 40, 2), IsOk());
  ASSERT_THAT(PutBlock(closed, 0, 0, 1), IsOk());
  ASSERT_THAT(uploads_->Commit(closed), IsOk());
  Reopen();
  EXPECT_EQ(uploads_->Get(closed).value().state, UploadState::kClosed);
  EXPECT_EQ(uploads_->Get(closed).value().blocks.size(), 1U);
  ASSERT_THAT(PutBlock(open, 5, 50, 1), IsOk());
  ASSERT_THAT(uploads_->Commit(open), IsOk());
  ASSERT_THAT(uploads_->Commit(closed), IsOk());
  Reopen();
  EXPECT_EQ(Ids(key), (Numbers{0, 40, 41, 50}));
  EXPECT_EQ(uploads_->Get(open).value().state, UploadState::kClosed);
}

TEST_F(UploadSessionsTest, ForcesStates) {
  const std::string id = OpenSession(MakeTable());
  ASSERT_THAT(uploads_->Force(id, UploadState::kCommitting), IsOk());
  EXPECT_EQ(uploads_->Get(id).value().state, UploadState::kCommitting);
  EXPECT_THAT(uploads_->Commit(id), FailsBecause("StatusConflict"));
  Reopen();
  EXPECT_EQ(uploads_->Get(id).value().state, UploadState::kCommitting);
}

TEST(SessionIdTest, BeginsWithTheTime) {
  const test::FakeClock clock;
  const std::string id = NewSessionId(clock);
  EXPECT_TRUE(id.starts_with("20260102030405")) << id;
  EXPECT_EQ(id.size(), 14U + 32U);
}

TEST(UploadStateTest, HasNames) {
  EXPECT_EQ(UploadStateName(UploadState::kCommitting), "committing");
  EXPECT_EQ(UploadStateFromName("CRITICAL"), UploadState::kCritical);
  EXPECT_EQ(UploadStateFromName("asleep"), std::nullopt);
}

}  // namespace
}  // namespace culvert::emulator
