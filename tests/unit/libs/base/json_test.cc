// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/json.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace culvert {
namespace {

using nlohmann::json;
using test::FailsWith;
using test::IsOk;
using test::IsOkAndHolds;

constexpr auto kInvalid = ErrorCode::kInvalidArgument;

json Parsed(std::string_view text) { return ParseJson(text).value(); }

TEST(JsonTest, SaysWhereTheTextIsBroken) {
  const auto result = ParseJson("{\n  \"a\": tru}\n");
  ASSERT_THAT(result, FailsWith(kInvalid));
  EXPECT_NE(result.error().message.find("line 2"), std::string::npos) << result.error().message;
}

TEST(JsonTest, DoesNotQuoteTheText) {
  const auto result = ParseJson("{\"key\": \"hidden-secret");
  ASSERT_THAT(result, FailsWith(kInvalid));
  EXPECT_EQ(result.error().message.find("hidden"), std::string::npos);
}

TEST(JsonTest, RefusesWhatFollowsTheValue) {
  EXPECT_THAT(ParseJson("{} {}"), FailsWith(kInvalid));
  EXPECT_THAT(ParseJson(""), FailsWith(kInvalid));
  EXPECT_THAT(ParseJson(" {} \n"), IsOk());
}

TEST(JsonTest, RefusesNumbersOutOfRangeAndBadText) {
  EXPECT_THAT(ParseJson("1e999"), FailsWith(kInvalid));
  EXPECT_THAT(ParseJson("\"\xff\""), FailsWith(kInvalid));
  EXPECT_THAT(ParseJson("NaN"), FailsWith(kInvalid));
}

TEST(JsonTest, NestsSixtyFourDeepAndNoDeeper) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_THAT(ParseJson(nested(64)), IsOk());
  EXPECT_THAT(ParseJson(nested(65)), FailsWith(kInvalid));
  EXPECT_THAT(ParseJson("\"" + nested(100) + "\\\"[\""), IsOk());
}

TEST(JsonTest, ReadsIntegersAsNumbersOrText) {
  const json object = Parsed(R"({"n": -5, "t": "-5", "u": 18446744073709551615})");
  EXPECT_THAT(JsonInt64(object, "n"), IsOkAndHolds(-5));
  EXPECT_THAT(JsonInt64(object, "t"), IsOkAndHolds(-5));
  EXPECT_THAT(JsonUint64(object, "u"), IsOkAndHolds(std::numeric_limits<std::uint64_t>::max()));
}

TEST(JsonTest, RefusesIntegersThatDoNotFit) {
  const json object = Parsed(
      R"({"neg": -1, "big": 9223372036854775808, "real": 1.5, "text": "1x", "empty": "",
          "plus": "+1", "huge": "99999999999999999999"})");
  EXPECT_THAT(JsonUint64(object, "neg"), FailsWith(kInvalid));
  EXPECT_THAT(JsonInt64(object, "big"), FailsWith(kInvalid));
  for (const char* key : {"real", "text", "empty", "plus", "huge"}) {
    EXPECT_THAT(JsonInt64(object, key), FailsWith(kInvalid)) << key;
  }
}

TEST(JsonTest, NamesTheKeyThatIsMissingOrWrong) {
  const json object = Parsed(R"({"a": 1, "nil": null})");
  for (const auto& result : {JsonString(object, "a"), JsonString(object, "nil"),
                             JsonString(object, "b"), JsonStringOr(object, "a", "x")}) {
    ASSERT_THAT(result, FailsWith(kInvalid));
    EXPECT_NE(result.error().message.find('\''), std::string::npos);
  }
  EXPECT_THAT(JsonBool(object, "a"), FailsWith(kInvalid));
}

TEST(JsonTest, FallsBackForMissingAndNullOnly) {
  const json object = Parsed(R"({"a": 1, "nil": null, "s": "x", "b": true})");
  EXPECT_THAT(JsonInt64Or(object, "none", 7), IsOkAndHolds(7));
  EXPECT_THAT(JsonInt64Or(object, "nil", 7), IsOkAndHolds(7));
  EXPECT_THAT(JsonUint64Or(object, "a", 7), IsOkAndHolds(1U));
  EXPECT_THAT(JsonStringOr(object, "s", "y"), IsOkAndHolds(std::string("x")));
  EXPECT_THAT(JsonBoolOr(object, "b", false), IsOkAndHolds(true));
  EXPECT_THAT(JsonBoolOr(object, "s", false), FailsWith(kInvalid));
}

TEST(JsonTest, RefusesMembersOfWhatIsNoObject) {
  const json list = Parsed("[1]");
  EXPECT_THAT(JsonInt64(list, "a"), FailsWith(kInvalid));
  EXPECT_THAT(JsonInt64Or(list, "a", 1), FailsWith(kInvalid));
}

TEST(JsonTest, DumpReplacesInvalidText) {
  EXPECT_EQ(DumpJson(json("a\xff")), "\"a\xef\xbf\xbd\"");
  EXPECT_EQ(DumpJson(Parsed("{ \"a\" : [ 1 ] }")), "{\"a\":[1]}");
  EXPECT_EQ(DumpJsonPretty(Parsed("{\"a\":1}")), "{\n  \"a\": 1\n}");
}

}  // namespace
}  // namespace culvert
