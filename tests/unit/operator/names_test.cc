// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/names.h"

#include <gtest/gtest.h>

namespace culvert::control {
namespace {

RunId RunOf(const std::string& name, std::int32_t attempt = 1) {
  return {.key = {.name_space = "default", .name = name},
          .uid = "1a2b3c4d-0000-4000-8000-000000000000",
          .attempt = attempt};
}

TEST(NamesTest, SayWhoseTheyAre) {
  EXPECT_EQ(ChildName(RunOf("flights-copy"), syncjob::Step::kTransfer),
            "flights-copy-1a2b3c4d-1-transfer");
  EXPECT_EQ(ChildName(RunOf("a.b.c", 12), "plan"), "a-b-c-1a2b3c4d-12-plan");
  EXPECT_EQ(InstanceName(RunOf("flights.copy")), "flights-copy-1a2b3c4d");
}

TEST(NamesTest, FitAHostNameWithAnIndexBehindThem) {
  const std::string longest(253, 'x');
  for (const std::int32_t attempt : {1, 9, 10, 99, 100, 12'345, 2'147'483'647}) {
    for (const auto step : {syncjob::Step::kPlan, syncjob::Step::kTransfer}) {
      EXPECT_LE((ChildName(RunOf(longest, attempt), step) + "-999").size(), 63u);
    }
  }
  EXPECT_LE(InstanceName(RunOf(longest)).size(), 63u);
}

TEST(NamesTest, DifferByAttemptStepAndRun) {
  EXPECT_NE(ChildName(RunOf("a", 1), "plan"), ChildName(RunOf("a", 2), "plan"));
  EXPECT_NE(ChildName(RunOf("a"), "plan"), ChildName(RunOf("a"), "work"));
  RunId other = RunOf("a");
  other.uid = "ffffffff-0000-4000-8000-000000000000";
  EXPECT_NE(ChildName(RunOf("a"), "plan"), ChildName(other, "plan"));
}

}  // namespace
}  // namespace culvert::control
