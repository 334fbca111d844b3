// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/plan.h"
#include "tests/unit/libs/syncjob/plan_support.h"

#include <gtest/gtest.h>

namespace culvert::syncjob {
namespace {

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

void ExpectSame(const Plan& a, const Plan& b) {
  EXPECT_EQ(a.spec, b.spec);
  EXPECT_EQ(a.source_data_source, b.source_data_source);
  EXPECT_EQ(a.target_data_source, b.target_data_source);
  EXPECT_EQ(a.columns, b.columns);
  EXPECT_EQ(a.sources, b.sources);
  EXPECT_EQ(a.targets, b.targets);
  EXPECT_EQ(a.sessions, b.sessions);
  EXPECT_EQ(a.shards, b.shards);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.warnings, b.warnings);
  EXPECT_EQ(PlanToJson(a), PlanToJson(b));
}

TEST(PlanJsonTest, RoundTripsEveryMember) {
  const Result<Plan> back = ParsePlan(PlanToJson(APlan()));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  ExpectSame(*back, APlan());
}

TEST(PlanJsonTest, ResultsOfQueriesRoundTripAndLeaveNoTraceWhereThereAreNone) {
  Plan plan = APlan();
  EXPECT_EQ(PlanToJson(plan).find("instanceId"), std::string::npos);
  EXPECT_EQ(PlanToJson(plan).find("partitions"), std::string::npos);
  plan.sources[0].instance_id = "20260102030405678g9";
  plan.sources[0].partition = "";
  plan.sources[0].partitions = 12;
  const Result<Plan> back = ParsePlan(PlanToJson(plan));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  ExpectSame(*back, plan);
}

TEST(PlanJsonTest, RoundTripsStreams) {
  Plan plan = APlan();
  StreamSource source{.count = 15, .column = {}};
  source.column = {
      {.name = "a", .type = "bigint", .constant = {}, .increasing_from = -3, .random = {}},
      {.name = "b", .type = "string", .constant = "", .increasing_from = {}, .random = {}},
      {.name = "c",
       .type = "string",
       .constant = {},
       .increasing_from = {},
       .random = StreamColumn::Random{.min = 1, .max = 9}}};
  plan.spec.source = source;
  plan.spec.target = StreamTarget{.print = true};
  const Result<Plan> back = ParsePlan(PlanToJson(plan));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  ExpectSame(*back, plan);
}

TEST(PlanJsonTest, IsCanonical) {
  const std::string text = PlanToJson(APlan());
  EXPECT_TRUE(text.starts_with(R"({"attempt":2,"columns":[{"from":"source")")) << text;
  EXPECT_NE(text.find(R"("blocks":[[0,0,6,0,0],[0,6,4,0,1]])"), std::string::npos);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(PlanJsonTest, ANewerVersionIsRefusedBeforeItsKeys) {
  const std::string text =
      Replaced(PlanToJson(APlan()), R"("version":1)", R"("version":2,"more":3)");
  const Result<Plan> plan = ParsePlan(text);
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(plan.error().reason, "PlanVersion");
}

TEST(PlanJsonTest, WrongTextsAreRefused) {
  const std::string good = PlanToJson(APlan());
  const std::pair<std::string_view, std::string_view> swaps[] = {
      {R"("attempt":2)", R"("attempt":"2")"},
      {R"("attempt":2)", R"("attempt":2.5)"},
      {R"("attempt":2)", R"("attempt":99999999999)"},
      {R"("attempt":2,)", ""},
      {R"("attempt":2)", R"("attempt":2,"extra":1)"},
      {R"("route":"typed")", R"("route":"fast")"},
      {R"("from":"source")", R"("from":"sky")"},
      {"[0,0,6,0,0]", "[0,0,6,0]"},
      {"[0,0,6,0,0]", "[0,0,-6,0,0]"},
      {"[0,0,6,0,0]", "7"},
      {R"("verify":"ContentHash")", R"("verify":"Some")"},
      {R"("threads":4)", R"("threads":0)"},
      {R"("rows":15)", R"("rows":null)"},
      {R"("readColumns":["carrier"])", R"("readColumns":[1])"},
      {R"("readColumns":["carrier"])", R"("readColumns":"carrier")"},
      {R"("truncateBySql":false)", R"("truncateBySql":0)"},
  };
  for (const auto& [from, to] : swaps) {
    const Result<Plan> plan = ParsePlan(Replaced(good, from, to));
    ASSERT_FALSE(plan.has_value()) << from << " -> " << to;
    EXPECT_EQ(plan.error().reason, "PlanInvalid") << from << " -> " << to;
  }
  for (const std::string_view text : {"", "null", "[]", "1", "{", "{}"}) {
    EXPECT_FALSE(ParsePlan(text).has_value()) << text;
  }
}

TEST(PlanJsonTest, OversizedTextIsRefused) {
  EXPECT_FALSE(ParsePlan(std::string(kPlanBytesMax + 1, ' ')).has_value());
}

TEST(PlanJsonTest, SpecHashLooksAwayFromKnobsAndKeys) {
  const Plan plan = APlan();
  const auto hash = [&](auto change) {
    Plan other = plan;
    change(other);
    return SpecHash(other.spec, other.source_data_source, other.target_data_source);
  };
  const std::string same = hash([](Plan&) {});
  EXPECT_EQ(same, hash([](Plan& p) { p.spec.suspend = true; }));
  EXPECT_EQ(same, hash([](Plan& p) { p.spec.speed.mbps = 1; }));
  EXPECT_EQ(same, hash([](Plan& p) { p.spec.threads = 9; }));
  EXPECT_EQ(same, hash([](Plan& p) { p.spec.allow_schema_drift = false; }));
  EXPECT_EQ(same, hash([](Plan& p) { p.source_data_source.credentials_secret = "next"; }));
  EXPECT_NE(same, hash([](Plan& p) { p.spec.error_limit_record = 8; }));
  EXPECT_NE(same, hash([](Plan& p) { p.spec.schema_hash.clear(); }));
  EXPECT_NE(same, hash([](Plan& p) { p.spec.error_limit_share = 8; }));
  EXPECT_NE(same, hash([](Plan& p) { p.target_data_source.project = "other"; }));
  EXPECT_NE(same,
            hash([](Plan& p) { std::get<MaxComputeTarget>(p.spec.target).truncate = false; }));
}

}  // namespace
}  // namespace culvert::syncjob
