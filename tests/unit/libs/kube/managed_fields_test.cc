// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/managed_fields.h"

#include "libs/base/json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace culvert::kube {
namespace {

std::string Cut(std::string_view text, int depth = 2) {
  std::string buffer;
  return std::string(WithoutManagedFields(text, depth, buffer));
}

constexpr std::string_view kFields =
    R"([{"manager":"a]\"}","fieldsV1":{"k:{\"name\":\"x\"}":{".":{}}}},{"manager":"b"}])";

std::string WithFields(std::string_view before, std::string_view after) {
  return std::string(before) + R"("managedFields":)" + std::string(kFields) + std::string(after);
}

TEST(ManagedFieldsTest, AreCutWhereverTheyStandInMetadata) {
  EXPECT_EQ(Cut(WithFields(R"({"kind":"Pod","metadata":{"name":"a",)", R"(},"spec":{"b":[1]}})")),
            R"({"kind":"Pod","metadata":{"name":"a"},"spec":{"b":[1]}})");
  EXPECT_EQ(Cut(WithFields(R"({"metadata":{"name":"a",)", R"(,"uid":"u"},"spec":{}})")),
            R"({"metadata":{"name":"a","uid":"u"},"spec":{}})");
  EXPECT_EQ(Cut(WithFields(R"({"metadata":{)", R"(,"uid":"u"}})")), R"({"metadata":{"uid":"u"}})");
  EXPECT_EQ(Cut(WithFields(R"({"metadata":{)", "}}")), R"({"metadata":{}})");
  EXPECT_EQ(Cut(WithFields(R"({"type":"ADDED","object":{"metadata":{)", "}}}"), 3),
            R"({"type":"ADDED","object":{"metadata":{}}})");
}

TEST(ManagedFieldsTest, WhatOnlyLooksLikeThemStays) {
  for (const std::string& text : {
           std::string("{}"),
           std::string(R"({"metadata":{"name":"a"}})"),
           // Words in a string.
           std::string(R"({"metadata":{"annotations":{"last":"{\"managedFields\":[]}"}}})"),
           // Members of others of that name.
           WithFields(R"({"spec":{)", "}}"),
           WithFields("{", "}"),
           WithFields(R"({"metadata":{"labels":{)", "}}}"),
           WithFields(R"({"spec":"metadata","status":{)", "}}"),
           // At another depth than the caller said.
           WithFields(R"({"object":{"metadata":{)", "}}}"),
           // Not the compact text of an API server.
           std::string(R"({"metadata":{"managedFields": []}})"),
       }) {
    EXPECT_EQ(Cut(text), text);
  }
}

TEST(ManagedFieldsTest, EveryTruncationComesBackAsItIsOrStaysBroken) {
  const std::string text = WithFields(R"({"metadata":{"name":"\"",)", R"(,"uid":"u"},"spec":{}})");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ParseJson(Cut(text.substr(0, size)))) << size;
  }
  EXPECT_TRUE(ParseJson(Cut(text)));
}

}  // namespace
}  // namespace culvert::kube
