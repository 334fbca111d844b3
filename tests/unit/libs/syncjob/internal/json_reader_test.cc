// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/json_reader.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace culvert::syncjob::internal {
namespace {

using nlohmann::json;

TEST(JsonReaderTest, ReadsEachType) {
  const json value = {{"u", 18'446'744'073'709'551'615ull},
                      {"i", -5},
                      {"n", 2.5},
                      {"b", true},
                      {"t", "x"},
                      {"l", {"a", "b"}}};
  std::optional<Error> error;
  JsonReader in(value, "doc", error, {"u", "i", "n", "b", "t", "l"});
  EXPECT_EQ(in.U64("u"), 18'446'744'073'709'551'615ull);
  EXPECT_EQ(in.I64("i"), -5);
  EXPECT_EQ(in.I32("i"), -5);
  EXPECT_EQ(in.Number("n"), 2.5);
  EXPECT_TRUE(in.Bool("b"));
  EXPECT_EQ(in.Text("t"), "x");
  EXPECT_EQ(in.Texts("l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(in.Has("u"));
  EXPECT_FALSE(in.Has("v"));
  EXPECT_FALSE(error.has_value());
}

std::string ReadErrorOf(const json& value, void (*read)(JsonReader&)) {
  std::optional<Error> error;
  JsonReader in(value, "doc", error, {"k"});
  read(in);
  return error ? error->message : "no error";
}

TEST(JsonReaderTest, NamesWhatIsWrong) {
  const json text = {{"k", "x"}};
  EXPECT_EQ(ReadErrorOf(json::array(), [](JsonReader&) {}), "doc: not an object");
  EXPECT_EQ(ReadErrorOf({{"z", 1}}, [](JsonReader&) {}), "doc.z: unknown key");
  EXPECT_EQ(ReadErrorOf(json::object(), [](JsonReader& in) { in.Text("k"); }), "doc.k: missing");
  EXPECT_NE(ReadErrorOf(text, [](JsonReader& in) { in.U64("k"); }), "no error");
  EXPECT_NE(ReadErrorOf(text, [](JsonReader& in) { in.I64("k"); }), "no error");
  EXPECT_NE(ReadErrorOf(text, [](JsonReader& in) { in.Number("k"); }), "no error");
  EXPECT_NE(ReadErrorOf(text, [](JsonReader& in) { in.Bool("k"); }), "no error");
  EXPECT_NE(ReadErrorOf(text, [](JsonReader& in) { in.Texts("k"); }), "no error");
  EXPECT_NE(ReadErrorOf({{"k", 1}}, [](JsonReader& in) { in.Text("k"); }), "no error");
  EXPECT_NE(ReadErrorOf({{"k", {1}}}, [](JsonReader& in) { in.Texts("k"); }), "no error");
  EXPECT_NE(ReadErrorOf({{"k", -1}}, [](JsonReader& in) { in.U64("k"); }), "no error");
  EXPECT_NE(ReadErrorOf({{"k", 1ull << 63}}, [](JsonReader& in) { in.I64("k"); }), "no error");
  EXPECT_NE(ReadErrorOf({{"k", 1ull << 31}}, [](JsonReader& in) { in.I32("k"); }), "no error");
  EXPECT_NE(ReadErrorOf({{"k", {1, 2, 3}}}, [](JsonReader& in) { in.Array("k", 2); }), "no error");
}

TEST(JsonReaderTest, KeepsTheFirstError) {
  const json value = {{"k", "x"}};
  std::optional<Error> error;
  JsonReader in(value, "doc", error, {"k"});
  in.U64("k");
  const std::string first = error->message;
  EXPECT_EQ(in.Text("k"), "");
  in.Bool("k");
  EXPECT_EQ(error->message, first);
}

}  // namespace
}  // namespace culvert::syncjob::internal
