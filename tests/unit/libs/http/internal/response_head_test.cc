// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/response_head.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::http::internal {
namespace {

TEST(ResponseHeadTest, ReadsStatusAndFields) {
  ResponseHead head;
  EXPECT_TRUE(head.AddLine("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_TRUE(head.AddLine("X-Id:  a: b \r\n"));
  EXPECT_FALSE(head.done());
  EXPECT_TRUE(head.AddLine("\r\n"));
  EXPECT_TRUE(head.done());
  EXPECT_EQ(head.response().status, 404);
  EXPECT_EQ(head.response().headers.Get("x-id"), "a: b");
}

TEST(ResponseHeadTest, ForgetsInterimAnswers) {
  ResponseHead head;
  for (const char* line : {"HTTP/1.1 100 Continue\r\n", "X: 1\r\n", "\r\n"}) head.AddLine(line);
  EXPECT_FALSE(head.done());
  for (const char* line : {"HTTP/1.1 200\r\n", "\r\n"}) EXPECT_TRUE(head.AddLine(line));
  EXPECT_EQ(head.response().headers.Get("X"), std::nullopt);
  EXPECT_EQ(head.response().status, 200);
}

TEST(ResponseHeadTest, IgnoresTrailers) {
  ResponseHead head;
  for (const char* line : {"HTTP/1.1 200 OK\r\n", "\r\n", "Trailer: 1\r\n"}) {
    EXPECT_TRUE(head.AddLine(line));
  }
  EXPECT_TRUE(head.response().headers.all().empty());
}

TEST(ResponseHeadTest, RefusesWhatIsNoHead) {
  EXPECT_FALSE(ResponseHead().AddLine("X: 1\r\n"));
  EXPECT_FALSE(ResponseHead().AddLine("HTTP/1.1 abc\r\n"));
  EXPECT_FALSE(ResponseHead().AddLine("HTTP/1.1\r\n"));
  ResponseHead head;
  EXPECT_TRUE(head.AddLine("HTTP/1.1 200 OK\r\n"));
  EXPECT_FALSE(head.AddLine("no colon\r\n"));
}

TEST(ResponseHeadTest, BoundsItsSize) {
  ResponseHead head;
  EXPECT_TRUE(head.AddLine("HTTP/1.1 200 OK\r\n"));
  const std::string line = "X: " + std::string(100'000, 'x') + "\r\n";
  bool taken = true;
  for (int i = 0; i < 20 && taken; ++i) taken = head.AddLine(line);
  EXPECT_FALSE(taken);
}

}  // namespace
}  // namespace culvert::http::internal
