// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/template.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert::schedule {
namespace {

using test::IsOkAndHolds;

Result<std::string> Field(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const Template read, Template::Parse(text, Template::Place::kField));
  return read.Evaluate({{"day", "20250330"}, {"a.b_c", "x"}}, nullptr);
}

TEST(TemplateTest, KeepsTextAsItIs) {
  for (const std::string text : {"", "plain", "US$", "$5", "$", "a$$b", "{x}", "[*]", "$ {day}",
                                 "$other", "100%", "$(day)"}) {
    EXPECT_THAT(Field(text), IsOkAndHolds(text));
  }
}

TEST(TemplateTest, PutsValuesInTheirPlaces) {
  EXPECT_THAT(Field("dt=${day},hh=00"), IsOkAndHolds("dt=20250330,hh=00"));
  EXPECT_THAT(Field("${day}${day}${a.b_c}"), IsOkAndHolds("2025033020250330x"));
}

TEST(TemplateTest, NamesWhatHasNoValue) {
  const auto unknown = Field("dt=${bizdat}");
  EXPECT_THAT(unknown, test::FailsBecause("UnresolvedPlaceholder"));
  EXPECT_EQ(
      unknown.error().message,
      "column 4: '${bizdat}' has no value; assign it, as in -p bizdat=VALUE (assigned: a.b_c, "
      "day)");
  const auto dated = Field("dt=${yyyymmdd}");
  EXPECT_THAT(dated, test::FailsBecause("UnresolvedPlaceholder"));
  EXPECT_EQ(dated.error().message,
            "column 4: '${yyyymmdd}' needs the planned time of the run, as in --cycle-time "
            "2025-03-31T00:10:05");
  EXPECT_THAT(Field("$bizdate"), test::FailsBecause("UnresolvedPlaceholder"));
  EXPECT_THAT(Field("${yyyymmddhh24}").error().message,
              ::testing::HasSubstr("is no date: column 11: a business date has no time of day"));
}

TEST(TemplateTest, RefusesSlips) {
  for (const std::string text : {"${day", "$[yyyy", "${}", "${day-1}", "${day }", "$[day]",
                                 "$bizdate01", "$cyctimes", "${1day}", "${day:x}"}) {
    const auto value = Template::Parse(text, Template::Place::kField);
    EXPECT_THAT(value, test::FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(TemplateTest, KnowsNames) {
  EXPECT_TRUE(IsParameterName("bizdate"));
  EXPECT_TRUE(IsParameterName("_a.B9"));
  EXPECT_FALSE(IsParameterName(""));
  EXPECT_FALSE(IsParameterName("9a"));
  EXPECT_FALSE(IsParameterName("a-b"));
  EXPECT_FALSE(IsParameterName(std::string(65, 'a')));
  EXPECT_TRUE(HasPlaceholder("a${"));
  EXPECT_TRUE(HasPlaceholder("a$[b"));
  EXPECT_FALSE(HasPlaceholder("$ {x} $x"));
}

}  // namespace
}  // namespace culvert::schedule
