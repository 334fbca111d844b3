// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/dirty_layout.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/libs/syncjob/plan_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>

namespace culvert::syncjob {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Plan Shards(const std::vector<std::size_t>& blocks, std::uint64_t ids) {
  Plan plan;
  plan.target_data_source.blocks_per_session_max = ids;
  for (const std::size_t count : blocks) plan.shards.emplace_back().blocks.resize(count);
  return plan;
}

TEST(DirtyLayoutTest, EachBlockHasIdsOfItsOwnInASessionOfItsShard) {
  const std::pair<Plan, std::size_t> cases[] = {
      {Shards({1, 99, 100, 101, 250}, 20'000), 8},
      {Shards({3, 4}, 600), 3},
      {Shards({2, 1}, 7), 3},  // fewer ids than pieces: a session a block
      {Shards({}, 20'000), 0},
  };
  for (const auto& [plan, shared] : cases) {
    const DirtyLayout layout(plan);
    EXPECT_EQ(layout.sessions(), shared + 1);
    EXPECT_EQ(layout.summary_session(), shared);
    std::set<std::pair<std::size_t, std::uint64_t>> taken;
    for (std::size_t shard = 0; shard < plan.shards.size(); ++shard) {
      for (std::size_t block = 0; block < plan.shards[shard].blocks.size(); ++block) {
        const DirtyLayout::Place place = layout.PlaceOf(shard, block);
        EXPECT_GE(place.session, layout.FirstOf(shard));
        EXPECT_LT(place.session, layout.LastOf(shard));
        EXPECT_GT(place.pieces, 0u);
        for (std::uint64_t i = 0; i < place.pieces; ++i) {
          EXPECT_LT(place.first_id + i, plan.target_data_source.blocks_per_session_max);
          EXPECT_TRUE(taken.emplace(place.session, place.first_id + i).second);
        }
      }
    }
  }
}

TEST(DirtyLayoutTest, ATableFitsWhenItsColumnsAreTheSinks) {
  EXPECT_THAT(CreateDirtyTable("d`r"), StartsWith("CREATE TABLE IF NOT EXISTS `d``r` (`job` string,"
                                                  "`attempt` bigint,"));
  EXPECT_THAT(CreateDirtyTable("d"), EndsWith("`line` string) PARTITIONED BY (`run` string);"));
  record::Schema schema = DirtySchema();
  schema.columns[0].name = "JOB";
  EXPECT_TRUE(CheckDirtySchema("d", schema).has_value());
  const auto refused = [](const record::Schema& wrong) {
    const Status status = CheckDirtySchema("d", wrong);
    EXPECT_FALSE(status.has_value());
    if (status) return std::string();
    EXPECT_EQ(status.error().reason, "SchemaMismatch");
    return status.error().message;
  };
  record::Schema other = DirtySchema();
  std::swap(other.columns[1], other.columns[2]);
  EXPECT_THAT(refused(other), HasSubstr("column 2 must be attempt, a bigint"));
  other = DirtySchema();
  other.columns.pop_back();
  EXPECT_THAT(refused(other), HasSubstr("column 11 must be line, a string"));
  other = DirtySchema();
  other.columns.emplace_back().name = "more";
  EXPECT_THAT(refused(other), HasSubstr("column 'more' is none of a sink's"));
  other = DirtySchema();
  other.partition_keys.clear();
  EXPECT_THAT(refused(other), HasSubstr("one partition key must be run"));
}

TEST(DirtyLayoutTest, AnAttemptHasANameOfItsOwn) {
  Plan plan = APlan();
  plan.job = "prod/" + std::string(200, 'a');
  const std::string name = DirtyRunName(plan);
  EXPECT_THAT(name, StartsWith(std::string(80, 'a') + "-" + std::to_string(plan.attempt) + "-"));
  EXPECT_LE(name.size(), 128u);
  EXPECT_EQ(DirtyRunName(plan), name);
  Plan other = plan;
  ++other.seed;
  EXPECT_NE(DirtyRunName(other), name);
  other = plan;
  other.job = "test/" + std::string(200, 'a');
  EXPECT_NE(DirtyRunName(other), name);
}

TEST(DirtyLayoutTest, APlanHasTheSessionsOfItsShards) {
  Plan plan = APlan();
  plan.spec.dirty_sink_table = "dirty_rows";
  plan.dirty_run = DirtyRunName(plan);
  plan.dirty_sessions.assign(DirtyLayout(plan).sessions(), "id");
  EXPECT_THAT(CheckPlan(plan), test::IsOk());
  const auto read = ParsePlan(PlanToJson(plan));
  ASSERT_THAT(read, test::IsOk());
  EXPECT_EQ(read->dirty_run, plan.dirty_run);
  EXPECT_EQ(read->dirty_sessions, plan.dirty_sessions);
  EXPECT_EQ(read->spec.dirty_sink_table, "dirty_rows");
  plan.dirty_sessions.pop_back();
  EXPECT_FALSE(CheckPlan(plan).has_value());
  plan.dirty_sessions.clear();
  EXPECT_FALSE(CheckPlan(plan).has_value());  // a run without sessions
  plan.dirty_run.clear();
  EXPECT_THAT(CheckPlan(plan), test::IsOk());
}

}  // namespace
}  // namespace culvert::syncjob
