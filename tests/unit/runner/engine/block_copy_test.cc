// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/block_copy.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/engine/fakes.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace culvert::runner {
namespace {

using maxcompute::wire::Codec;
using syncjob::Route;
using test::FailsBecause;
using test::FailsWith;
using test::FakeSource;
using test::FakeTarget;
using test::IsOk;
using test::ReadFault;

constexpr std::uint64_t kRows = 400;
constexpr std::uint64_t kFirst = 1000;

// One block of TestRows from a fake source to a fake target.
class BlockCopyTest : public ::testing::Test {
 protected:
  void Use(Route route, Codec from = Codec::kIdentity, Codec to = Codec::kIdentity) {
    plan_ = {};
    plan_.route = route;
    syncjob::MaxComputeTarget table;
    table.codec = std::string(maxcompute::wire::CodecName(to));
    plan_.spec.target = table;
    plan_.spec.verify = syncjob::Verify::kContentHash;
    for (const record::Column& column : test::TestColumns()) {
      plan_.read_columns.push_back(column.name);
      plan_.read_column_types.push_back(column.type.ToString());
      plan_.columns.push_back({.target = column.name,
                               .target_type = column.type.ToString(),
                               .target_nullable = true,
                               .from = syncjob::ColumnPlan::From::kSource,
                               .source = column.name,
                               .source_type = column.type.ToString()});
    }
    plan_.sources = {{.partition = "", .download_id = "d", .rows = kFirst + kRows, .target = 0}};
    source_.emplace(from);
  }

  Result<BlockResult> Copy() {
    auto spec = CopySpec::Make(plan_);
    EXPECT_THAT(spec, IsOk());
    const CopyServices services{.source = &*source_,
                                .target = &target_,
                                .speed_limit = &no_limit_,
                                .progress = &progress_,
                                .dirty = &dirty_,
                                .retry = {.attempts_max = 4}};
    BlockCopier copier(*spec, services, 1);
    return copier.Copy(context_.ctx(),
                       {.source = 0, .start = kFirst, .rows = kRows, .session = 0, .block_id = 5});
  }

  void ExpectCopied() {
    const auto copied = Copy();
    ASSERT_THAT(copied, IsOk());
    EXPECT_EQ(copied->rows_read, kRows);
    EXPECT_EQ(copied->rows_written, kRows);
    EXPECT_EQ(target_.blocks[0][5].plain, test::TestStream(kFirst, kRows));
    EXPECT_EQ(progress_.rows, kRows);
    EXPECT_EQ(progress_.bytes_raw, copied->bytes_raw);
    if (hash_ == 0) hash_ = copied->content_hash;
    EXPECT_EQ(copied->content_hash, hash_);
  }

