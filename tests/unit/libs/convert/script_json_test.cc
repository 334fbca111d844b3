// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/script_json.h"

#include "libs/base/json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace culvert::convert {
namespace {

using Kind = ScriptNode::Kind;

std::string ErrorOf(std::string_view text, Comments comments = Comments::kRefuse) {
  const auto read = ParseScript(text, "s.json", comments);
  return read ? "read" : read.error().message;
}

nlohmann::json ToJson(const ScriptNode& node) {
  switch (node.kind) {
    case Kind::kNull:
      return nullptr;
    case Kind::kBool:
      return node.text == "true";
    case Kind::kNumber:
      return ParseJson(node.text).value();
    case Kind::kString:
      return node.text;
    case Kind::kArray: {
      nlohmann::json list = nlohmann::json::array();
      for (const ScriptNode& item : node.items) list.push_back(ToJson(item));
      return list;
    }
    case Kind::kObject: {
      nlohmann::json map = nlohmann::json::object();
      for (const ScriptMember& member : node.members) map[member.name] = ToJson(member.value);
      return map;
    }
  }
  return nullptr;
}

TEST(ScriptJsonTest, ReadsWhatJsonIs) {
  for (const char* text :
       {R"({})", R"([])", R"("")", "null", "true", "false", "0", "-0", "12", "-1.5e+3", "1E9",
        R"( { "a" : [ 1 , { "b" : null } , "c" ] , "d" : false } )",
        R"("\" \\ \/ \b \f \n \r \t \u0041 \u00e9 \u4e2d \ud83d\ude00")", "\"\xE4\xB8\xAD\"",
        "[\n1,\r\n\t2]\n"}) {
    const auto read = ParseScript(text, "s.json", Comments::kRefuse);
    ASSERT_TRUE(read.has_value()) << text << ": " << read.error().message;
    EXPECT_EQ(ToJson(*read), ParseJson(text).value()) << text;
  }
}

TEST(ScriptJsonTest, KnowsThePlaceOfEachValue) {
  const auto read =
      ParseScript("{\n  \"a\": 1,\n  \"\xE4\xB8\xAD\": [true]\n}", "s.json", Comments::kRefuse);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->place, (Place{1, 1}));
  EXPECT_EQ(read->members[0].value.place, (Place{2, 8}));
  EXPECT_EQ(read->members[1].value.items[0].place, (Place{3, 9}));  // characters, not bytes
}

TEST(ScriptJsonTest, RefusesWhatIsNoJsonWithItsPlace) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "s.json:1:1: the script ends where a value is expected"},
      {"{", "s.json:1:2: a name in double quotes is expected here"},
      {"[1,\n]", "s.json:2:1: a comma before the closing bracket; remove it"},
      {"[1 2]", "s.json:1:4: ',' or ']' is expected here"},
      {"{\"a\" 1}", "s.json:1:6: ':' is expected here"},
      {"{\"a\":1 \"b\":2}", "s.json:1:8: ',' or '}' is expected here"},
      {"{'a': 1}", "s.json:1:2: a name in double quotes is expected here"},
      {"[01]", "s.json:1:3: a number with a leading zero; write it as a string"},
      {"[1.]", "s.json:1:4: not a number as JSON writes them"},
      {"[-]", "s.json:1:3: not a number as JSON writes them"},
      {"nul", "s.json:1:1: not JSON: a value is expected here (text stands in double quotes)"},
      {"\"a", "s.json:1:1: a string without its closing quotes"},
      {"\"a\nb\"", "s.json:1:3: a line break inside a string; write \\n, or close the quotes"},
      {"\"\x01\"", "s.json:1:2: a control character inside a string; write it as \\u00.."},
      {"\"\\x\"", "s.json:1:2: no escape of JSON; write \\\\ for a backslash"},
      {"\"\\u12g4\"", "s.json:1:2: \\u needs four hexadecimal digits"},
      {"\"\\ud800\"", "s.json:1:2: half of a surrogate pair"},
      {"\"\\ude00\"", "s.json:1:2: half of a surrogate pair"},
      {"\"\xFF\"", "s.json:1:2: a byte that is no UTF-8"},
      {"1 2", "s.json:1:3: text after the end of the script"},
      {"{\"a\":1,\n \"a\":2}",
       "s.json:2:2: a name that this object has already; remove one of the two"},
      {"{\"n\": ${n}}",
       "s.json:1:7: a placeholder outside of quotes; write it as a string, \"${name}\""}};
  for (const auto& [text, message] : cases) EXPECT_EQ(ErrorOf(text), message) << text;
}

// Feature: Comments in scripts
TEST(ScriptJsonTest, RefusesCommentsWithTheirPlaceOrStripsThem) {
  const std::string text = "{ // one\n  \"a\": /* two\n */ \"/* not one */ // nor this\" }\n// end";
  EXPECT_EQ(ErrorOf(text),
            "s.json:1:3: a comment, which JSON does not have; remove it, or convert with "
            "--strip-comments");
  const auto read = ParseScript(text, "s.json", Comments::kStrip);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->members[0].value.text, "/* not one */ // nor this");
  EXPECT_EQ(read->members[0].value.place, (Place{3, 5}));
  EXPECT_EQ(ErrorOf("{} /* open", Comments::kStrip), "s.json:1:4: a comment without its end");
}

TEST(ScriptJsonTest, BoundsDepthAndSize) {
  const auto nested = [](int levels) {
    return std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']');
  };
  EXPECT_EQ(ErrorOf(nested(kScriptDepthMax)), "read");
  EXPECT_EQ(ErrorOf(nested(kScriptDepthMax + 1)), "s.json:1:65: more than 64 levels of nesting");
  EXPECT_EQ(ErrorOf(std::string(kScriptBytesMax + 1, ' ')), "s.json: larger than 4 MiB");
}

TEST(ScriptJsonTest, TellsNoValueInItsMessages) {
  for (const char* text : {R"({"accessKey": "top-secret)", R"({"accessKey": "top-secret\q"})",
                           R"({"accessKey": top-secret})"}) {
    EXPECT_EQ(ErrorOf(text).find("top-secret"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace culvert::convert
