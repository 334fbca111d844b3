// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/yaml_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob::internal {
namespace {

using testing::HasSubstr;

std::string ErrorOf(std::string_view text) {
  const auto documents = ParseYaml(text, "f");
  return documents ? "no error" : documents.error().message;
}

TEST(YamlTreeTest, KeepsPlacesQuotesAndRepeatedKeys) {
  const auto documents = ParseYaml("a: 1\nb: '1'\na: [x, null]\n", "f");
  ASSERT_TRUE(documents.has_value());
  const YamlNode& root = *documents->at(0);
  ASSERT_EQ(root.entries.size(), 3u);
  EXPECT_FALSE(root.entries[0].second->quoted);
  EXPECT_TRUE(root.entries[1].second->quoted);
  EXPECT_EQ(root.entries[2].first->text, "a");
  EXPECT_EQ(root.entries[2].first->line, 3);
  EXPECT_EQ(root.entries[2].second->column, 4);
  EXPECT_EQ(root.entries[2].second->items.at(1)->kind, YamlNode::Kind::kNull);
}

TEST(YamlTreeTest, AliasesRepeatTheirAnchor) {
  const auto documents = ParseYaml("a: &x {k: v}\nb: *x\n", "f");
  ASSERT_TRUE(documents.has_value());
  EXPECT_EQ(documents->at(0)->entries[1].second->entries.at(0).second->text, "v");
}

TEST(YamlTreeTest, AnAliasBombIsRefused) {
  std::string text = "a: &a [" + std::string(400, 'x') + "]\n";
  char last = 'a';
  for (char name = 'b'; name <= 'p'; ++name) {
    text += std::string(1, name) + ": &" + name + " [";
    for (int i = 0; i < 9; ++i) text += std::string("*") + last + ",";
    text += "]\n";
    last = name;
  }
  EXPECT_THAT(ErrorOf(text), HasSubstr("aliases repeat more than 1048576 bytes"));
}

TEST(YamlTreeTest, AnAliasOfItselfIsRefused) {
  EXPECT_THAT(ErrorOf("a: &x [*x]\n"), HasSubstr("an alias inside its own anchor"));
}

TEST(YamlTreeTest, DepthIsBounded) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_EQ(ErrorOf(nested(kYamlDepthMax)), "no error");
  EXPECT_THAT(ErrorOf(nested(kYamlDepthMax + 1)), HasSubstr("more than 64 levels"));
  EXPECT_NE(ErrorOf(nested(100'000)), "no error");
}

TEST(YamlTreeTest, TagsAreRefused) {
  EXPECT_THAT(ErrorOf("a: !!binary aGk=\n"), HasSubstr("tags such as"));
  EXPECT_THAT(ErrorOf("!x {a: b}\n"), HasSubstr("tags such as"));
}

TEST(YamlTreeTest, TextAfterADocumentIsRefused) {
  EXPECT_NE(ErrorOf("{a: b},\n"), "no error");
  EXPECT_NE(ErrorOf("{a: b}]\n"), "no error");
}

TEST(YamlTreeTest, OnlyUtf8IsRead) {
  EXPECT_EQ(ErrorOf("a: \u00e9\u20ac\U0001F600\n"), "no error");
  for (const std::string_view bad :
       {"\x80", "\xff", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_EQ(ErrorOf("a: b\nc: " + std::string(bad)), "f:2: a byte that is no UTF-8");
  }
}

TEST(YamlTreeTest, SizeIsBounded) {
  EXPECT_THAT(ErrorOf(std::string(kYamlTextBytesMax + 1, ' ')), HasSubstr("larger than"));
}

TEST(YamlTreeTest, SyntaxErrorsHaveAPlace) {
  EXPECT_THAT(ErrorOf("a: 'open"), testing::StartsWith("f:"));
  EXPECT_THAT(ErrorOf("{a: b"), testing::StartsWith("f:"));
}

}  // namespace
}  // namespace culvert::syncjob::internal
