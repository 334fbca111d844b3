// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/request_head.h"

#include "libs/base/digest.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert::http::internal {
namespace {

using test::FailsWith;
using test::IsOk;

constexpr std::size_t kHeaderBytes = 4096;

Result<RequestHead> Parse(std::string_view text) {
  RequestHeadParser parser(kHeaderBytes);
  CULVERT_TRY(parser.Feed(AsBytes(text)));
  if (!parser.done()) return Fail(Internal("not done"));
  return parser.Take();
}

TEST(RequestHeadTest, ReadsLineTargetAndHeaders) {
  const auto head = Parse("PUT /p%20q?a=%28&b HTTP/1.1\r\nHost: h\r\nX-One: 1\r\n\r\n");
  ASSERT_THAT(head, IsOk());
  EXPECT_EQ(head->method, "PUT");
  EXPECT_EQ(head->raw_target, "/p%20q?a=%28&b");
  EXPECT_EQ(head->path, "/p q");
  EXPECT_EQ(head->query, (Query{{"a", "("}, {"b", ""}}));
  EXPECT_EQ(head->headers.Get("x-one"), "1");
  EXPECT_TRUE(head->keep_alive);
  EXPECT_FALSE(head->chunked);
  EXPECT_EQ(head->content_length, std::nullopt);
}

TEST(RequestHeadTest, TakesItsBytesInAnyPieces) {
  const std::string text = "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  for (std::size_t cut = 1; cut < text.size() - 3; ++cut) {
    RequestHeadParser parser(kHeaderBytes);
    std::string pending = text.substr(0, cut);
    auto used = parser.Feed(AsBytes(pending));
    ASSERT_THAT(used, IsOk()) << cut;
    ASSERT_FALSE(parser.done()) << cut;
    pending = pending.substr(*used) + text.substr(cut);
    used = parser.Feed(AsBytes(pending));
    ASSERT_THAT(used, IsOk()) << cut;
    ASSERT_TRUE(parser.done()) << cut;
    EXPECT_EQ(pending.substr(*used), "abc") << cut;
    EXPECT_EQ(parser.Take()->content_length, 3U) << cut;
  }
}

TEST(RequestHeadTest, KnowsHowTheBodyIsFramed) {
  EXPECT_TRUE(Parse("PUT /a HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n")->chunked);
  EXPECT_EQ(Parse("PUT /a HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")->content_length,
            99'999'999'999U);
  EXPECT_TRUE(Parse("PUT /a HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n")->expects_continue);
}

TEST(RequestHeadTest, KnowsWhetherTheConnectionStays) {
  EXPECT_FALSE(Parse("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n")->keep_alive);
  EXPECT_FALSE(Parse("GET /a HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_FALSE(Parse("GET /a HTTP/1.0\r\n\r\n")->http_1_1);
}

TEST(RequestHeadTest, RefusesAmbiguousFraming) {
  for (const char* framing :
       {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: 1x\r\n",
        "Content-Length: -1\r\n", "Content-Length: 99999999999999999999\r\n"}) {
    const std::string text = "PUT /a HTTP/1.1\r\n" + std::string(framing) + "\r\n";
    EXPECT_THAT(Parse(text), FailsWith(ErrorCode::kInvalidArgument)) << framing;
  }
  EXPECT_THAT(Parse("PUT /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
              FailsWith(ErrorCode::kInvalidArgument));
}

TEST(RequestHeadTest, RefusesOtherCodings) {
  for (const char* coding : {"gzip", "gzip, chunked"}) {
    const std::string text =
        "PUT /a HTTP/1.1\r\nTransfer-Encoding: " + std::string(coding) + "\r\n\r\n";
    EXPECT_THAT(Parse(text), FailsWith(ErrorCode::kUnimplemented)) << coding;
  }
}

TEST(RequestHeadTest, RefusesMalformedRequests) {
  for (const char* text : {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET /a\r\n\r\n",
                           "GET /a HTTP/2.0\r\n\r\n", "GET /a HTTP/1.1\r\nbad header\r\n\r\n",
                           "GET a HTTP/1.1\r\n\r\n", "GET http://h/a HTTP/1.1\r\n\r\n",
                           "GET /%zz HTTP/1.1\r\n\r\n", "GET /?%z HTTP/1.1\r\n\r\n"}) {
    EXPECT_THAT(Parse(text), FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(RequestHeadTest, BoundsTheHeaders) {
  const std::string text = "GET /a HTTP/1.1\r\nX: " + std::string(5000, 'x') + "\r\n\r\n";
  EXPECT_THAT(Parse(text), FailsWith(ErrorCode::kOutOfRange));
}

}  // namespace
}  // namespace culvert::http::internal
