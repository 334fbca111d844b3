// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/download_sessions.h"

#include "tests/unit/emulator/stores_fixture.h"

namespace culvert::emulator {
namespace {

using test::FailsBecause;
using test::IsOk;
using Mode = Catalog::Mode;
using Numbers = std::vector<std::int64_t>;

class DownloadSessionsTest : public StoresFixture {};

TEST_F(DownloadSessionsTest, DoesNotSeeRowsAppendedLater) {
  const TableKey key = MakeTable();
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kAppend, {Rows(0, 3)}), IsOk());
  const auto session = downloads_->Open(key, {}).value();
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kAppend, {Rows(3, 1)}), IsOk());
  EXPECT_EQ(session->rows, 3U);
  EXPECT_EQ(IdsOf(session->segments), (Numbers{0, 1, 2}));
  EXPECT_THAT(downloads_->CheckUnmodified(*session), IsOk());
}

TEST_F(DownloadSessionsTest, TellsWhenItsRowsWereReplaced) {
  const TableKey key = MakeTable();
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kAppend, {Rows(0, 3)}), IsOk());
  const auto session = downloads_->Open(key, {}).value();
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kOverwrite, {Rows(9, 1)}), IsOk());
  EXPECT_THAT(downloads_->CheckUnmodified(*session), FailsBecause("TableModified"));
  EXPECT_EQ(IdsOf(session->segments), (Numbers{0, 1, 2}));
}

TEST_F(DownloadSessionsTest, TellsWhenItsTableWasDroppedOrMadeAgain) {
  const TableKey key = MakeTable();
  const auto session = downloads_->Open(key, {}).value();
  ASSERT_THAT(catalog_->DropTable(key), IsOk());
  EXPECT_THAT(downloads_->CheckUnmodified(*session), FailsBecause("TableModified"));
  MakeTable();
  EXPECT_THAT(downloads_->CheckUnmodified(*session), FailsBecause("TableModified"));
}

TEST_F(DownloadSessionsTest, ExpiresAfterADayAndIsForgottenAfterTwo) {
  const TableKey key = MakeTable();
  const auto session = downloads_->Open(key, {}).value();
  EXPECT_EQ(downloads_->StateOf(*session), DownloadState::kNormal);
  clock_.Advance(std::chrono::hours(24));
  EXPECT_EQ(downloads_->StateOf(*session), DownloadState::kExpired);
  EXPECT_THAT(downloads_->Get(session->id), IsOk());
  clock_.Advance(std::chrono::hours(24));
  ASSERT_THAT(downloads_->Open(key, {}), IsOk());
  EXPECT_THAT(downloads_->Get(session->id), FailsBecause("NoSuchDownload"));
}

TEST_F(DownloadSessionsTest, KeepsItsRowsAcrossARestart) {
  const TableKey key = MakeTable();
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kAppend, {Rows(0, 2)}), IsOk());
  const std::string id = downloads_->Open(key, {}).value()->id;
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kOverwrite, {}), IsOk());
  Reopen();
  const auto session = downloads_->Get(id);
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(IdsOf((*session)->segments), (Numbers{0, 1}));
  EXPECT_THAT(downloads_->CheckUnmodified(**session), FailsBecause("TableModified"));
}

TEST_F(DownloadSessionsTest, ServesInstanceResultsUpToALimit) {
  ResultSet result;
  result.schema.columns = TestColumns();
  result.layout = std::make_shared<const maxcompute::wire::RecordLayout>(TestColumns());
  result.segments = {Rows(0, 5), Rows(5, 5)};
  const auto session = downloads_->OpenInstance("p", "i1", result, 7).value();
  EXPECT_EQ(session->rows, 7U);
  EXPECT_EQ(session->starts, (std::vector<std::uint64_t>{0, 5}));
  EXPECT_THAT(downloads_->CheckUnmodified(*session), IsOk());
}

TEST_F(DownloadSessionsTest, ExpiresOnDemand) {
  const auto session = downloads_->Open(MakeTable(), {}).value();
  ASSERT_THAT(downloads_->Expire(session->id), IsOk());
  EXPECT_EQ(downloads_->StateOf(*downloads_->Get(session->id).value()), DownloadState::kExpired);
  Reopen();
  EXPECT_EQ(downloads_->StateOf(*downloads_->Get(session->id).value()), DownloadState::kExpired);
}

}  // namespace
}  // namespace culvert::emulator
