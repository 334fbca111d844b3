// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/failure.h"

#include "libs/syncjob/step_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace culvert::control {
namespace {

using ::testing::HasSubstr;

PodObject Ended(int exit_code, const std::string& reason = "", std::uint64_t committed = 0) {
  PodObject pod;
  pod.meta.key.name = "copy-1-transfer-3-abcde";
  pod.step = "transfer";
  pod.index = 3;
  pod.phase = exit_code == 0 ? "Succeeded" : "Failed";
  pod.exit_code = exit_code;
  pod.exit_reason = "Error";
  pod.finished = "2026-01-02T03:04:05Z";
  if (!reason.empty()) {
    pod.last_word = syncjob::StepMessageToJson({.step = syncjob::Step::kTransfer,
                                                .exit_code = exit_code,
                                                .reason = reason,
                                                .message = "what happened",
                                                .committed = committed});
  }
  return pod;
}

TEST(FailureTest, ThePodsOwnWordIsTaken) {
  const auto failure = JudgePod(Ended(16, "SessionExpired", 2));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, FailureClass::kNewAttempt);
  EXPECT_EQ(failure->reason, "SessionExpired");
  EXPECT_EQ(failure->message, "what happened");
  EXPECT_EQ(failure->step, "transfer");
  EXPECT_EQ(failure->index, 3);
  EXPECT_EQ(failure->committed, 2u);
  EXPECT_TRUE(failure->has_word);
}

TEST(FailureTest, AReportThatComesWithAFailureIsKept) {
  PodObject pod = Ended(10, "PostSqlFailed");
  syncjob::StepMessage word{.step = syncjob::Step::kCommit,
                            .exit_code = 10,
                            .partitions = 7,
                            .reason = "PostSqlFailed",
                            .message = "no"};
  word.run.emplace().job = "default/copy";
  pod.last_word = syncjob::StepMessageToJson(word);
  const auto failure = JudgePod(pod);
  ASSERT_TRUE(failure && failure->report);
  EXPECT_EQ(failure->report->job, "default/copy");
  EXPECT_EQ(failure->partitions, 7u);
}

TEST(FailureTest, EachExitCodeHasItsClass) {
  for (const auto& [code, kind] :
       std::initializer_list<std::pair<int, FailureClass>>{{10, FailureClass::kTerminal},
                                                           {11, FailureClass::kTerminal},
                                                           {12, FailureClass::kTerminal},
                                                           {13, FailureClass::kTerminal},
                                                           {14, FailureClass::kTerminal},
                                                           {15, FailureClass::kNewAttempt},
                                                           {16, FailureClass::kNewAttempt},
                                                           {17, FailureClass::kTerminal},
                                                           {20, FailureClass::kCredentials},
                                                           {21, FailureClass::kCredentials},
                                                           {30, FailureClass::kTransient},
                                                           {31, FailureClass::kTransient},
                                                           {32, FailureClass::kTransient},
                                                           {40, FailureClass::kPoison},
                                                           {41, FailureClass::kTerminal},
                                                           {143, FailureClass::kStopped},
                                                           {1, FailureClass::kCrashed},
                                                           {134, FailureClass::kCrashed},
                                                           {137, FailureClass::kCrashed}}) {
    EXPECT_EQ(JudgePod(Ended(code))->kind, kind) << code;
    EXPECT_EQ(JudgePod(Ended(code, "Word"))->kind, kind) << code;
  }
}

TEST(FailureTest, WithoutAWordItSaysWhatIsKnown) {
  const auto crashed = JudgePod(Ended(134));
  EXPECT_EQ(crashed->reason, "RunnerCrashed");
  EXPECT_THAT(crashed->message, HasSubstr("kubectl logs copy-1-transfer-3-abcde"));
  EXPECT_FALSE(crashed->has_word);
  PodObject killed = Ended(137);
  killed.exit_reason = "OOMKilled";
  EXPECT_EQ(JudgePod(killed)->kind, FailureClass::kOutOfMemory);
  EXPECT_EQ(JudgePod(killed)->reason, "OOMKilled");
  PodObject preempted = Ended(137);
  preempted.disruption = "PreemptionByScheduler: preempted";
  EXPECT_EQ(JudgePod(preempted)->kind, FailureClass::kStopped);
  EXPECT_THAT(JudgePod(preempted)->message, HasSubstr("preempted"));
  PodObject evicted;
  evicted.phase = "Failed";
  evicted.status_reason = "Evicted";
  evicted.status_message = "The node was low on resource: memory";
  EXPECT_EQ(JudgePod(evicted)->reason, "Evicted");
  EXPECT_THAT(JudgePod(evicted)->message, HasSubstr("low on resource"));
}

TEST(FailureTest, AWordOfAnotherEndIsNotBelieved) {
  PodObject pod = Ended(137);
  pod.last_word = Ended(30, "ServerError").last_word;
  EXPECT_EQ(JudgePod(pod)->kind, FailureClass::kCrashed);
}

TEST(FailureTest, NoFailureWithoutAnEnd) {
  EXPECT_FALSE(JudgePod(Ended(0)));
  PodObject running;
  running.phase = "Running";
  EXPECT_FALSE(JudgePod(running));
  running.phase = "Pending";
  EXPECT_FALSE(JudgePod(running));
  PodObject disrupted = Ended(0);  // done, and evicted all the same
  disrupted.phase = "Failed";
  EXPECT_EQ(JudgePod(disrupted)->kind, FailureClass::kStopped);
}

TEST(FailureTest, TheWeightiestDecidesThenTheLatest) {
  const auto shared = [](PodObject pod, const char* finished) {
    pod.finished = finished;
    return std::make_shared<const PodObject>(std::move(pod));
  };
  EXPECT_FALSE(Worst({}));
  EXPECT_FALSE(Worst({shared(Ended(0), "1")}));
  EXPECT_EQ(Worst({shared(Ended(143), "9"), shared(Ended(30, "A"), "1"),
                   shared(Ended(30, "B"), "3"), shared(Ended(30, "C"), "2")})
                ->reason,
            "B");
  EXPECT_EQ(
      Worst({shared(Ended(13, "PermissionDenied"), "1"), shared(Ended(21, "X"), "9")})->reason,
      "PermissionDenied");
}

}  // namespace
}  // namespace culvert::control
