// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/transfer.h"

#include "tests/support/poll.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/engine/fakes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>

namespace culvert::runner {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOk;

// Two shards of three blocks of 50 rows each.
class TransferTest : public ::testing::Test {
 protected:
  TransferTest() {
    plan_.route = syncjob::Route::kPassThrough;
    plan_.spec.target = syncjob::MaxComputeTarget{};
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
    plan_.sources = {{.partition = "", .download_id = "d", .rows = 300, .target = 0}};
    plan_.targets = {{}};
    plan_.sessions = {{}};
    for (std::uint64_t shard = 0; shard < 2; ++shard) {
      plan_.shards.push_back({.streams = 2, .blocks = {}});
      for (std::uint64_t i = 0; i < 3; ++i) {
        const std::uint64_t id = shard * 3 + i;
        plan_.shards.back().blocks.push_back(
            {.source = 0, .start = id * 50, .rows = 50, .session = 0, .block_id = id});
      }
    }
    input_.shards = {0, 1};
    input_.streams = 3;
  }

  Result<std::vector<syncjob::ShardReport>> Run() {
    auto spec = CopySpec::Make(plan_);
    EXPECT_THAT(spec, IsOk());
    const CopyServices services{.source = &source_,
                                .target = &target_,
                                .speed_limit = &no_limit_,
                                .progress = &progress_,
                                .dirty = &dirty_,
                                .retry = {.attempts_max = 2}};
    const TransferHooks hooks{.block_done =
                                  [this](const BlockRecord&) {
                                    ++blocks_done_;
                                    if (on_block_) on_block_();
                                    return block_status_;
                                  },
                              .shard_done =
                                  [this](const OpContext&, std::size_t, syncjob::ShardReport&) {
                                    ++shards_done_;
                                    return Status();
                                  }};
    return Transfer(context_.ctx(), *spec, services, input_, hooks);
  }

