// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/liveness.h"

#include "tests/unit/operator/builders.h"

#include <gtest/gtest.h>

namespace culvert::control {
namespace {

class LivenessTest : public testing::Test {
 protected:
  LivenessTest() : job_(run_.Begun().Job("transfer")) { job_.completions = 2; }
  bool MayRun() const { return MayStillRun(job_, run_.See().pods); }
  bool Anything() const { return AnythingAlive(run_.See().jobs, run_.See().pods); }

  ARun run_;
  JobObject& job_;
};

TEST_F(LivenessTest, AJobWithoutPodsMayMakeThem) {
  EXPECT_TRUE(MayRun());
  EXPECT_TRUE(Anything());
  job_.complete = true;
  EXPECT_FALSE(MayRun());
  EXPECT_FALSE(Anything());
}

TEST_F(LivenessTest, EveryIndexMustHaveEndedWell) {
  run_.Pod(job_, 0).phase = "Succeeded";
  run_.Pod(job_, 0).phase = "Succeeded";  // the same index once more
  EXPECT_TRUE(MayRun());
  PodObject& second = run_.Pod(job_, 1);
  EXPECT_TRUE(MayRun());
  second.phase = "Failed";
  EXPECT_TRUE(MayRun());
  second.phase = "Succeeded";
  EXPECT_FALSE(MayRun());
  EXPECT_FALSE(Anything());
}

TEST_F(LivenessTest, PodsOfOtherJobsDoNotCount) {
  JobObject other = job_;
  other.meta.uid = "another";
  run_.Pod(other, 0).phase = "Succeeded";
  run_.Pod(other, 1).phase = "Succeeded";
  EXPECT_TRUE(MayRun());
}

TEST_F(LivenessTest, AJobThatIsEndingRunsAsLongAsItsPods) {
  job_.ending = true;
  EXPECT_FALSE(MayRun());
  PodObject& last = run_.Pod(job_, 1);
  EXPECT_TRUE(MayRun());
  last.phase = "Failed";
  EXPECT_FALSE(MayRun());
}

TEST_F(LivenessTest, APodWithoutItsJobIsAlive) {
  run_.Pod(job_);
  run_.jobs.clear();
  EXPECT_TRUE(Anything());
}

}  // namespace
}  // namespace culvert::control
