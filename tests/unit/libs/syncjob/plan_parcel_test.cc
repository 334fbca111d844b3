// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/plan_parcel.h"

#include "libs/base/digest.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/syncjob/plan_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace culvert::syncjob {
namespace {

using test::FailsWith;
using test::IsOkAndHolds;

std::string TextOf(const Result<Plan>& plan) {
  return plan ? PlanToJson(*plan) : ToString(plan.error());
}

// Incompressible ids, as a real plan has them: too large for a message.
Plan ALargePlan() {
  Plan plan = APlan();
  const std::uint64_t block = plan.shards[1].blocks[0].block_id;
  for (std::uint64_t i = 1; i <= 400; ++i) {
    plan.sources.push_back({.partition = "month=" + std::to_string(i + 2),
                            .download_id = Sha256Hex(std::to_string(i)),
                            .rows = 1,
                            .target = 0});
    plan.shards[1].blocks.push_back({.source = plan.sources.size() - 1,
                                     .start = 0,
                                     .rows = 1,
                                     .session = 0,
                                     .block_id = block + i});
    plan.rows += 1;
  }
  return plan;
}

TEST(PlanParcelTest, SmallPlansTravelInTheMessage) {
  const PlanHandOver hand_over = PackForMessage(APlan());
  EXPECT_FALSE(hand_over.text.empty());
  EXPECT_EQ(hand_over.hash, PlanHash(APlan()));
  const StepMessage message{.step = Step::kPlan, .plan = hand_over};
  EXPECT_THAT(ParseStepMessage(StepMessageToJson(message)), IsOkAndHolds(message));
  EXPECT_EQ(TextOf(Unpack(hand_over, "")), PlanToJson(APlan()));
}

TEST(PlanParcelTest, LargePlansTravelInTheLogAmongOtherLines) {
  const PlanHandOver hand_over = PackForMessage(ALargePlan());
  EXPECT_TRUE(hand_over.text.empty());
  std::string log = "{\"msg\":\"planning\"}\n" + PackForLog(APlan());
  const std::string lines = PackForLog(ALargePlan());
  std::size_t longest = 0;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    longest = std::max(longest, end - at);
    log += lines.substr(at, end - at + 1) + "{\"msg\":\"between\"}\n";
    at = end + 1;
  }
  EXPECT_LE(longest, 8u * 1024);
  EXPECT_GT(log.size(), 16u * 1024);  // several lines
  EXPECT_EQ(TextOf(Unpack(hand_over, log)), PlanToJson(ALargePlan()));
}

TEST(PlanParcelTest, NoticesWhatTheLogLost) {
  const PlanHandOver hand_over = PackForMessage(ALargePlan());
  const std::string lines = PackForLog(ALargePlan());
  EXPECT_THAT(Unpack(hand_over, ""), FailsWith(ErrorCode::kDataLoss));
  EXPECT_THAT(Unpack(hand_over, PackForLog(APlan())), FailsWith(ErrorCode::kDataLoss));
  EXPECT_THAT(Unpack(hand_over, lines.substr(lines.find('\n') + 1)),
              FailsWith(ErrorCode::kDataLoss));
  EXPECT_THAT(Unpack(hand_over, lines.substr(0, lines.size() - 100)),
              FailsWith(ErrorCode::kDataLoss));
  std::string flipped = lines;
  flipped[flipped.size() / 2] = flipped[flipped.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(Unpack(hand_over, flipped));
}

TEST(PlanParcelTest, RecordsComeInPiecesAndBack) {
  const auto pieces = PackForRecord(ALargePlan(), 1'000);
  EXPECT_GT(pieces.size(), 5u);
  std::string joined;
  for (const std::string& piece : pieces) {
    EXPECT_LE(piece.size(), 1'000u);
    joined += piece;
  }
  EXPECT_EQ(TextOf(UnpackRecord(joined, PlanHash(ALargePlan()))), PlanToJson(ALargePlan()));
  EXPECT_THAT(UnpackRecord(joined, PlanHash(APlan())), FailsWith(ErrorCode::kDataLoss));
  EXPECT_THAT(UnpackRecord(joined.substr(1), PlanHash(ALargePlan())),
              FailsWith(ErrorCode::kDataLoss));
}

}  // namespace
}  // namespace culvert::syncjob
