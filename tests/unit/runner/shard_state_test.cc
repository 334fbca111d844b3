// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/shard_state.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/two_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace culvert::runner {
namespace {

using maxcompute::wire::Codec;
using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using test::TwoSessionPlan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using CommitFault = test::FakeTarget::CommitFault;

class ShardStateTest : public ::testing::Test {
 protected:
  Result<ShardState> Ask(std::vector<std::size_t> shards, bool may_have_committed = false) {
    return AskShards(context_.ctx(), plan_, shards, may_have_committed, target_, word_);
  }
  /// Shard and block of each that is done.
  static std::vector<std::pair<std::size_t, std::size_t>> Places(const ShardState& state) {
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (const BlockRecord& record : state.done) {
      places.emplace_back(record.where.shard, record.where.block);
    }
    return places;
  }
  std::uint64_t Told() { return test::SessionsTold(word_); }

  test::FakeContext context_;
  test::FakeTarget target_{test::TestColumns()};
  syncjob::Plan plan_ = TwoSessionPlan();
  LastWord word_{syncjob::Step::kTransfer};
};

TEST_F(ShardStateTest, TitlesNameTableAndPartition) {
  EXPECT_EQ(SessionTitle(plan_, 1), "t/dt=2");
  plan_.targets[1].partition = "";
  EXPECT_EQ(SessionTitle(plan_, 1), "t");
}

TEST_F(ShardStateTest, OlderBlocksAreThoseOfAnOpenSessionThatReplaces) {
  for (const std::int32_t attempt : {1, 2}) {
    for (const bool truncate : {false, true}) {
      for (const bool by_sql : {false, true}) {
        plan_.attempt = attempt;
        std::get<syncjob::MaxComputeTarget>(plan_.spec.target).truncate = truncate;
        plan_.truncate_by_sql = by_sql;
        EXPECT_EQ(MayHoldOlderBlocks(plan_), attempt == 2 && truncate && !by_sql);
      }
    }
  }
  plan_.spec.target = syncjob::StreamTarget{};
  EXPECT_FALSE(MayHoldOlderBlocks(plan_));
}

TEST_F(ShardStateTest, AFirstPodFindsNothing) {
  target_.field_bytes_max = 4096;
  const auto state = Ask({0, 1});
  ASSERT_THAT(state, IsOk());
  EXPECT_THAT(state->done, IsEmpty());
  EXPECT_THAT(state->committed, IsEmpty());
  EXPECT_EQ(state->field_bytes_max, 4096U);
  EXPECT_EQ(Told(), 0U);
}

TEST_F(ShardStateTest, AnotherTargetIsNotAsked) {
  test::SessionlessTarget target;
  const auto state = AskShards(context_.ctx(), plan_, {0, 1}, false, target, word_);
  ASSERT_THAT(state, IsOk());
  EXPECT_THAT(state->done, IsEmpty());
}

TEST_F(ShardStateTest, WholeBlocksNeedNotBeSentAgain) {
  test::HoldAll(plan_, target_);
  const auto state = Ask({0});
  ASSERT_THAT(state, IsOk());
  EXPECT_THAT(Places(*state), ElementsAre(Pair(0, 0), Pair(0, 1)));
  EXPECT_EQ(state->done[1].result.rows_read, 20U);
  EXPECT_EQ(state->done[1].result.rows_written, 20U);
  EXPECT_EQ(Told(), 0U);
}

TEST_F(ShardStateTest, BlocksThatDifferAreSentAgain) {
  target_.blocks[0][1].rows = 9;   // fewer rows
  target_.blocks[0][2].rows = 21;  // more
  target_.blocks[0][7].rows = 20;  // not of the plan
  target_.blocks[1][2].rows = 30;  // the rows of shard 1 under an id of another
  const auto state = Ask({0, 1});
  ASSERT_THAT(state, IsOk());
  EXPECT_THAT(state->done, IsEmpty());
}

TEST_F(ShardStateTest, OnlyTheSessionsOfItsShardsAreAsked) {
  test::HoldAll(plan_, target_);
  target_.load_errors[0] = PermissionDenied("no");
  const auto state = Ask({1});
  ASSERT_THAT(state, IsOk());
  EXPECT_THAT(Places(*state), ElementsAre(Pair(1, 0)));
  EXPECT_THAT(Ask({0, 1}), FailsWith(ErrorCode::kPermissionDenied));
}

TEST_F(ShardStateTest, WhatABlockReportsMustBeKnownFromThePlan) {
  test::HoldAll(plan_, target_);
  plan_.route = syncjob::Route::kTyped;  // dirty rows are counted by converting
  EXPECT_THAT(Ask({0, 1})->done, IsEmpty());
  plan_.route = syncjob::Route::kTranscode;
  EXPECT_EQ(Ask({0, 1})->done.size(), 3U);
  plan_.spec.verify = syncjob::Verify::kContentHash;  // so is the hash
  EXPECT_THAT(Ask({0, 1})->done, IsEmpty());
}

TEST_F(ShardStateTest, EqualCountsProveNothingWhereOlderBlocksMayBe) {
  test::HoldAll(plan_, target_);
  plan_.attempt = 2;
  test::Replace(plan_, false);
  EXPECT_THAT(Ask({0, 1})->done, IsEmpty());
  test::Replace(plan_, true);
  EXPECT_EQ(Ask({0, 1})->done.size(), 3U);
}

TEST_F(ShardStateTest, ACommittedSessionIsDoneWhateverItsBlocksAre) {
  for (const SessionState found : {SessionState::kCommitted, SessionState::kSettling}) {
    LastWord word(syncjob::Step::kTransfer);
    target_.states[0] = found;
    const auto state = AskShards(context_.ctx(), plan_, {0, 1}, true, target_, word);
    ASSERT_THAT(state, IsOk());
    EXPECT_THAT(state->committed, ElementsAre(0));
    EXPECT_THAT(Places(*state), ElementsAre(Pair(0, 0), Pair(0, 1)));
    EXPECT_EQ(test::SessionsTold(word), 1U);
  }
}

TEST_F(ShardStateTest, ACommittedSessionIsReadAgainWhereItsReportIsNotKnown) {
  plan_.route = syncjob::Route::kTyped;
  target_.states[0] = SessionState::kCommitted;
  const auto state = Ask({0}, true);
  ASSERT_THAT(state, IsOk());
  EXPECT_THAT(state->committed, ElementsAre(0));
  EXPECT_THAT(state->done, IsEmpty());
}

TEST_F(ShardStateTest, ALostSessionThatNobodyCommittedIsExpired) {
  target_.states[1] = SessionState::kLost;
  const auto state = Ask({0, 1});
  EXPECT_THAT(state, FailsBecause("SessionExpired"));
  EXPECT_EQ(state.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(state.error().message, HasSubstr("t/dt=2 is STATE"));
}

TEST_F(ShardStateTest, ALostSessionThatAPodMayHaveCommittedIsForAPerson) {
  target_.states[1] = SessionState::kLost;
  const auto state = Ask({0, 1}, true);
  EXPECT_THAT(state, FailsBecause("CommitOutcomeUnknown"));
  EXPECT_EQ(state.error().code, ErrorCode::kUnknown);
  EXPECT_THAT(state.error().message, HasSubstr("compare the rows of t/dt=2 with the source"));
}

TEST_F(ShardStateTest, ALostSessionOfARunThatReplacesIsExpiredAllTheSame) {
  test::Replace(plan_, true);
  target_.states[1] = SessionState::kLost;
  EXPECT_THAT(Ask({0, 1}, true), FailsBecause("SessionExpired"));
}

// What is committed stands, whatever becomes of the rest.
TEST_F(ShardStateTest, ACommittedSessionIsToldBesideALostOne) {
  target_.states[0] = SessionState::kCommitted;
  target_.states[1] = SessionState::kLost;
  EXPECT_THAT(Ask({0, 1}, true), FailsBecause("CommitOutcomeUnknown"));
  EXPECT_EQ(Told(), 1U);
}

TEST_F(ShardStateTest, BlocksOfACommittedSessionGoNowhere) {
  KeepCommitted kept(target_, {0});
  const auto writer = kept.OpenBlock(context_.ctx(), 0, 1, Codec::kIdentity);
  ASSERT_THAT(writer, IsOk());
  EXPECT_THAT((*writer)->Write(context_.ctx(), test::TestStream(0, 10)), IsOk());
  EXPECT_THAT((*writer)->Finish(context_.ctx()), IsOk());
  EXPECT_EQ(target_.opened, 0);
  EXPECT_THAT(target_.blocks, IsEmpty());
  context_.Stop();
  EXPECT_THAT((*writer)->Write(context_.ctx(), {}), FailsWith(ErrorCode::kCancelled));
  EXPECT_THAT((*writer)->Finish(context_.ctx()), FailsWith(ErrorCode::kCancelled));
}

TEST_F(ShardStateTest, BlocksOfOthersArePassedOn) {
  KeepCommitted kept(target_, {0});
  const auto writer = kept.OpenBlock(context_.ctx(), 1, 1, Codec::kIdentity);
  ASSERT_THAT(writer, IsOk());
  EXPECT_THAT((*writer)->Write(context_.ctx(), test::TestStream(30, 30)), IsOk());
  EXPECT_THAT((*writer)->Finish(context_.ctx()), IsOk());
  EXPECT_EQ(target_.blocks[1][1].rows, 30U);
  EXPECT_EQ(kept.Load(context_.ctx(), 1)->blocks.size(), 1U);
  EXPECT_THAT(kept.Commit(context_.ctx(), 1), IsOk());
  EXPECT_EQ(target_.states[1], SessionState::kCommitted);
  EXPECT_TRUE(kept.has_sessions());
}

/// Each shard commits a session of its own: `consistencyCommit: false`.
class OwnSessionsTest : public ShardStateTest {
 protected:
  OwnSessionsTest() {
    plan_.sessions[0].shard = 0;
    plan_.sessions[1].shard = 1;
    test::HoldAll(plan_, target_);
  }
  Status Commit(std::size_t shard) {
    return CommitOwnSessions(context_.ctx(), plan_, shard, target_, report_, word_);
  }

  syncjob::ShardReport report_;
};

TEST_F(OwnSessionsTest, CommitsThoseOfTheShardAlone) {
  ASSERT_THAT(Commit(1), IsOk());
  EXPECT_EQ(target_.states[0], SessionState::kOpen);
  EXPECT_EQ(target_.states[1], SessionState::kCommitted);
  EXPECT_EQ(target_.commits, 1);
  EXPECT_EQ(report_.commits_sent, 1U);
  EXPECT_EQ(Told(), 1U);
}

TEST_F(OwnSessionsTest, AnotherPodsCommitCounts) {
  target_.states[0] = SessionState::kCommitted;
  ASSERT_THAT(Commit(0), IsOk());
  EXPECT_EQ(target_.commits, 0);
  EXPECT_EQ(report_.commits_sent, 1U);
}

TEST_F(OwnSessionsTest, ALostAnswerIsAskedFor) {
  target_.commit_faults = {CommitFault::kApplyThenFail};
  ASSERT_THAT(Commit(0), IsOk());
  EXPECT_EQ(report_.commits_sent, 1U);
  target_.commit_faults = {CommitFault::kFailOnly};
  ASSERT_THAT(Commit(1), IsOk());
  EXPECT_EQ(report_.commits_sent, 3U);
  EXPECT_EQ(target_.commits, 3);
}

TEST_F(OwnSessionsTest, AnUnknownOutcomeIsTold) {
  target_.commit_faults = {CommitFault::kLose};
  EXPECT_THAT(Commit(0), FailsBecause("CommitOutcomeUnknown"));
  EXPECT_EQ(Told(), 1U) << "before it was sent";
  EXPECT_EQ(report_.commits_sent, 0U);
}

// A pod before this one may have sent it.
TEST_F(OwnSessionsTest, ASessionThatIsLostMayBeCommitted) {
  target_.states[0] = SessionState::kLost;
  EXPECT_THAT(Commit(0), FailsBecause("CommitOutcomeUnknown"));
  EXPECT_EQ(target_.commits, 0);
}

TEST_F(OwnSessionsTest, BlocksThatDifferAreNotCommitted) {
  const auto refused = [&] {
    EXPECT_THAT(Commit(0), FailsBecause("BlockListMismatch"));
    EXPECT_EQ(target_.commits, 0);
    EXPECT_EQ(Told(), 0U);
  };
  target_.blocks[0][2].rows = 19;
  refused();
  target_.blocks[0].erase(2);
  refused();
  target_.blocks[0][2].rows = 20;
  target_.blocks[0][3].rows = 1;
  refused();
}

TEST_F(OwnSessionsTest, RowsLeftOutMayBeMissing) {
  report_.rows_dirty = 2;
  report_.rows_filtered = 1;
  target_.blocks[0][1].rows = 7;
  ASSERT_THAT(Commit(0), IsOk());
  target_.states[0] = SessionState::kOpen;
  target_.blocks[0][1].rows = 6;
  EXPECT_THAT(Commit(0), FailsBecause("BlockListMismatch"));
}

}  // namespace
}  // namespace culvert::runner
