// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/object_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace culvert::syncjob::internal {
namespace {

using testing::HasSubstr;

/// What `read` makes of `k: TEXT`: the error, or the warnings joined, or "".
std::string Outcome(const std::string& text, const std::function<void(ObjectReader&)>& read) {
  const auto documents = ParseYaml("k: " + text + "\n", "f");
  EXPECT_TRUE(documents.has_value()) << text;
  ReadContext context{
      .file_name = "f", .error = {}, .warnings = {}, .resolve = {}, .hide_values = false};
  ObjectReader in(context, documents->at(0).get(), "top", {"k", "other"});
  read(in);
  if (context.error) return context.error->message;
  return context.warnings.empty() ? "" : context.warnings[0];
}

std::string TextOf(const std::string& text) {
  std::string value;
  const std::string problem = Outcome(text, [&](ObjectReader& in) { value = in.Text("k"); });
  return problem.empty() ? value : problem;
}

TEST(ObjectReaderTest, PlainScalarsThatLookLikeOtherTypesAreNoText) {
  for (const char* text :
       {"true", "False", "yes", "NO",  "on", "off", "y",     "N",    "12",    "-1",   "+3",
        "0x1F", "0o17",  "0b1", "1.5", ".5", "1e3", "1_000", ".inf", "-.INF", ".nan", "010"}) {
    EXPECT_THAT(TextOf(text), HasSubstr("f:1:4: top.k: must be a string")) << text;
    EXPECT_EQ(TextOf("'" + std::string(text) + "'"), text);
  }
}

TEST(ObjectReaderTest, OtherPlainScalarsAreText) {
  for (const char* text : {"abc", "2024-02-29", "1.2.3", "12ab", "10:30", "month=1", "a b", "0xzz",
                           "e3", "inf", "nan", "1Gi"}) {
    EXPECT_EQ(TextOf(text), text);
  }
}

TEST(ObjectReaderTest, TextIsBoundedAndPrintable) {
  EXPECT_THAT(TextOf(std::string(129, 'x')), HasSubstr("longer than 128 bytes"));
  EXPECT_THAT(TextOf("\"a\\nb\""), HasSubstr("control character"));
  EXPECT_THAT(TextOf("\"a\\0b\""), HasSubstr("control character"));
}

TEST(ObjectReaderTest, FlagsAreTrueOrFalse) {
  const auto flag = [](const std::string& text) {
    return Outcome(text, [](ObjectReader& in) { in.Flag("k", false); });
  };
  EXPECT_EQ(flag("true"), "");
  EXPECT_EQ(flag("null"), "");
  for (const char* text : {"yes", "True", "'true'", "1", "[]"}) {
    EXPECT_THAT(flag(text), HasSubstr("must be true or false")) << text;
  }
}

TEST(ObjectReaderTest, IntegersAreDecimalAndInRange) {
  const auto number = [](const std::string& text) {
    return Outcome(text, [](ObjectReader& in) { in.Integer("k", -5, 5, 0); });
  };
  EXPECT_EQ(number("5"), "");
  EXPECT_EQ(number("-5"), "");
  EXPECT_THAT(number("6"), HasSubstr("must be from -5 to 5"));
  EXPECT_THAT(number("99999999999999999999"), HasSubstr("must be from -5 to 5"));
  for (const char* text : {"'5'", "1.0", "0x1", "05", "1e0", "five", "{}"}) {
    EXPECT_THAT(number(text), HasSubstr("must be a whole number")) << text;
  }
}

TEST(ObjectReaderTest, AnAbsentObjectIsAllDefaults) {
  ReadContext context{
      .file_name = "f", .error = {}, .warnings = {}, .resolve = {}, .hide_values = false};
  ObjectReader in(context, nullptr, "top", {"k"});
  EXPECT_FALSE(in.Has("k"));
  EXPECT_EQ(in.Text("k"), "");
  EXPECT_TRUE(in.Flag("k", true));
  EXPECT_TRUE(in.Texts("k", 10).empty());
  EXPECT_TRUE(in.ok());
}

TEST(ObjectReaderTest, TheFirstErrorStays) {
  EXPECT_THAT(Outcome("1",
                      [](ObjectReader& in) {
                        in.Text("k");
                        in.Fail("other", "second");
                        in.Warn("other", "third");
                      }),
              HasSubstr("must be a string"));
}

TEST(ObjectReaderTest, UnsupportedFieldsAreAllowedWhenTheyAskForNothing) {
  const auto outcome = [](const std::string& text) {
    return Outcome(text, [](ObjectReader& in) { in.Unsupported("k", "do without"); });
  };
  for (const char* text : {"null", "''", "false", "0", "[]", "{}"})
    EXPECT_EQ(outcome(text), "") << text;
  for (const char* text : {"true", "1", "x", "'0'", "[1]", "{a: b}"}) {
    EXPECT_EQ(outcome(text), "f:1:4: top.k: not supported yet, do without") << text;
  }
}

}  // namespace
}  // namespace culvert::syncjob::internal
