// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/transformer.h"

#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace culvert::syncjob {
namespace {

using test::FailsBecause;
using test::IsOk;
using testing::HasSubstr;

record::Type TypeNamed(const char* text) { return *record::Type::Parse(text); }

std::vector<record::Type> Types(const std::vector<const char*>& names) {
  std::vector<record::Type> types;
  for (const char* name : names) types.push_back(TypeNamed(name));
  return types;
}

std::string WhyNot(const Transformer& transformer, const std::vector<const char*>& types) {
  const auto after = ColumnsAfter({transformer}, Types(types));
  if (after) return "";
  EXPECT_EQ(after.error().reason, "SchemaMismatch");
  return after.error().message;
}

TEST(TransformerTest, ReadsTheFiveRules) {
  const auto filter = ParseTransformer({"dx_filter", 0, {"NOT Like", "a.*"}});
  ASSERT_THAT(filter, IsOk());
  EXPECT_EQ(std::get<FilterRows>(*filter).condition, FilterRows::Condition::kNotLike);
  EXPECT_TRUE(std::get<FilterRows>(*filter).pattern.at(0).MatchesWhole("abc"));
  const auto same = ParseTransformer({"dx_filter", 0, {"==", "a"}});
  EXPECT_EQ(std::get<FilterRows>(*same).condition, FilterRows::Condition::kEqual);
  const auto part = ParseTransformer({"dx_substr", 0, {"2", "+5"}});
  EXPECT_EQ(std::get<CutOut>(*part).start, 2u);
  EXPECT_EQ(std::get<CutOut>(*part).length, 5u);
  const auto pad = ParseTransformer({"dx_pad", 0, {"R", "4", "ab"}});
  EXPECT_FALSE(std::get<PadText>(*pad).left);
  const auto replace = ParseTransformer({"dx_replace", 0, {"0", "1", ""}});
  EXPECT_EQ(std::get<ReplaceText>(*replace).with, "");
  const auto digest = ParseTransformer({"dx_digest", 0, {"SHA1", "toUpperCase"}});
  EXPECT_TRUE(std::get<DigestText>(*digest).sha1);
  EXPECT_TRUE(std::get<DigestText>(*digest).upper_case);
}

TEST(TransformerTest, FollowsTheTypesThroughAllOfThem) {
  const auto after = ColumnsAfter({{"dx_filter", 0, {"<", "0"}},
                                   {"dx_pad", 0, {"l", "10", "0"}},
                                   {"dx_filter", 0, {"<", "abc"}},
                                   {"dx_filter", 1, {">", "1.5"}}},
                                  Types({"bigint", "decimal(10,2)", "date"}));
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ((*after)[0].type, TypeNamed("string"));
  EXPECT_TRUE((*after)[0].changed);
  EXPECT_EQ((*after)[1].type, TypeNamed("decimal(10,2)"));
  EXPECT_TRUE((*after)[1].named);
  EXPECT_FALSE((*after)[1].changed);
  EXPECT_FALSE((*after)[2].named);
}

// Feature: Transformers
TEST(TransformerTest, RefusesWhatDoesNotFitItsColumn) {
  EXPECT_THAT(WhyNot({"dx_substr", 2, {"0", "1"}}, {"string", "string"}),
              HasSubstr("transformers[0]: columnIndex 2 is beyond the source's list of 2 columns"));
  EXPECT_THAT(WhyNot({"dx_filter", 0, {"<", "0.5"}}, {"int"}), HasSubstr("a whole number"));
  EXPECT_THAT(WhyNot({"dx_filter", 0, {"<", "2024-01-01"}}, {"datetime"}),
              HasSubstr("milliseconds since 1970"));
  EXPECT_THAT(WhyNot({"dx_filter", 0, {"<", "nan"}}, {"double"}), HasSubstr("a number"));
  EXPECT_THAT(WhyNot({"dx_pad", 0, {"l", "1", "0"}}, {"array<int>"}),
              HasSubstr("of type array<int>, which no transformer takes"));
  EXPECT_EQ(WhyNot({"dx_filter", 0, {"=", "NULL"}}, {"int"}), "");
  EXPECT_EQ(WhyNot({"dx_filter", 0, {"like", "1.*"}}, {"int"}), "");
}

TEST(TransformerTest, SaysHowAWrongOneIsWritten) {
  const auto unknown = ParseTransformer({"dx_sub", 0, {"1"}});
  EXPECT_THAT(unknown.error().message, HasSubstr("dx_filter, dx_substr, dx_pad"));
  const auto few = ParseTransformer({"dx_pad", 0, {"l"}});
  EXPECT_THAT(few.error().message, HasSubstr(R"(must be 3 texts for dx_pad, such as ["l", "10")"));
  const auto backwards = ParseTransformer({"dx_filter", 0, {"like", "(a)\\1"}});
  EXPECT_THAT(backwards.error().message, HasSubstr("no back references"));
}

}  // namespace
}  // namespace culvert::syncjob
