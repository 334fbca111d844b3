// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/yaml_text.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <random>
#include <regex>
#include <string>
#include <vector>

namespace culvert::convert {
namespace {

TEST(YamlTextTest, WritesWhatAPersonWouldWrite) {
  YamlValue map;
  map.Set("apiVersion", YamlValue::Text("culvert.dev/v1alpha1"));
  YamlValue spec;
  spec.Set("table", YamlValue::Text("orders"));
  spec.Set("partition", YamlValue::Texts({"dt=20250330,hh=*", "dt=2025"}));
  spec.Set("column", YamlValue::Texts({"*"}));
  spec.Set("where", YamlValue::Text("amount > 0"));
  spec.Set("truncate", YamlValue::Flag(true));
  spec.Set("mbps", YamlValue::Word("12"));
  YamlValue list = YamlValue::List();
  list.items.emplace_back();
  list.items.back().Set("name", YamlValue::Text("id"));
  list.items.back().Set("random").Set("min", YamlValue::Word("0"));
  spec.Set("stream", std::move(list));
  spec.Set("target");
  map.Set("spec", std::move(spec));
  EXPECT_EQ(WriteYaml(map),
            "apiVersion: culvert.dev/v1alpha1\n"
            "spec:\n"
            "  table: orders\n"
            "  partition: [\"dt=20250330,hh=*\", dt=2025]\n"
            "  column: [\"*\"]\n"
            "  where: amount > 0\n"
            "  truncate: true\n"
            "  mbps: 12\n"
            "  stream:\n"
            "    - name: id\n"
            "      random:\n"
            "        min: 0\n"
            "  target: {}\n");
}

TEST(YamlTextTest, GivesEachItemOfALongListItsLine) {
  YamlValue map;
  map.Set("list", YamlValue::Texts({std::string(60, 'a'), std::string(60, 'b')}));
  EXPECT_EQ(WriteYaml(map),
            "list:\n  - " + std::string(60, 'a') + "\n  - " + std::string(60, 'b') + "\n");
}

TEST(YamlTextTest, LeavesOutWhatIsNotYetWhenAsked) {
  YamlValue map;
  map.Set("a", YamlValue::Word("1"));
  map.Set("b", YamlValue::Word("2")).not_yet = true;
  map.Set("c", YamlValue::Texts({"x", "y"}));
  map.Set("d").Set("e", YamlValue::Word("3")).not_yet = true;
  EXPECT_EQ(WriteYaml(map, YamlParts::kDone), "a: 1\nc: [x, \"y\"]\nd: {}\n");
}

/// What a reader of YAML 1.1 or 1.2 takes for anything but a string, when it has no quotes.
bool IsResolved(const std::string& text) {
  static const std::regex kResolved(
      "|~|null|true|false|yes|no|on|off|y|n|"                      // null and booleans
      "[-+]?[0-9][0-9_,]*|0b[01_]+|0o?[0-7_]+|[-+]?0x[0-9a-f_]+|"  // integers
      "[-+]?([0-9][0-9_]*)?[.][0-9_]*(e[-+]?[0-9]+)?|[-+]?[0-9][0-9_]*(e[-+]?[0-9]+)|"
      "[-+]?[.](inf|nan)|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+([.][0-9_]*)?|"
      "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|=|<<",
      std::regex::icase);
  return std::regex_match(text, kResolved);
}

void ExpectReadBack(const std::string& text) {
  YamlValue map;
  map.Set("scalar", YamlValue::Text(text));
  map.Set("list", YamlValue::Texts({text, "x", text}));
  map.Set("long", YamlValue::Texts({std::string(100, 'x'), text}));
  const std::string yaml = WriteYaml(map);
  YAML::Node read;
  ASSERT_NO_THROW(read = YAML::Load(yaml)) << yaml;
  for (const YAML::Node& node :
       {read["scalar"], read["list"][0], read["list"][2], read["long"][1]}) {
    ASSERT_TRUE(node.IsScalar()) << yaml;
    EXPECT_EQ(node.Scalar(), text) << yaml;
    const bool quoted = node.Tag() == "!";
    EXPECT_TRUE(quoted || !IsResolved(text)) << yaml;
  }
  EXPECT_EQ(read["list"].size(), 3u) << yaml;
}

TEST(YamlTextTest, QuotesWhatAnyReaderWouldTakeForAnotherValue) {
  for (const char* text : {"",
                           "~",
                           "null",
                           "Null",
                           "yes",
                           "No",
                           "ON",
                           "off",
                           "y",
                           "N",
                           "true",
                           "FALSE",
                           "0",
                           "12",
                           "007",
                           "1e3",
                           "0x1F",
                           "0o17",
                           "+1",
                           "-1",
                           "1_000",
                           ".5",
                           "1.5",
                           ".inf",
                           "-.INF",
                           ".nan",
                           "inf",
                           "nan",
                           "2025-03-30",
                           "12:30:45",
                           "1:2",
                           "=",
                           "<<",
                           "*",
                           "&a",
                           "!t",
                           "- a",
                           "-",
                           "--- a",
                           "? a",
                           "a: b",
                           "a:",
                           "a #b",
                           "#a",
                           " a",
                           "a ",
                           "[a]",
                           "{a}",
                           "a,b",
                           "|",
                           ">",
                           "%a",
                           "@a",
                           "`a",
                           "'a'",
                           "\"a\"",
                           "a\"b",
                           "a\\b",
                           "a\nb",
                           "a\tb",
                           "\xC2\x85",
                           "\xE2\x80\xA8",
                           "\xEF\xBB\xBF",
                           "\x7F",
                           "\xE4\xB8\xAD\xE6\x96\x87",
                           "\xF0\x9F\x98\x80"}) {
    ExpectReadBack(text);
  }
}

TEST(YamlTextTest, ReadsBackWhateverIsWritten) {
  constexpr std::uint64_t kSeed = 20250330;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  const std::vector<std::string> pieces = {"a",
                                           "Z",
                                           "0",
                                           "9",
                                           "yes",
                                           "null",
                                           ".",
                                           "-",
                                           "+",
                                           "_",
                                           ":",
                                           " ",
                                           "#",
                                           ",",
                                           "[",
                                           "]",
                                           "{",
                                           "}",
                                           "*",
                                           "&",
                                           "!",
                                           "|",
                                           ">",
                                           "'",
                                           "\"",
                                           "\\",
                                           "%",
                                           "@",
                                           "`",
                                           "?",
                                           "\n",
                                           "\t",
                                           "\r",
                                           "=",
                                           "~",
                                           "/",
                                           "<<",
                                           "$",
                                           "e",
                                           "x",
                                           ": ",
                                           " #",
                                           "\x01",
                                           "\x7F",
                                           "\xC2\x85",
                                           "\xE2\x80\xA9",
                                           "\xEF\xBF\xBD",
                                           "\xE4\xB8\xAD",
                                           "\xF0\x9F\x98\x80"};
  std::uniform_int_distribution<std::size_t> length(0, 8);
  std::uniform_int_distribution<std::size_t> piece(0, pieces.size() - 1);
  for (int i = 0; i < 20'000 && !testing::Test::HasFailure(); ++i) {
    std::string text;
    for (std::size_t k = length(random); k > 0; --k) text += pieces[piece(random)];
    ExpectReadBack(text);
  }
}

}  // namespace
}  // namespace culvert::convert
