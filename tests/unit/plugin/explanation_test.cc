// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/explanation.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/plugin/page.h"
#include "tests/unit/plugin/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::plugin {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ExplanationTest, AFailureIsExplainedAsThePageShows) {
  const RunView run = FailedWorld().View();
  const auto explanation = Explain(run);
  ASSERT_TRUE(explanation.has_value());
  EXPECT_EQ(
      ExplanationText(run, *explanation,
                      "{\"level\":\"info\",\"msg\":\"serving progress and metrics\"}\n", false),
      PageBlock("explain-failure flights-copy"));
}

TEST(ExplanationTest, AGoodRunNeedsNone) {
  EXPECT_FALSE(Explain(FinishedWorld().View()).has_value());
  World fresh;
  fresh.Condition("Succeeded", "Unknown", "Planning");
  EXPECT_FALSE(Explain(fresh.View()).has_value());
}

TEST(ExplanationTest, APodThatCannotStartHoldsARunUp) {
  World world;
  world.Planned(1, 10);
  world.Condition("Succeeded", "Unknown", "Transferring");
  world.Step("transfer");
  World::Waits(world.Pod("transfer", 0, "Pending"), "ImagePullBackOff", "no such image");
  const RunView run = world.View();
  const auto explanation = Explain(run);
  ASSERT_TRUE(explanation.has_value());
  EXPECT_EQ(explanation->reason, "ImagePullBackOff");
  EXPECT_EQ(explanation->shard, 0);
  EXPECT_THAT(ExplanationText(run, *explanation, "", false), HasSubstr("is held up"));
}

TEST(ExplanationTest, AnOperatorsPauseIsExplainedWithItsNextTry) {
  World world;
  world.Condition("Suspended", "True", "CredentialsRejected",
                  "the service does not accept the key");
  world.status()["pause"] = {
      {"reason", "CredentialsRejected"}, {"count", 2}, {"resumeTime", "2026-01-02T03:08:00Z"}};
  const RunView run = world.View();
  const auto explanation = Explain(run);
  ASSERT_TRUE(explanation.has_value());
  EXPECT_THAT(explanation->remedy, HasSubstr("renew the Secret"));
  EXPECT_THAT(ExplanationText(run, *explanation, "", false),
              HasSubstr("next try 2026-01-02T03:08:00Z"));
  world.Condition("Suspended", "True", "SuspendedByUser", "spec.suspend");
  EXPECT_FALSE(Explain(world.View()).has_value());
}

TEST(ExplanationTest, APodKnowsBetterThanASummary) {
  World world;
  world.Planned(1, 10);
  world.Condition("Succeeded", "False", "SomethingNew", "the run failed");
  world.Step("plan", "Failed");
  World::Ended(world.Pod("plan", -1, "Failed"), 12,
               R"({"step":"plan","exitCode":12,"reason":"NoSuchTable","message":"no table t"})");
  const auto explanation = Explain(world.View());
  ASSERT_TRUE(explanation.has_value());
  EXPECT_EQ(explanation->reason, "NoSuchTable");
  EXPECT_EQ(explanation->pod_message, "no table t");
  EXPECT_FALSE(explanation->shard.has_value());
}

TEST(ExplanationTest, LogLinesKeepToTheirLine) {
  const RunView run = FailedWorld().View();
  const std::string text = ExplanationText(run, *Explain(run), "one\x1b[2J\ntwo", true);
  EXPECT_THAT(text, HasSubstr("│ one [2J"));
  EXPECT_THAT(text, HasSubstr("│ two"));
  EXPECT_THAT(ExplanationText(run, *Explain(run), "", false), Not(HasSubstr("last lines")));
}

}  // namespace
}  // namespace culvert::plugin
