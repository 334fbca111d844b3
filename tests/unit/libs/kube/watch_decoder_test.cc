// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/watch_decoder.h"

#include "libs/base/digest.h"
#include "libs/kube/api_error.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace culvert::kube {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): matchers and fakes

using Event = std::pair<WatchEventType, std::string>;

struct Watched {
  Status status;
  std::vector<Event> events;
};

Watched Watch(std::string_view text, std::size_t piece) {
  Watched decoded;
  WatchDecoder decoder([&](WatchEventType type, const nlohmann::json& object) -> Status {
    decoded.events.emplace_back(type, object.dump());
    return {};
  });
  for (std::size_t at = 0; at < text.size() && decoded.status; at += piece) {
    decoded.status = decoder.Feed(AsBytes(text.substr(at, piece)));
  }
  if (decoded.status) decoded.status = decoder.Finish();
  return decoded;
}

constexpr std::string_view kStream =
    "{\"type\":\"ADDED\",\"object\":{\"n\":\"数据\\n\"}}\n"
    "\r\n"
    "{\"type\":\"MODIFIED\",\"object\":{\"n\":2}}\n"
    "{\"type\":\"BOOKMARK\",\"object\":{\"n\":3}}\n"
    "{\"type\":\"DELETED\",\"object\":{\"n\":4}}\n";

TEST(WatchDecoderTest, LinesMayBeCutAnywhereEvenWithinACharacter) {
  for (std::size_t piece = 1; piece <= kStream.size(); ++piece) {
    const Watched decoded = Watch(kStream, piece);
    ASSERT_THAT(decoded.status, IsOk()) << piece;
    EXPECT_EQ(decoded.events, (std::vector<Event>{{WatchEventType::kAdded, "{\"n\":\"数据\\n\"}"},
                                                  {WatchEventType::kModified, "{\"n\":2}"},
                                                  {WatchEventType::kBookmark, "{\"n\":3}"},
                                                  {WatchEventType::kDeleted, "{\"n\":4}"}}));
  }
}

TEST(WatchDecoderTest, GoneInTheStreamIsExpired) {
  const Watched decoded = Watch(
      "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\","
      "\"message\":\"too old resource version\"}}\n",
      9);
  EXPECT_THAT(decoded.status, FailsBecause(kReasonExpired));
}

TEST(WatchDecoderTest, AServerErrorInTheStreamKeepsItsCode) {
  const Watched decoded =
      Watch("{\"type\":\"ERROR\",\"object\":{\"code\":500,\"message\":\"etcd is away\"}}\n", 64);
  EXPECT_THAT(decoded.status, FailsWith(ErrorCode::kUnavailable));
}

TEST(WatchDecoderTest, AnEventThatIsCutShortIsRefused) {
  EXPECT_THAT(Watch("{\"type\":\"ADDED\",\"object\":{}}", 64).status,
              FailsWith(ErrorCode::kDataLoss));
}

TEST(WatchDecoderTest, WhatIsNoEventIsRefused) {
  for (const char* line : {"[]\n", "{}\n", "{\"type\":\"ADDED\"}\n", "nonsense\n",
                           "{\"type\":\"OTHER\",\"object\":{}}\n"}) {
    EXPECT_THAT(Watch(line, 64).status, FailsWith(ErrorCode::kDataLoss)) << line;
  }
}

TEST(WatchDecoderTest, ALineAboveTheLimitIsRefused) {
  EXPECT_THAT(Watch(std::string(WatchDecoder::kLineBytesMax + 1, 'x'), 65536).status,
              FailsWith(ErrorCode::kResourceExhausted));
}

}  // namespace
}  // namespace culvert::kube
