// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/committer.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/engine/fakes.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::FakeTarget;
using test::IsOk;
using test::IsOkAndHolds;
using Fault = FakeTarget::CommitFault;

class CommitterTest : public ::testing::Test {
 protected:
  CommitterTest() {
    target_.blocks[0][1].rows = 10;
    target_.blocks[0][2].rows = 20;
    input_.target_name = "flights/dt=1";
    input_.blocks = {{.block_id = 1, .rows_min = 10, .rows_max = 10},
                     {.block_id = 2, .rows_min = 20, .rows_max = 20}};
    input_.before_send = [this] {
      ++announced_;
      return Status();
    };
  }
  Result<std::uint64_t> Commit() { return CommitSession(context_.ctx(), target_, input_); }

  test::FakeContext context_;
  FakeTarget target_{test::TestColumns()};
  CommitInput input_;
  int announced_ = 0;
};

TEST_F(CommitterTest, CommitsOnceAndAnnouncesItBefore) {
  EXPECT_THAT(Commit(), IsOkAndHolds(1u));
  EXPECT_EQ(announced_, 1);
  EXPECT_EQ(target_.commits, 1);
}

TEST_F(CommitterTest, TakesAClosedSessionForDoneWhenItMayHaveBeenSent) {
  target_.states[0] = SessionState::kCommitted;
  input_.may_have_been_sent = true;
  EXPECT_THAT(Commit(), IsOkAndHolds(0u));
  EXPECT_EQ(target_.commits, 0);
}

TEST_F(CommitterTest, DoesNotClaimACommitThatItNeverSent) {
  target_.states[0] = SessionState::kCommitted;
  EXPECT_THAT(Commit(), FailsBecause("CommitOutcomeUnknown"));
}

TEST_F(CommitterTest, AsksAfterALostAnswer) {
  target_.commit_faults = {Fault::kApplyThenFail};
  EXPECT_THAT(Commit(), IsOkAndHolds(1u));
  EXPECT_EQ(target_.commits, 1);
}

TEST_F(CommitterTest, SendsOneMoreWhenTheSessionIsStillOpen) {
  target_.commit_faults = {Fault::kFailOnly};
  EXPECT_THAT(Commit(), IsOkAndHolds(2u));
}

TEST_F(CommitterTest, SendsNoThirdOne) {
  target_.commit_faults = {Fault::kFailOnly, Fault::kFailOnly, Fault::kFailOnly};
  EXPECT_THAT(Commit(), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(target_.commits, 2);
}

TEST_F(CommitterTest, WaitsWhileTheCommitSettles) {
  target_.commit_faults = {Fault::kSettle};
  EXPECT_THAT(Commit(), IsOkAndHolds(1u));
  EXPECT_EQ(target_.commits, 1);
}

TEST_F(CommitterTest, DoesNotRepeatARefusal) {
  target_.commit_faults = {Fault::kRefuse};
  EXPECT_THAT(Commit(), FailsWith(ErrorCode::kPermissionDenied));
  EXPECT_EQ(target_.commits, 1);
}

TEST_F(CommitterTest, SaysUnknownWhenTheSessionIsLostAfterACommit) {
  target_.commit_faults = {Fault::kLose};
  EXPECT_THAT(Commit(), FailsBecause("CommitOutcomeUnknown"));
}

TEST_F(CommitterTest, SaysExpiredWhenNoCommitWasSent) {
  target_.states[0] = SessionState::kLost;
  EXPECT_THAT(Commit(), FailsBecause("SessionExpired"));
}

// Feature: A commit after a failure
TEST_F(CommitterTest, CommitsNothingWhenBlocksDiffer) {
  target_.blocks[0][2].rows = 19;
  EXPECT_THAT(Commit(), FailsBecause("BlockListMismatch"));
  target_.blocks[0].erase(2);
  EXPECT_THAT(Commit(), FailsBecause("BlockListMismatch"));
  target_.blocks[0][2].rows = 20;
  target_.blocks[0][3].rows = 1;
  EXPECT_THAT(Commit(), FailsBecause("BlockListMismatch"));
  EXPECT_EQ(target_.commits, 0);
  EXPECT_EQ(announced_, 0);
}

TEST_F(CommitterTest, LooksOverEmptyBlocksThatAreNotInThePlan) {
  target_.blocks[0][3].rows = 0;
  EXPECT_THAT(Commit(), IsOk());
}

TEST_F(CommitterTest, SendsNothingThatCannotBeAnnounced) {
  input_.before_send = [] { return Status(Fail(ResourceExhausted("disk full"))); };
  EXPECT_THAT(Commit(), FailsWith(ErrorCode::kResourceExhausted));
  EXPECT_EQ(target_.commits, 0);
}

}  // namespace
}  // namespace culvert::runner
