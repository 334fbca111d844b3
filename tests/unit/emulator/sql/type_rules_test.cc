// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/type_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::emulator::sql {
namespace {

/// Common type of types given as text; `null` is the literal's.
std::string Common(const std::vector<std::string>& names) {
  std::vector<MaybeType> types;
  for (const std::string& name : names) {
    types.push_back(name == "null" ? MaybeType() : record::Type::Parse(name).value());
  }
  const auto common = CommonType(types);
  if (!common) return "none";
  return *common ? (*common)->ToString() : "null";
}

TEST(TypeRulesTest, FindsTheWiderType) {
  EXPECT_EQ(Common({"int", "bigint", "tinyint"}), "bigint");
  EXPECT_EQ(Common({"int", "decimal(10,2)"}), "decimal(38,2)");
  EXPECT_EQ(Common({"decimal(10,2)", "double"}), "double");
  EXPECT_EQ(Common({"date", "timestamp", "datetime"}), "timestamp");
  EXPECT_EQ(Common({"string", "bigint"}), "string");
  EXPECT_EQ(Common({"varchar(3)", "varchar(3)"}), "varchar(3)");
  EXPECT_EQ(Common({"null", "boolean", "null"}), "boolean");
  EXPECT_EQ(Common({"null"}), "null");
}

TEST(TypeRulesTest, SomeTypesHaveNoneInCommon) {
  EXPECT_EQ(Common({"boolean", "bigint"}), "none");
  EXPECT_EQ(Common({"array<int>", "string"}), "none");
  EXPECT_EQ(Common({"date", "bigint"}), "none");
}

TEST(TypeRulesTest, ReadsParametersOfFunctions) {
  const FunctionRule* substr = FindFunction("substr");
  ASSERT_NE(substr, nullptr);
  EXPECT_EQ(ArityOf(*substr).least, 2U);
  EXPECT_EQ(ArityOf(*substr).most, 3U);
  EXPECT_EQ(ParameterAt(*substr, 0), 't');
  EXPECT_EQ(ParameterAt(*substr, 2), 'i');
  const FunctionRule* concat = FindFunction("concat_ws");
  ASSERT_NE(concat, nullptr);
  EXPECT_GT(ArityOf(*concat).most, 50U);
  EXPECT_EQ(ParameterAt(*concat, 40), 't');
  EXPECT_EQ(FindFunction("nosuch"), nullptr);
}

}  // namespace
}  // namespace culvert::emulator::sql
