// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/transform_text.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace culvert::runner {
namespace {

constexpr const char* kNull = nullptr;

/// The value that becomes of `value`; "!" and the reason where it becomes none, "null".
std::string Made(const char* name, const std::vector<std::string>& paras, const char* value) {
  const auto rule = syncjob::ParseTransformer({name, 0, paras});
  if (!rule) return "!" + rule.error().message;
  std::optional<std::string> out;
  const auto given = value == kNull ? std::nullopt : std::optional<std::string_view>(value);
  const std::string_view reason = ChangeText(*rule, given, out);
  if (!reason.empty()) return "!" + std::string(reason);
  return out.value_or("null");
}

// transformer.md's own examples.
// Feature: Transformers
TEST(TransformTextTest, DoesWhatDataXsPageShows) {
  EXPECT_EQ(Made("dx_substr", {"2", "5"}, "dataxTest"), "taxTe");
  EXPECT_EQ(Made("dx_substr", {"5", "10"}, "dataxTest"), "Test");
  EXPECT_EQ(Made("dx_pad", {"l", "4", "A"}, "xyz"), "Axyz");
  EXPECT_EQ(Made("dx_pad", {"l", "4", "A"}, "xyzzzzz"), "xyzz");
  EXPECT_EQ(Made("dx_pad", {"r", "4", "A"}, "xyz"), "xyzA");
  EXPECT_EQ(Made("dx_pad", {"r", "4", "A"}, "xyzzzzz"), "xyzz");
  EXPECT_EQ(Made("dx_replace", {"2", "4", "****"}, "dataxTest"), "da****est");
  EXPECT_EQ(Made("dx_replace", {"5", "10", "****"}, "dataxTest"), "datax****");
  EXPECT_EQ(Made("dx_digest", {"md5", "toUpperCase"}, "xyzzzzz"),
            "9CDFFC4FA4E45A99DB8BBCD762ACFFA2");
}

TEST(TransformTextTest, LeavesNullAloneOrTakesItForEmpty) {
  EXPECT_EQ(Made("dx_substr", {"9", "1"}, kNull), "null");
  EXPECT_EQ(Made("dx_replace", {"9", "1", "x"}, kNull), "null");
  EXPECT_EQ(Made("dx_pad", {"l", "5", "ab"}, kNull), "ababa");
  EXPECT_EQ(Made("dx_digest", {"md5", "toLowerCase"}, kNull), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Made("dx_digest", {"sha1", "toLowerCase"}, ""),
            "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

// Feature: Transformers
TEST(TransformTextTest, ABadStartIsAReasonAndTheEndIsNone) {
  EXPECT_EQ(Made("dx_substr", {"3", "1"}, "abc"), "");
  EXPECT_EQ(Made("dx_substr", {"4", "1"}, "abc"), "!text is shorter than the start of dx_substr");
  EXPECT_EQ(Made("dx_substr", {"0", "0"}, "abc"), "");
  EXPECT_EQ(Made("dx_substr", {"1", "4294967295"}, "abc"), "bc");
  EXPECT_EQ(Made("dx_replace", {"3", "0", "x"}, "abc"), "abcx");
  EXPECT_EQ(Made("dx_replace", {"1", "0", "x"}, "abc"), "axbc");
  EXPECT_EQ(Made("dx_replace", {"4", "1", "x"}, "abc"),
            "!text is shorter than the start of dx_replace");
}

TEST(TransformTextTest, CountsCharactersAndFillsWithWholeOnes) {
  EXPECT_EQ(Made("dx_substr", {"1", "2"}, "é€😀x"), "€😀");
  EXPECT_EQ(Made("dx_replace", {"1", "1", "-"}, "é€😀"), "é-😀");
  EXPECT_EQ(Made("dx_pad", {"l", "6", "€b"}, "😀x"), "€b€b😀x");
  EXPECT_EQ(Made("dx_pad", {"r", "1", "0"}, "é€"), "é");
  EXPECT_EQ(Made("dx_pad", {"r", "0", "0"}, "abc"), "");
}

TEST(TransformTextTest, DoesNotCountInWhatIsNoText) {
  EXPECT_EQ(Made("dx_substr", {"0", "5"}, "a\xFF"),
            "!text is no valid UTF-8, a transformer cannot count in it");
  EXPECT_EQ(Made("dx_pad", {"l", "5", "0"}, "\xC3").front(), '!');
  // Nothing is counted here.
  EXPECT_EQ(Made("dx_digest", {"md5", "toLowerCase"}, "\xFF"), "00594fd4f42ba43fc1ca0427a0576295");
}

}  // namespace
}  // namespace culvert::runner
