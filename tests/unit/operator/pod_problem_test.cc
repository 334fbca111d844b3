// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/pod_problem.h"

#include "tests/unit/operator/builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace culvert::control {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

PodObject Pending() {
  PodObject pod;
  pod.meta.key.name = "copy-1-plan-0-x";
  pod.phase = "Pending";
  pod.meta.creation_timestamp = At(seconds(-20));
  return pod;
}

TEST(PodProblemTest, AHealthyPodHasNone) {
  PodObject pod = Pending();
  EXPECT_EQ(ProblemOf(pod, kNow), std::nullopt);
  pod.waiting_reason = "ContainerCreating";
  EXPECT_EQ(ProblemOf(pod, kNow), std::nullopt);
  pod.phase = "Running";
  EXPECT_EQ(ProblemOf(pod, kNow), std::nullopt);
  pod.phase = "Failed";
  pod.waiting_reason = "ImagePullBackOff";
  EXPECT_EQ(ProblemOf(pod, kNow), std::nullopt);  // over
}

TEST(PodProblemTest, EachHasItsReasonAndRemedy) {
  PodObject image = Pending();
  image.waiting_reason = "ErrImagePull";
  image.waiting_message = "not found";
  EXPECT_EQ(ProblemOf(image, kNow)->reason, "ImagePullBackOff");
  EXPECT_THAT(ProblemOf(image, kNow)->message, HasSubstr("not found"));
  EXPECT_THAT(ProblemOf(image, kNow)->message, HasSubstr("imagePullSecrets"));
  PodObject config = Pending();
  config.waiting_reason = "CreateContainerConfigError";
  config.waiting_message = "container has runAsNonRoot and image will run as root";
  EXPECT_EQ(ProblemOf(config, kNow)->reason, "CreateContainerConfigError");
  PodObject homeless = Pending();
  homeless.unschedulable = "0/3 nodes are available: 3 Insufficient memory.";
  EXPECT_EQ(ProblemOf(homeless, kNow)->reason, "Unschedulable");
  EXPECT_THAT(ProblemOf(homeless, kNow)->message, HasSubstr("Insufficient memory"));
  EXPECT_THAT(ProblemOf(homeless, kNow)->message, HasSubstr("spec.runner.resources"));
}

TEST(PodProblemTest, SomeShowByTimeOnly) {
  PodObject volumes = Pending();
  volumes.waiting_reason = "ContainerCreating";
  volumes.meta.creation_timestamp = At(seconds(-91));
  EXPECT_EQ(ProblemOf(volumes, kNow)->reason, "VolumesNotReady");
  EXPECT_THAT(ProblemOf(volumes, kNow)->message, HasSubstr("caBundleRef"));
  PodObject lost = Pending();
  lost.phase = "Running";
  lost.node = "n1";
  lost.meta.deletion_timestamp = At(seconds(-59));
  EXPECT_EQ(ProblemOf(lost, kNow), std::nullopt);
  lost.meta.deletion_timestamp = At(seconds(-61));
  EXPECT_EQ(ProblemOf(lost, kNow)->reason, "PodLost");
  EXPECT_THAT(ProblemOf(lost, kNow)->message, HasSubstr("kubectl taint nodes n1"));
}

TEST(PodProblemTest, AJobWithoutPodsIsOne) {
  ARun run;
  run.Begun();
  JobObject& job = run.Job("plan");
  job.meta.creation_timestamp = At(seconds(-59));
  EXPECT_EQ(FindProblem(job, {}, kNow), std::nullopt);
  job.meta.creation_timestamp = At(seconds(-61));
  EXPECT_EQ(FindProblem(job, {}, kNow)->reason, "PodsNotCreated");
  PodObject other = Pending();
  other.job_uid = "another";
  EXPECT_EQ(FindProblem(job, {std::make_shared<const PodObject>(other)}, kNow)->reason,
            "PodsNotCreated");
  PodObject own = Pending();
  own.job_uid = job.meta.uid;
  EXPECT_EQ(FindProblem(job, {std::make_shared<const PodObject>(own)}, kNow), std::nullopt);
  job.complete = true;
  EXPECT_EQ(FindProblem(job, {}, kNow), std::nullopt);
}

class WaitsInVainTest : public testing::Test {
 protected:
  WaitsInVainTest() { job_.meta.uid = "j"; }
  PodObject Pod(const std::string& phase, seconds deleted) {
    PodObject pod;
    pod.job_uid = "j";
    pod.phase = phase;
    if (deleted != seconds(0)) pod.meta.deletion_timestamp = At(deleted);
    return pod;
  }
  bool Ask(const std::vector<PodObject>& pods) {
    std::vector<PodPtr> pointers;
    for (const PodObject& pod : pods) pointers.push_back(std::make_shared<PodObject>(pod));
    return WaitsInVain(job_, pointers, kNow);
  }
  JobObject job_;
};

TEST_F(WaitsInVainTest, AllPodsEndedAndAreKept) {
  EXPECT_TRUE(Ask({Pod("Failed", seconds(-21)), Pod("Failed", seconds(-40))}));
  EXPECT_TRUE(Ask({Pod("Failed", seconds(-21)), Pod("Succeeded", seconds(0))}));
}

TEST_F(WaitsInVainTest, ASuccessorMayStillCome) {
  EXPECT_FALSE(Ask({}));
  EXPECT_FALSE(Ask({Pod("Succeeded", seconds(-40))}));
  EXPECT_FALSE(Ask({Pod("Failed", seconds(-21)), Pod("Failed", seconds(-19))}));
  EXPECT_FALSE(Ask({Pod("Failed", seconds(-21)), Pod("Pending", seconds(0))}));
  EXPECT_FALSE(Ask({Pod("Failed", seconds(-21)), Pod("Running", seconds(-40))}));
  EXPECT_FALSE(Ask({Pod("Failed", seconds(0))}));  // it failed, the Job waits longer each time
}

TEST_F(WaitsInVainTest, TheJobIsOver) {
  const std::vector<PodObject> kept = {Pod("Failed", seconds(-40))};
  job_.failed = true;
  EXPECT_FALSE(Ask(kept));
  job_.failed = false;
  job_.meta.deletion_timestamp = At(seconds(-1));
  EXPECT_FALSE(Ask(kept));
}

}  // namespace
}  // namespace culvert::control
