// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/schema_contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Lines = std::vector<std::string>;

Plan ContractPlan(std::vector<std::string> target_list) {
  Plan plan;
  MaxComputeTarget target;
  target.column = std::move(target_list);
  plan.spec.target = target;
  plan.read_columns = {"ID", "name"};
  plan.read_column_types = {"bigint", "string"};
  plan.columns.resize(3);
  plan.columns[0].target = "id";
  plan.columns[0].target_type = "bigint";
  plan.columns[0].target_nullable = false;
  plan.columns[1].target = "name";
  plan.columns[1].target_type = "string";
  plan.columns[2].target = "rest";
  plan.columns[2].target_type = "date";
  plan.columns[2].from = ColumnPlan::From::kNull;
  return plan;
}

TEST(SchemaContractTest, AStarStandsForTheTable) {
  EXPECT_THAT(ContractOf(ContractPlan({"*"})),
              ElementsAre("source ID bigint", "source name string", "target id bigint not null",
                          "target name string", "target rest date"));
}

TEST(SchemaContractTest, AListStandsForWhatItNames) {
  EXPECT_THAT(ContractOf(ContractPlan({"id", "name"})),
              ElementsAre("source ID bigint", "source name string", "target id bigint not null",
                          "target name string"));
}

TEST(SchemaContractTest, TheHashKnowsOrderAndTypesAndNoCase) {
  const Lines lines = {"source ID bigint", "source b string"};
  EXPECT_EQ(ContractHash(lines), ContractHash({"source id bigint", "source B string"}));
  EXPECT_NE(ContractHash(lines), ContractHash({"source b string", "source ID bigint"}));
  EXPECT_NE(ContractHash(lines), ContractHash({"source id int", "source b string"}));
  // A hash that a manifest holds must not change with a version of the program.
  EXPECT_EQ(ContractHash({"source id bigint", "target id bigint"}),
            "10ef92956d77a5ceb963b8816abc8824d9f7a292cc120f4df6fd70a48209ace1");
}

TEST(SchemaContractTest, TheDifferenceIsTold) {
  EXPECT_EQ(ContractDiff({"source a int"}, {"source A int"}), "");
  EXPECT_EQ(ContractDiff({"source a int", "source b int"}, {"source a bigint", "source b int"}),
            "+ source a bigint, - source a int");
  EXPECT_EQ(ContractDiff({"source a int", "source b int"}, {"source b int", "source a int"}),
            "in another order, first 'source b int' in the place of 'source a int'");
  Lines many;
  for (int i = 0; i < 12; ++i) many.push_back("source c" + std::to_string(i) + " int");
  EXPECT_THAT(ContractDiff({}, many), HasSubstr("+ source c9 int and 2 more"));
}

TEST(SchemaContractTest, WithoutTermsEverythingGoes) {
  const auto kept = CheckContract({}, {"source a int"});
  ASSERT_TRUE(kept.has_value());
  EXPECT_FALSE(kept->has_value());
}

TEST(SchemaContractTest, DriftIsRefusedUnlessAllowed) {
  const Lines before = {"source a int", "source b int"};
  const Lines now = {"source b int", "source a int"};
  EXPECT_FALSE(CheckContract({.before = before}, before)->has_value());
  const auto refused = CheckContract({.before = before}, now);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "SchemaDrift");
  EXPECT_EQ(refused.error().message,
            "the columns are not those of the last plan of this job: in another order, first "
            "'source b int' in the place of 'source a int'; set setting.allowSchemaDrift: true to "
            "go on with them");
  const auto allowed = CheckContract({.before = before, .allow_drift = true}, now);
  ASSERT_TRUE(allowed.has_value() && allowed->has_value());
  EXPECT_THAT(**allowed, HasSubstr("in another order"));
}

TEST(SchemaContractTest, AHashOutranksTheLastPlan) {
  const Lines before = {"source a int"};
  const Lines now = {"source a bigint"};
  EXPECT_FALSE(CheckContract({.hash = ContractHash(now), .before = before}, now)->has_value());
  const auto refused = CheckContract({.hash = ContractHash(before), .before = before}, now);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "the columns are not those of setting.schemaHash, their hash is now " +
                ContractHash(now) +
                ": + source a bigint, - source a int; look at what explain lists, then set this "
                "hash, or allowSchemaDrift: true");
  EXPECT_TRUE(CheckContract({.hash = ContractHash(before), .allow_drift = true}, now)->has_value());
}

}  // namespace
}  // namespace culvert::syncjob