  test::FakeContext context_;
  syncjob::Plan plan_;
  std::optional<FakeSource> source_;
  FakeTarget target_{test::TestColumns()};
  SpeedLimit no_limit_{Rates{}};
  Progress progress_;
  DirtyRows dirty_;
  std::uint64_t hash_ = 0;
};

TEST_F(BlockCopyTest, GivesTheSameBlockByEveryRouteAndCodec) {
  for (const Route route : {Route::kPassThrough, Route::kTranscode, Route::kTyped}) {
    for (const auto& [from, to] :
         {std::pair{Codec::kIdentity, Codec::kIdentity},
          std::pair{Codec::kDeflate, Codec::kIdentity}, std::pair{Codec::kIdentity, Codec::kZstd},
          std::pair{Codec::kLz4Frame, Codec::kLz4Frame},
          std::pair{Codec::kSnappyFramed, Codec::kDeflate}}) {
      SCOPED_TRACE(std::string(RouteName(route)) + std::to_string(static_cast<int>(from)) +
                   std::to_string(static_cast<int>(to)));
      Use(route, from, to);
      progress_.rows = progress_.bytes_raw = 0;
      ExpectCopied();
    }
  }
}

TEST_F(BlockCopyTest, GoesOnAtTheFirstRowNotYetTakenWhereverTheBodyBreaks) {
  const std::size_t size = test::TestStream(kFirst, kRows).size();
  for (const Route route : {Route::kPassThrough, Route::kTranscode, Route::kTyped}) {
    for (std::size_t cut = 0; cut < size; cut += 397) {
      SCOPED_TRACE(cut);
      Use(route);
      source_->Push({.cut_after = cut});
      progress_.rows = progress_.bytes_raw = 0;
      ExpectCopied();
      ASSERT_EQ(source_->opened().size(), 2u);
      EXPECT_EQ(source_->opened()[1].start + source_->opened()[1].rows, kFirst + kRows);
    }
  }
}

TEST_F(BlockCopyTest, WritesOneTrailerForManySegments) {
  Use(Route::kPassThrough);
  for (const std::uint64_t cut : {3000u, 2000u, 4000u, 1u, 2500u})
    source_->Push({.cut_after = cut});
  ExpectCopied();
  EXPECT_EQ(target_.opened, 1);
}

TEST_F(BlockCopyTest, ReadsAgainFromWhereAByteWasCorrupted) {
  for (const std::uint64_t flip : {0u, 777u, 5000u}) {
    Use(Route::kPassThrough);
    source_->Push({.flip_byte = flip});
    progress_.rows = progress_.bytes_raw = 0;
    ExpectCopied();
  }
}

TEST_F(BlockCopyTest, CopiesTheWholeBlockAgainWhenOnlyTheTrailerIsMissing) {
  Use(Route::kPassThrough);
  const std::size_t size = test::TestStream(kFirst, kRows).size();
  source_->Push({.cut_after = size - 4, .clean_end = true});
  ExpectCopied();
  EXPECT_EQ(target_.opened, 2);
}

TEST_F(BlockCopyTest, WritesTheSameBlockAgainWhenTheTargetFails) {
  Use(Route::kPassThrough);
  target_.write_faults = {FakeTarget::WriteFault::kFailWrite, FakeTarget::WriteFault::kFailFinish,
                          FakeTarget::WriteFault::kKeepThenFail};
  ExpectCopied();
  EXPECT_EQ(target_.opened, 4);
}

TEST_F(BlockCopyTest, ForwardsCompressedBodiesAndBeginsAnewWhenOneBreaks) {
  Use(Route::kPassThrough, Codec::kZstd, Codec::kZstd);
  source_->Push({.cut_after = 600});
  source_->Push({.flip_byte = 500});
  source_->Push({.cut_after = 900});
  ExpectCopied();
}

TEST_F(BlockCopyTest, GivesUpAfterFailuresWithoutProgress) {
  Use(Route::kPassThrough);
  for (int i = 0; i < 10; ++i) source_->Push({.on_open = Unavailable("down")});
  EXPECT_THAT(Copy(), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(source_->opened().size(), 4u);
  EXPECT_TRUE(target_.blocks[0].empty());
  EXPECT_EQ(progress_.rows, 0u);
}

TEST_F(BlockCopyTest, ABlockWhoseTrailerIsAlwaysWrongEnds) {
  Use(Route::kPassThrough);
  for (int i = 0; i < 50; ++i) source_->Push({.flip_from_end = 2});
  EXPECT_THAT(Copy(), FailsWith(ErrorCode::kDataLoss));
  EXPECT_TRUE(target_.blocks[0].empty());
}

TEST_F(BlockCopyTest, DoesNotRepeatWhatIsFinal) {
  Use(Route::kPassThrough);
  source_->Push({.on_open = FailedPrecondition("gone").Because("SessionExpired")});
  EXPECT_THAT(Copy(), FailsBecause("SessionExpired"));
  EXPECT_EQ(source_->opened().size(), 1u);
}

TEST_F(BlockCopyTest, RefusesASourceWithFewerRowsThanPlanned) {
  Use(Route::kPassThrough);
  source_->missing_rows = 1;
  EXPECT_THAT(Copy(), FailsBecause("SourceChanged"));
  EXPECT_TRUE(target_.blocks[0].empty());
}

TEST_F(BlockCopyTest, StopsWhenTold) {
  Use(Route::kPassThrough);
  context_.Stop();
  EXPECT_THAT(Copy(), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace culvert::runner