  test::FakeContext context_;
  syncjob::Plan plan_;
  test::FakeSource source_;
  test::FakeTarget target_{test::TestColumns()};
  SpeedLimit no_limit_{Rates{}};
  Progress progress_;
  DirtyRows dirty_;
  TransferInput input_;
  std::atomic<int> blocks_done_ = 0;
  std::atomic<int> shards_done_ = 0;
  Status block_status_;
  std::function<void()> on_block_;
};

TEST_F(TransferTest, CopiesEveryBlockOnce) {
  const auto reports = Run();
  ASSERT_THAT(reports, IsOk());
  ASSERT_EQ(reports->size(), 2u);
  EXPECT_EQ((*reports)[1].shard, 1u);
  EXPECT_EQ((*reports)[1].rows_written, 150u);
  EXPECT_EQ((*reports)[1].blocks, 3u);
  EXPECT_EQ((*reports)[1].route, "pass-through");
  EXPECT_EQ(target_.blocks[0].size(), 6u);
  EXPECT_EQ(blocks_done_, 6);
  EXPECT_EQ(shards_done_, 2);
}

TEST_F(TransferTest, LeavesOutBlocksThatAreDoneAndCountsThem) {
  BlockResult result;
  result.rows_read = result.rows_written = 50;
  input_.done = {{.where = {.shard = 0, .block = 1}, .result = result}};
  const auto reports = Run();
  ASSERT_THAT(reports, IsOk());
  EXPECT_EQ(target_.blocks[0].size(), 5u);
  EXPECT_EQ((*reports)[0].rows_written, 150u);
}

TEST_F(TransferTest, ALimitOfOneStillCopiesEverything) {
  StreamLimit limit(1);
  input_.stream_limit = &limit;
  ASSERT_THAT(Run(), IsOk());
  EXPECT_EQ(target_.blocks[0].size(), 6u);
  EXPECT_FALSE(limit.AwaitTurn(0, {}));  // closed: nobody rests for ever
}

// Feature: speed.concurrent
TEST_F(TransferTest, AHigherLimitLetsMoreStreamsWork) {
  StreamLimit limit(1);
  input_.stream_limit = &limit;
  // The first block is done only when another stream has begun one of its own.
  std::atomic<int> meeting = 0;
  on_block_ = [&] {
    limit.Set(2);
    if (++meeting > 2) return;
    EXPECT_TRUE(test::Eventually(std::chrono::seconds(10), [&] { return meeting >= 2; }));
  };
  ASSERT_THAT(Run(), IsOk());
  EXPECT_EQ(target_.blocks[0].size(), 6u);
}

TEST_F(TransferTest, FailureSendsRestingStreamsHome) {
  StreamLimit limit(1);
  input_.stream_limit = &limit;
  block_status_ = Fail(ResourceExhausted("disk full").Because("LocalPressure"));
  EXPECT_THAT(Run(), FailsBecause("LocalPressure"));
}

TEST_F(TransferTest, BuffersAreGivenBackAtTheEnd) {
  std::atomic<std::uint64_t> held = 0;
  on_block_ = [&] { held = progress_.buffer_bytes.load(); };
  ASSERT_THAT(Run(), IsOk());
  EXPECT_GT(held, 0u);
  EXPECT_EQ(progress_.buffer_bytes, 0u);
}

TEST_F(TransferTest, FinishesAShardWhoseBlocksAreAllDone) {
  BlockResult result;
  result.rows_read = result.rows_written = 50;
  for (std::size_t i = 0; i < 3; ++i) {
    input_.done.push_back({.where = {.shard = 0, .block = i}, .result = result});
  }
  ASSERT_THAT(Run(), IsOk());
  EXPECT_EQ(shards_done_, 2);
  EXPECT_EQ(blocks_done_, 3);
}

TEST_F(TransferTest, StopsAtTheFirstFinalError) {
  source_.Push({.on_open = FailedPrecondition("gone").Because("SessionExpired")});
  EXPECT_THAT(Run(), FailsBecause("SessionExpired"));
}

TEST_F(TransferTest, StopsWhenABlockCannotBeRecorded) {
  block_status_ = Fail(ResourceExhausted("disk full").Because("LocalPressure"));
  EXPECT_THAT(Run(), FailsBecause("LocalPressure"));
  EXPECT_EQ(shards_done_, 0);
}

// Feature: errorLimit.record
// Feature: Dirty threshold ends the task
TEST_F(TransferTest, StopsBeyondTheDirtyLimit) {
  input_.dirty_before = 3;
  plan_.spec.error_limit_record = 2;
  EXPECT_THAT(Run(), FailsBecause("DirtyLimitExceeded"));
  EXPECT_EQ(shards_done_, 0);
}

// Feature: A dirty record says why
TEST_F(TransferTest, AReportHasTheSamplesOfItsShard) {
  const syncjob::Block& second = plan_.shards[1].blocks[0];
  dirty_.Sample(context_.ctx().log, {.job = "a/b",
                                     .partition = plan_.sources[second.source].partition,
                                     .row = second.start + 1,
                                     .column = "c",
                                     .reason = DirtyReason::kValueRefused,
                                     .message = "no"});
  dirty_.Sample(context_.ctx().log,
                {.job = "a/b", .partition = "of no block", .row = 0, .column = "d", .message = ""});
  const auto reports = Run();
  ASSERT_THAT(reports, IsOk());
  EXPECT_TRUE((*reports)[0].dirty_samples.empty());
  ASSERT_EQ((*reports)[1].dirty_samples.size(), 1u);
  EXPECT_EQ((*reports)[1].dirty_samples[0].reason, "ValueRefused");
  syncjob::ShardReport totals;
  for (int i = 0; i < 20; ++i) AddShard((*reports)[1], totals);
  EXPECT_EQ(totals.dirty_samples.size(), syncjob::kDirtySamplesMax);
  input_.dirty_before = 3;
  plan_.spec.error_limit_record = 2;
  const auto failed = Run();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().message.find("3 dirty rows, the limit is 2; the first: row "), 0u)
      << failed.error().message;
}

TEST_F(TransferTest, EndsCancelledWhenStopped) {
  context_.Stop();
  EXPECT_THAT(Run(), FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(blocks_done_, 0);
}

}  // namespace
}  // namespace culvert::runner
