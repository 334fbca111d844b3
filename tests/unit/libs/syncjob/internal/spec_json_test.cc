// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/spec_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace culvert::syncjob::internal {
namespace {

TEST(SpecJsonTest, DefaultsRoundTrip) {
  std::optional<Error> error;
  EXPECT_EQ(SpecFromJson(SpecToJson({}), error), SyncJobSpec{});
  EXPECT_EQ(DataSourceFromJson(DataSourceToJson({}), error), DataSource{});
  EXPECT_FALSE(error.has_value());
}

TEST(SpecJsonTest, EveryMemberOfADataSourceRoundTrips) {
  const DataSource data_source{.name = "a",
                               .name_space = "b",
                               .endpoint = "c",
                               .tunnel_endpoint = "d",
                               .project = "e",
                               .schema = "f",
                               .quota_name = "g",
                               .region = "h",
                               .cross_region = "cen",
                               .created_at = "2024-02-29",
                               .credentials_secret = "i",
                               .ca_bundle_config_map = "j",
                               .allow_insecure_http = true,
                               .concurrent_streams_max = 3,
                               .blocks_per_session_max = 4};
  std::optional<Error> error;
  EXPECT_EQ(DataSourceFromJson(DataSourceToJson(data_source), error), data_source);
  EXPECT_FALSE(error.has_value());
}

TEST(SpecJsonTest, StatementsRoundTripAndLeaveNoTraceWhereThereAreNone) {
  SyncJobSpec spec;
  MaxComputeSource source;
  source.pre_sql = {"a"};
  source.post_sql = {"b", "c"};
  spec.source = source;
  MaxComputeTarget target;
  target.pre_sql = {"d"};
  target.post_sql = {"e"};
  spec.target = target;
  std::optional<Error> error;
  EXPECT_EQ(SpecFromJson(SpecToJson(spec), error), spec);
  EXPECT_FALSE(error.has_value());
  EXPECT_EQ(SpecToJson({}).dump().find("Sql"), std::string::npos);
}

TEST(SpecJsonTest, ACreatePolicyIsWrittenWhereThereIsOne) {
  SyncJobSpec spec;
  MaxComputeTarget target;
  target.table = "t";
  target.lifecycle_days = kLifecycleDaysDefault;
  spec.target = target;
  EXPECT_FALSE(SpecToJson(spec)["target"]["maxCompute"].contains("createPolicy"));
  target.create_policy = CreatePolicy::kIfNotExists;
  target.lifecycle_days = 7;
  spec.target = target;
  std::optional<Error> error;
  EXPECT_EQ(SpecFromJson(SpecToJson(spec), error), spec);
  EXPECT_FALSE(error.has_value());
}

// Members that came later are not there until they say something: recorded plans keep their hash.
TEST(SpecJsonTest, LaterMembersAreWrittenWhereTheySaySomething) {
  SyncJobSpec spec;
  spec.source = MaxComputeSource{};
  spec.target = MaxComputeTarget{};
  const nlohmann::json plain = SpecToJson(spec);
  for (const char* name : {"transformers", "errorWindow", "dirtySinkClaim", "dirtySinkTable"}) {
    EXPECT_FALSE(plain.contains(name)) << name;
  }
  EXPECT_FALSE(plain["source"]["maxCompute"].contains("readCharAsString"));
  EXPECT_FALSE(plain["target"]["maxCompute"].contains("overLengthRule"));
  EXPECT_FALSE(plain["target"]["maxCompute"].contains("nullVarcharAsDirty"));
  spec.transformers = {{"dx_filter", 1, {"<", "0"}}, {"dx_replace", 0, {"0", "1", ""}}};
  spec.error_window_seconds = 60;
  spec.error_window_record = 5;
  spec.dirty_sink_claim = "dirty";
  spec.dirty_sink_table = "dirty_rows";
  std::get<MaxComputeSource>(spec.source).read_char_as_string = true;
  std::get<MaxComputeTarget>(spec.target).over_length_rule = OverLengthRule::kSetNull;
  std::get<MaxComputeTarget>(spec.target).null_varchar_as_dirty = true;
  std::optional<Error> error;
  EXPECT_EQ(SpecFromJson(SpecToJson(spec), error), spec);
  EXPECT_FALSE(error.has_value());
  nlohmann::json wrong = SpecToJson(spec);
  wrong["transformers"][0]["paras"] = {"<>", "0"};
  SpecFromJson(wrong, error);
  EXPECT_TRUE(error.has_value());
}

TEST(SpecJsonTest, AUnionHasOneMember) {
  nlohmann::json value = SpecToJson({});
  value["source"]["stream"] = {{"count", 1}, {"column", nlohmann::json::array()}};
  std::optional<Error> error;
  SpecFromJson(value, error);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->message, "plan.spec.source: needs exactly one of maxCompute, stream");
}

TEST(SpecJsonTest, AStreamColumnHasOneRule) {
  SyncJobSpec spec;
  spec.source = StreamSource{
      .count = 1,
      .column = {
          {.name = "a", .type = "bigint", .constant = {}, .increasing_from = {}, .random = {}}}};
  std::optional<Error> error;
  SpecFromJson(SpecToJson(spec), error);
  EXPECT_TRUE(error.has_value());
}

}  // namespace
}  // namespace culvert::syncjob::internal
