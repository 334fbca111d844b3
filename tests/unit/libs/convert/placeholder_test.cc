// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/placeholder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::convert {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Filled {
  std::string text;
  std::vector<std::string> report;
};

Filled Fill(const std::string& text, const std::vector<Parameter>& parameters) {
  ScriptNode script = ParseScript("{\"t\": [\"" + text + "\"]}", "s", Comments::kRefuse).value();
  ConversionReport report;
  FillPlaceholders(script, parameters, report);
  return {.text = script.members[0].value.items[0].text, .report = report.Lines("s")};
}

TEST(PlaceholderTest, PutsTheValueInItsPlace) {
  const Filled filled = Fill("dt=${day},hh=${hour}", {{"day", "20250330"}, {"hour", "00"}});
  EXPECT_EQ(filled.text, "dt=20250330,hh=00");
  EXPECT_THAT(filled.report,
              ElementsAre("t[0]: filled, ${day} is '20250330'", "t[0]: filled, ${hour} is '00'"));
}

TEST(PlaceholderTest, LooksNotAtWhatItPutThere) {
  EXPECT_EQ(Fill("${a}${b}", {{"a", "$"}, {"b", "{a}"}}).text, "${a}");
}

TEST(PlaceholderTest, LeavesOtherDollarsAlone) {
  const Filled filled = Fill("cost $5 $ $bizdates ${open $[open", {});
  EXPECT_EQ(filled.text, "cost $5 $ $bizdates ${open $[open");
  EXPECT_THAT(filled.report, ElementsAre());
}

TEST(PlaceholderTest, RefusesWhatHasNoValueWithTheFlagThatGivesOne) {
  EXPECT_THAT(Fill("dt=${day}", {}).report,
              ElementsAre("s:1:8: t[0]: '${day}' has no value; give it, such as -p day=20250330"));
  EXPECT_THAT(Fill("dt=$[yyyymmdd-1]", {}).report,
              ElementsAre("s:1:8: t[0]: '$[yyyymmdd-1]' is not computed here; write ${name} in its "
                          "place and give -p name=VALUE"));
  EXPECT_THAT(Fill("dt=$bizdate", {}).report,
              ElementsAre("s:1:8: t[0]: '$bizdate' is not computed here; write ${bizdate} in its "
                          "place and give -p bizdate=VALUE"));
}

TEST(PlaceholderTest, RefusesParametersThatMeanNothing) {
  EXPECT_THAT(Fill("x", {{"day", "1"}}).report, ElementsAre(HasSubstr("-p day: has no use")));
  EXPECT_THAT(Fill("${d}", {{"d", "1"}, {"d", "2"}}).report,
              ElementsAre(HasSubstr("-p d: is given twice"), HasSubstr("filled")));
  for (const char* expression : {"${yyyymmdd}", "$[yyyymmdd-1]", "$bizdate"}) {
    EXPECT_THAT(Fill("${d}", {{"d", expression}}).report,
                ElementsAre(HasSubstr("-p d: is an expression"), HasSubstr("filled")));
  }
}

TEST(PlaceholderTest, FillsNoKeys) {
  ScriptNode script = ParseScript(R"({"accessKey": "${sk}"})", "s", Comments::kRefuse).value();
  ConversionReport report;
  FillPlaceholders(script, {{"sk", "word"}}, report);
  EXPECT_EQ(script.members[0].value.text, "${sk}");
  EXPECT_THAT(report.Lines("s"), ElementsAre(HasSubstr("keys are not filled from a command line")));
}

}  // namespace
}  // namespace culvert::convert
