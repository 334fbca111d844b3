// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/xml.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::maxcompute::internal {
namespace {

using test::FailsWith;
using test::IsOk;
using test::IsOkAndHolds;

XmlNode MustParse(std::string_view text) {
  auto root = ParseXml(text);
  EXPECT_THAT(root, IsOk());
  return root.value_or(XmlNode());
}

TEST(XmlTest, ReadsElementsAttributesAndText) {
  const XmlNode root = MustParse(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a x='1' y=\"two\"><b>text</b><c/></a>\n");
  EXPECT_EQ(root.name, "a");
  ASSERT_NE(root.Attribute("x"), nullptr);
  EXPECT_EQ(*root.Attribute("x"), "1");
  EXPECT_EQ(*root.Attribute("y"), "two");
  EXPECT_EQ(root.Attribute("z"), nullptr);
  EXPECT_EQ(root.ChildText("b"), "text");
  EXPECT_NE(root.Child("c"), nullptr);
  EXPECT_EQ(root.Child("d"), nullptr);
  EXPECT_EQ(root.ChildText("d"), "");
}

TEST(XmlTest, ResolvesEntitiesAndReferences) {
  const XmlNode root = MustParse("<a v='&lt;&#65;'>&lt;&gt;&amp;&quot;&apos;&#x1F600;&#10;</a>");
  EXPECT_EQ(root.text, "<>&\"'\xf0\x9f\x98\x80\n");
  EXPECT_EQ(*root.Attribute("v"), "<A");
}

TEST(XmlTest, JoinsTextAndCdata) {
  EXPECT_EQ(MustParse("<a>1<![CDATA[<&]]]]><![CDATA[>]]>2</a>").text, "1<&]]>2");
}

TEST(XmlTest, SkipsCommentsAndInstructions) {
  const XmlNode root = MustParse("<!-- x --><?pi y?><a>1<!-- <b/> --><?pi?>2</a><!-- z -->");
  EXPECT_EQ(root.text, "12");
  EXPECT_TRUE(root.children.empty());
}

TEST(XmlTest, FoldsLineEnds) {
  EXPECT_EQ(MustParse("<a b='x\r\ny'>1\r\n2\r3<![CDATA[\r\n]]></a>").text, "1\n2\n3\n");
}

TEST(XmlTest, AcceptsAByteOrderMark) { EXPECT_EQ(MustParse("\xef\xbb\xbf<a/>").name, "a"); }

TEST(XmlTest, ChildTextIsTrimmed) {
  EXPECT_EQ(MustParse("<a><b>\n  {\"k\": 1} \t</b></a>").ChildText("b"), "{\"k\": 1}");
}

class XmlRefusalTest : public ::testing::TestWithParam<std::string_view> {};

TEST_P(XmlRefusalTest, IsRefused) {
  EXPECT_THAT(ParseXml(GetParam()), FailsWith(ErrorCode::kInvalidArgument));
}

INSTANTIATE_TEST_SUITE_P(
    Documents, XmlRefusalTest,
    ::testing::Values("", " ", "text", "<", "<a", "<a>", "<a/", "<a></b>", "<a></a", "<a/><b/>",
                      "<a/>x", "</a>", "<!DOCTYPE a><a/>",
                      "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "<a><!DOCTYPE b></a>",
                      "<a>&e;</a>", "<a>&amp</a>", "<a>&</a>", "<a>&#0;</a>", "<a>&#xD800;</a>",
                      "<a>&#;</a>", "<a>&#x;</a>", "<a>&#x110000;</a>", "<a>&#99999999999;</a>",
                      "<a>&#xFFFE;</a>", "<a x=1/>", "<a x/>", "<a x='1/>", "<a x='<'/>",
                      "<a x='1' x='2'/>", "<a x='1'y='2'/>", "<1a/>", "< a/>", "<a>]]></a>",
                      "<a><![CDATA[x</a>", "<a><!-- x -- y --></a>", "<a><!-- x</a>", "<a><?pi</a>",
                      "<a>\x01</a>", "<a>\xff</a>", "<a>\xc0\xaf</a>", "<a>\xed\xa0\x80</a>",
                      "<a>\xe2\x82</a>", "<?xml version='1.0' encoding='GBK'?><a/>",
                      "<?xml version='1.0'", "<a><? x?></a>"));

TEST(XmlTest, RefusesDeepNesting) {
  std::string deep;
  for (int i = 0; i < kXmlDepthMax; ++i) deep += "<a>";
  std::string closing;
  for (int i = 0; i < kXmlDepthMax; ++i) closing += "</a>";
  EXPECT_THAT(ParseXml(deep + closing), IsOk());
  EXPECT_THAT(ParseXml("<a>" + deep + closing + "</a>"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(XmlTest, RefusesTooManyNodes) {
  std::string wide = "<a>";
  for (std::size_t i = 0; i < kXmlNodesMax; ++i) wide += "<b/>";
  wide += "</a>";
  EXPECT_THAT(ParseXml(wide), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(XmlTest, RefusesHugeDocuments) {
  EXPECT_THAT(ParseXml(std::string(kXmlBytesMax + 1, ' ')), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(XmlTest, EscapedTextReadsBack) {
  const std::string text = "<a href=\"x\">'&' ]]> \r\n\t ü";
  const auto escaped = EscapeXml(text);
  ASSERT_THAT(escaped, IsOk());
  const XmlNode root = MustParse("<r v=\"" + *escaped + "\">" + *escaped + "</r>");
  EXPECT_EQ(root.text, text);
  EXPECT_EQ(*root.Attribute("v"), text);
}

TEST(XmlTest, CdataReadsBack) {
  const std::string text = "select ']]>' , a < b && c ]]>]]>";
  const auto cdata = XmlCdata(text);
  ASSERT_THAT(cdata, IsOk());
  EXPECT_EQ(MustParse("<r>" + *cdata + "</r>").text, text);
}

TEST(XmlTest, RefusesToWriteWhatXmlCannotCarry) {
  for (const std::string_view bad : {std::string_view("a\0b", 3), std::string_view("\x1b"),
                                     std::string_view("\xff"), std::string_view("\xef\xbf\xbe")}) {
    EXPECT_THAT(EscapeXml(bad), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(XmlCdata(bad), FailsWith(ErrorCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace culvert::maxcompute::internal
