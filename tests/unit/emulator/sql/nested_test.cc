// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/nested.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::emulator::sql {
namespace {

record::Type TypeFrom(std::string_view text) { return record::Type::Parse(text).value(); }

/// JSON to wire and back.
std::string RoundTrip(std::string_view type, std::string_view json) {
  const auto wire = JsonToNested(TypeFrom(type), json);
  return wire ? NestedToJson(TypeFrom(type), *wire) : "error: " + wire.error().message;
}

TEST(NestedTest, WritesTheBytesOfTheWire) {
  // count 3; flag, zig-zag 1; null; flag, zig-zag -1
  EXPECT_EQ(JsonToNested(TypeFrom("array<bigint>"), "[1,null,-1]").value(),
            std::string("\x03\x00\x02\x01\x00\x01", 6));
  EXPECT_EQ(JsonToNested(TypeFrom("struct<a:string,b:boolean>"), R"({"b":true,"a":"x"})").value(),
            std::string("\x00\x01x\x00\x01", 5));
}

TEST(NestedTest, KeepsEveryScalar) {
  EXPECT_EQ(RoundTrip("array<double>", R"([1.5,"NaN","-Infinity"])"), R"([1.5,"NaN","-Infinity"])");
  EXPECT_EQ(RoundTrip("array<double>", "[1.5,2]"), "[1.5,2.0]");
  EXPECT_EQ(RoundTrip("array<float>", "[0.1]"), "[0.1]");
  EXPECT_EQ(RoundTrip("array<decimal(38,18)>", R"(["0.000000000000000001"])"),
            R"(["0.000000000000000001"])");
  EXPECT_EQ(RoundTrip("array<date>", R"(["2024-02-29"])"), R"(["2024-02-29"])");
  EXPECT_EQ(RoundTrip("array<timestamp>", R"(["1969-12-31 23:59:58.5"])"),
            R"(["1969-12-31 23:59:58.5"])");
  EXPECT_EQ(RoundTrip("array<binary>", R"(["00ff"])"), R"(["00ff"])");
  EXPECT_EQ(RoundTrip("array<string>", R"(["a\"b\n"])"), R"(["a\"b\n"])");
}

TEST(NestedTest, NestsToAnyDepth) {
  EXPECT_EQ(RoundTrip("map<string,array<struct<a:int,b:map<bigint,string>>>>",
                      R"({"k":[{"a":1,"b":{"7":"x"}},null]})"),
            R"({"k":[{"a":1,"b":{"7":"x"}},null]})");
}

TEST(NestedTest, MatchesFieldsWhateverTheCase) {
  EXPECT_EQ(RoundTrip("struct<A:int>", R"({"a":1})"), R"({"A":1})");
}

TEST(NestedTest, RefusesOtherShapes) {
  EXPECT_EQ(RoundTrip("array<bigint>", "{}").substr(0, 5), "error");
  EXPECT_EQ(RoundTrip("array<tinyint>", "[300]").substr(0, 5), "error");
  EXPECT_EQ(RoundTrip("map<string,int>", "[1]").substr(0, 5), "error");
  EXPECT_EQ(RoundTrip("array<bigint>", "[1").substr(0, 5), "error");
}

}  // namespace
}  // namespace culvert::emulator::sql
