// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/plan.h"

#include "tests/unit/libs/syncjob/plan_support.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace culvert::syncjob {
namespace {

// Feature: errorLimit.percentage
TEST(PlanTest, DirtyRowsAreANumberOrAShareOfTheRows) {
  Plan plan;
  plan.spec.error_limit_record = 7;
  plan.rows = 100;
  EXPECT_EQ(DirtyRowsMax(plan), 7u);
  plan.spec.error_limit_share = 290'000'000;
  EXPECT_EQ(DirtyRowsMax(plan), 29u);  // 0.29 * 100 is 28.999... in binary
  plan.rows = 99;
  EXPECT_EQ(DirtyRowsMax(plan), 28u);
  plan.spec.error_limit_share = kWholeShare;
  for (const std::uint64_t rows :
       {std::uint64_t{0}, std::uint64_t{1}, (std::uint64_t{1} << 31U) + 5,
        std::numeric_limits<std::uint64_t>::max()}) {
    plan.rows = rows;
    EXPECT_EQ(DirtyRowsMax(plan), rows);
  }
  plan.spec.error_limit_share = 1;
  plan.rows = 999'999'999;
  EXPECT_EQ(DirtyRowsMax(plan), 0u);
  plan.rows = 5'000'000'001;
  EXPECT_EQ(DirtyRowsMax(plan), 5u);
}

TEST(PlanTest, AWholePlanPasses) { EXPECT_TRUE(CheckPlan(APlan()).has_value()); }

TEST(PlanTest, AnEmptyRunPasses) {
  Plan plan = APlan();
  plan.sources.clear();
  plan.shards.clear();
  plan.rows = 0;
  EXPECT_TRUE(CheckPlan(plan).has_value());
}

// Feature: The same block id twice
TEST(PlanTest, EveryBrokenRelationIsRefused) {
  struct Case {
    const char* name;
    std::function<void(Plan&)> breakage;
  };
  const Case cases[] = {
      {"source target", [](Plan& p) { p.sources[0].target = 1; }},
      {"session target", [](Plan& p) { p.sessions[0].target = 1; }},
      {"session shard", [](Plan& p) { p.sessions[0].shard = 2; }},
      {"session shard below -1", [](Plan& p) { p.sessions[0].shard = -2; }},
      {"block of a session of another shard", [](Plan& p) { p.sessions[0].shard = 1; }},
      {"block source", [](Plan& p) { p.shards[0].blocks[0].source = 2; }},
      {"block session", [](Plan& p) { p.shards[0].blocks[0].session = 1; }},
      {"block id twice", [](Plan& p) { p.shards[0].blocks[1].block_id = 0; }},
      {"block id limit", [](Plan& p) { p.shards[0].blocks[1].block_id = 20'000; }},
      {"gap",
       [](Plan& p) {
         p.shards[0].blocks[1].start = 7;
         p.shards[0].blocks[1].rows = 3;
       }},
      {"overlap",
       [](Plan& p) {
         p.shards[0].blocks[1].start = 5;
         p.shards[0].blocks[1].rows = 5;
       }},
      {"short end", [](Plan& p) { p.shards[0].blocks[1].rows = 3; }},
      {"beyond the end", [](Plan& p) { p.shards[0].blocks[1].rows = 5; }},
      {"wrapping range", [](Plan& p) { p.shards[0].blocks[1].rows = ~std::uint64_t{0}; }},
      {"empty block", [](Plan& p) { p.shards[0].blocks[1].rows = 0; }},
      {"no blocks for rows", [](Plan& p) { p.shards.pop_back(); }},
      {"rows", [](Plan& p) { p.rows = 16; }},
      {"rows overflow", [](Plan& p) { p.sources[0].rows = ~std::uint64_t{0}; }},
      {"streams", [](Plan& p) { p.shards[0].streams = 0; }},
      {"attempt", [](Plan& p) { p.attempt = 0; }},
      {"read types", [](Plan& p) { p.read_column_types.clear(); }},
      {"version 0", [](Plan& p) { p.version = 0; }},
  };
  for (const Case& c : cases) {
    Plan plan = APlan();
    c.breakage(plan);
    const Status status = CheckPlan(plan);
    ASSERT_FALSE(status.has_value()) << c.name;
    EXPECT_EQ(status.error().reason, "PlanInvalid") << c.name;
    // What is written can be read only when it is right.
    EXPECT_FALSE(ParsePlan(PlanToJson(plan)).has_value()) << c.name;
  }
}

TEST(PlanTest, CountsBlocks) { EXPECT_EQ(APlan().BlockCount(), 3u); }

TEST(PlanTest, HashFollowsTheContent) {
  Plan plan = APlan();
  const std::string hash = PlanHash(plan);
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(hash, PlanHash(APlan()));
  plan.shards[0].streams = 1;
  EXPECT_NE(hash, PlanHash(plan));
}

}  // namespace
}  // namespace culvert::syncjob
