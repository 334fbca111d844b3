// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_xml.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::emulator {
namespace {

TEST(RestXmlTest, ReadsElementsByName) {
  const auto document = ParseXml(
      "<?xml version=\"1.0\"?>\n<!-- c --><A x='1' y=\"2\"><B> text </B><B/><C>a<!-- d "
      "-->b</C></A>\n");
  ASSERT_THAT(document, test::IsOk());
  EXPECT_EQ(document->name, "A");
  EXPECT_EQ(document->children.size(), 3U);
  EXPECT_EQ(document->ChildText("B"), "text");
  EXPECT_EQ(document->ChildText("C"), "ab");
  EXPECT_EQ(document->ChildText("D"), "");
}

TEST(RestXmlTest, ResolvesEntitiesAndCdata) {
  const auto document =
      ParseXml("<A>&lt;&gt;&amp;&quot;&apos;&#65;&#x4e2d;<![CDATA[<b>&amp;]]&gt;]]></A>");
  ASSERT_THAT(document, test::IsOk());
  EXPECT_EQ(document->text, "<>&\"'A\xe4\xb8\xad<b>&amp;]]&gt;");
}

TEST(RestXmlTest, RefusesWhatIsNotWellFormed) {
  for (const std::string_view text :
       {"", "text", "<A>", "<A></B>", "<A/><B/>", "<A>&nope;</A>", "<A>&#0;</A>", "<A>&#xd800;</A>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><A>&b;</A>", "<A x></A>", "<A x=1/>", "<A><![CDATA[x</A>",
        "<A><!-- x</A>", "<1/>", "<A><?x?></A>", "<A>&lt</A>"}) {
    EXPECT_THAT(ParseXml(text), test::FailsBecause("ODPS-0420031")) << text;
  }
}

TEST(RestXmlTest, BoundsDepthAndElements) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "<A>";
  for (int i = 0; i < 40; ++i) deep += "</A>";
  EXPECT_THAT(ParseXml(deep), test::FailsWith(ErrorCode::kInvalidArgument));
  std::string many = "<A>";
  for (int i = 0; i < 10'001; ++i) many += "<B/>";
  EXPECT_THAT(ParseXml(many + "</A>"), test::FailsWith(ErrorCode::kInvalidArgument));
}

TEST(RestXmlTest, WritesEscapedText) {
  XmlWriter xml;
  xml.Open("A").Leaf("B", "<&>").Leaf("C", "").Leaf("D", "x", "k=\"v\"").Close("A");
  EXPECT_EQ(xml.Take(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<A><B>&lt;&amp;&gt;</B><C/><D k=\"v\">x</D></A>");
}

TEST(RestXmlTest, CdataSurvivesItsOwnEnd) {
  XmlWriter xml;
  xml.Cdata("A", "a]]>b]]>", "format=\"Json\"");
  const auto document = ParseXml(xml.Take());
  ASSERT_THAT(document, test::IsOk());
  EXPECT_EQ(document->text, "a]]>b]]>");
}

}  // namespace
}  // namespace culvert::emulator
