// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/list_decoder.h"

#include "libs/base/digest.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::kube {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): matchers and fakes

struct Decoded {
  Status status;
  std::vector<std::string> items;
  std::string resource_version;
  std::string continue_token;
};

/// Feeds `text` in pieces of `piece` bytes.
Decoded Decode(std::string_view text, std::size_t piece) {
  Decoded decoded;
  ListDecoder decoder([&](std::string_view item) -> Status {
    decoded.items.emplace_back(item);
    return {};
  });
  for (std::size_t at = 0; at < text.size() && decoded.status; at += piece) {
    decoded.status = decoder.Feed(AsBytes(text.substr(at, piece)));
  }
  if (decoded.status) decoded.status = decoder.Finish();
  decoded.resource_version = decoder.resource_version();
  decoded.continue_token = decoder.continue_token();
  return decoded;
}

constexpr std::string_view kList =
    R"( {"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"77","continue":"ab\"}"},
 "items": [ {"a":"}\"]{","b":[1,{"c":null}]} , {"d":{}}, {} ], "more": 12 , "flag":true} )";

TEST(ListDecoderTest, HandsOverEachItemWhereverTheTextIsCut) {
  for (std::size_t piece = 1; piece <= kList.size(); ++piece) {
    const Decoded decoded = Decode(kList, piece);
    ASSERT_THAT(decoded.status, IsOk()) << piece;
    EXPECT_EQ(decoded.items, (std::vector<std::string>{R"({"a":"}\"]{","b":[1,{"c":null}]})",
                                                       R"({"d":{}})", "{}"}));
    EXPECT_EQ(decoded.resource_version, "77");
    EXPECT_EQ(decoded.continue_token, "ab\"}");
  }
}

TEST(ListDecoderTest, EveryTruncationIsRefused) {
  const std::string_view text = kList.substr(0, kList.rfind('}') + 1);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(Decode(text.substr(0, size), 7).status) << size;
  }
}

TEST(ListDecoderTest, NullItemsAreAnEmptyList) {
  const Decoded decoded = Decode(R"({"items":null,"metadata":{"resourceVersion":"1"}})", 3);
  EXPECT_THAT(decoded.status, IsOk());
  EXPECT_TRUE(decoded.items.empty());
}

TEST(ListDecoderTest, WhatIsNoListIsRefused) {
  for (const char* text : {"[]", "{}", "{\"items\":[1]}", "{\"items\":[]}x", "{\"items\":}",
                           "{\"a\" 1}", "nonsense", "{\"metadata\":[],\"items\":[]}"}) {
    EXPECT_FALSE(Decode(text, 64).status) << text;
  }
}

TEST(ListDecoderTest, AnItemAboveTheLimitIsRefused) {
  const std::string huge =
      R"({"items":[{"a":")" + std::string(ListDecoder::kItemBytesMax, 'x') + "\"}]}";
  EXPECT_THAT(Decode(huge, 65536).status, FailsWith(ErrorCode::kResourceExhausted));
}

TEST(ListDecoderTest, AFailureOfTheReceiverEndsTheList) {
  ListDecoder decoder([](std::string_view) -> Status { return Fail(Internal("no")); });
  EXPECT_THAT(decoder.Feed(AsBytes(R"({"items":[{}]})")), FailsWith(ErrorCode::kInternal));
}

}  // namespace
}  // namespace culvert::kube
