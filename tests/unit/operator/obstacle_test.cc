// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/obstacle.h"

#include "libs/kube/api_error.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <variant>

namespace culvert::control {
namespace {

TEST(ObstacleTest, IsWhatAPersonMustChange) {
  for (const Error& error :
       {InvalidArgument("spec.source: required").Because("Invalid"),
        PermissionDenied("jobs is forbidden").Because("Forbidden"),
        FailedPrecondition("the plan is not whole"),
        Unimplemented("405").Because("MethodNotAllowed"),
        AlreadyExists("Job x belongs to somebody else").Because("NameConflict")}) {
    EXPECT_TRUE(IsObstacle(error)) << ToString(error);
  }
}

TEST(ObstacleTest, IsNotWhatPasses) {
  for (const Error& error :
       {Unavailable("no answer"), DeadlineExceeded("too slow"), Cancelled("stopped"),
        Aborted("an old view").Because("Conflict"), AlreadyExists("job x").Because("AlreadyExists"),
        NotFound("namespace x").Because("NotFound"),
        ResourceExhausted("slow down").Because("TooManyRequests"),
        Unauthenticated("the token has expired"), Internal("500")}) {
    EXPECT_FALSE(IsObstacle(error)) << ToString(error);
  }
}

// What is forbidden there passes: with the namespace everything in it goes.
TEST(ObstacleTest, ANamespaceThatGoesIsNone) {
  EXPECT_FALSE(IsObstacle(
      PermissionDenied("it is being terminated").Because(kube::kReasonNamespaceTerminating)));
}

TEST(ObstacleTest, HasOneWordForPeople) {
  const auto quota =
      PermissionDenied("jobs \"a\" is forbidden: exceeded quota: few").Because("Forbidden");
  EXPECT_EQ(ObstacleReason(quota), "QuotaExceeded");
  EXPECT_EQ(ObstacleReason(PermissionDenied("no").Because("Forbidden")), "OperatorForbidden");
  EXPECT_EQ(ObstacleReason(PermissionDenied("no")), "OperatorForbidden");
  for (const char* word : {"", "Invalid", "BadRequest"}) {
    EXPECT_EQ(ObstacleReason(InvalidArgument("no").Because(word)), "InvalidSpec") << word;
  }
  EXPECT_EQ(ObstacleReason(InvalidArgument("no").Because("BadPartition")), "BadPartition");
  EXPECT_EQ(ObstacleReason(AlreadyExists("x").Because("NameConflict")), "NameConflict");
}

TEST(ObstacleTest, TheRestIsTriedAgain) {
  EXPECT_TRUE(std::holds_alternative<kube::AwaitChange>(OutcomeOf(Cancelled("stopped"))));
  const kube::Outcome going = OutcomeOf(
      PermissionDenied("it is being terminated").Because(kube::kReasonNamespaceTerminating));
  ASSERT_TRUE(std::holds_alternative<kube::RequeueAfter>(going));
  EXPECT_EQ(std::get<kube::RequeueAfter>(going).delay, std::chrono::seconds(15));
  const kube::Outcome other = OutcomeOf(Unavailable("no answer"));
  ASSERT_TRUE(std::holds_alternative<kube::TryAgain>(other));
  EXPECT_EQ(std::get<kube::TryAgain>(other).error.message, "no answer");
}

}  // namespace
}  // namespace culvert::control
