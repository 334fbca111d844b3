// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/faults.h"

#include "libs/base/json.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace culvert::emulator {
namespace {

using test::FailsWith;
using test::IsOk;

// Which of `tries` requests met the fault.
std::vector<int> Hits(FaultSwitchboard& faults, int tries, const char* operation = "block.put") {
  std::vector<int> hits;
  for (int i = 1; i <= tries; ++i) {
    if (faults.Decide(operation, "PUT", "/projects/p/tables/t")) hits.push_back(i);
  }
  return hits;
}

TEST(FaultSwitchboardTest, FiresOnTheNthMatchOnly) {
  FaultSwitchboard faults;
  ASSERT_THAT(
      faults.Add(R"({"match":{"operation":"block.put","nth":3},"action":{"kind":"status"}})"),
      IsOk());
  EXPECT_EQ(Hits(faults, 2, "download.data"), std::vector<int>{});
  EXPECT_EQ(Hits(faults, 6), std::vector<int>{3});
}

TEST(FaultSwitchboardTest, FiresOnMultiplesUpToACount) {
  FaultSwitchboard faults;
  ASSERT_THAT(faults.Add(R"({"match":{"every":2,"count":2},"action":{"kind":"reset"}})"), IsOk());
  EXPECT_EQ(Hits(faults, 9), (std::vector<int>{2, 4}));
  const auto list = ParseJson(faults.ListJson());
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ((*list)[0]["matched"], 9);
  EXPECT_EQ((*list)[0]["hits"], 2);
}

TEST(FaultSwitchboardTest, RepeatsAProbabilityBySeed) {
  const char* rule = R"({"match":{"probability":0.3,"seed":7},"action":{"kind":"reset"}})";
  FaultSwitchboard first;
  FaultSwitchboard second;
  ASSERT_THAT(first.Add(rule), IsOk());
  ASSERT_THAT(second.Add(rule), IsOk());
  const std::vector<int> hits = Hits(first, 200);
  EXPECT_EQ(hits, Hits(second, 200));
  EXPECT_GT(hits.size(), 30U);
  EXPECT_LT(hits.size(), 90U);
}

TEST(FaultSwitchboardTest, MatchesMethodAndPath) {
  FaultSwitchboard faults;
  ASSERT_THAT(
      faults.Add(R"({"match":{"method":"PUT","path":"*/tables/t"},"action":{"kind":"status"}})"),
      IsOk());
  EXPECT_TRUE(faults.Decide("x", "PUT", "/projects/p/tables/t"));
  EXPECT_FALSE(faults.Decide("x", "GET", "/projects/p/tables/t"));
  EXPECT_FALSE(faults.Decide("x", "PUT", "/projects/p/tables/t2"));
}

TEST(FaultSwitchboardTest, RemovesAndClears) {
  FaultSwitchboard faults;
  const auto id = faults.Add(R"({"action":{"kind":"status"}})");
  ASSERT_THAT(id, IsOk());
  ASSERT_THAT(faults.Remove(*id), IsOk());
  EXPECT_THAT(faults.Remove(*id), FailsWith(ErrorCode::kNotFound));
  ASSERT_THAT(faults.Add(R"({"action":{"kind":"status"}})"), IsOk());
  faults.Clear();
  EXPECT_EQ(faults.ListJson(), "[]");
}

TEST(FaultSwitchboardTest, RefusesWhatItDoesNotKnow) {
  FaultSwitchboard faults;
  for (const char* text : {"", "[]", "{}", R"({"action":{"kind":"explode"}})",
                           R"({"action":{"kind":"status","stat":1}})",
                           R"({"match":{"nht":1},"action":{"kind":"status"}})",
                           R"({"action":{"kind":"status","status":99}})",
                           R"({"match":{"probability":"x"},"action":{"kind":"status"}})"}) {
    EXPECT_THAT(faults.Add(text), FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(FaultActionTest, ReadsAllItsParts) {
  const auto action = ParseFaultAction(
      R"({"kind":"status","status":429,"code":"FlowExceeded","message":"m","retry_after":2,"headers":{"a":"b"}})");
  ASSERT_THAT(action, IsOk());
  EXPECT_EQ(action->status, 429);
  EXPECT_EQ(action->code, "FlowExceeded");
  EXPECT_EQ(action->retry_after_seconds, 2);
  ASSERT_EQ(action->headers.size(), 1U);
}

}  // namespace
}  // namespace culvert::emulator
