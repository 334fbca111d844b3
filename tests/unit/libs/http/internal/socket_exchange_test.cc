// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/socket_exchange.h"

#include "libs/base/digest.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <utility>

namespace culvert::http::internal {
namespace {

using test::FailsWith;
using test::IsOk;

class SocketExchangeTest : public testing::Test {
 protected:
  SocketExchangeTest() {
    head_.method = "PUT";
    head_.path = "/a";
  }
  static std::array<int, 2> Pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    return fds;
  }
  SocketExchange Exchange() { return {server_, input_, head_}; }
  void Receive(std::string_view text) { input_.Append(AsBytes(text)); }
  /// All that was sent so far.
  std::string Sent() {
    server_.FinishWriting();
    std::string text;
    std::array<std::byte, 4096> room{};
    while (true) {
      const auto got = client_.Read(room);
      if (!got || *got == 0) return text;
      text.append(AsText(std::span(room).first(*got)));
    }
  }

  std::array<int, 2> fds_ = Pair();
  Socket server_{fds_[0]};
  Socket client_{fds_[1]};
  ByteBuffer input_;
  RequestHead head_;
};

TEST_F(SocketExchangeTest, SendsStatusHeadersAndBodyInOnePiece) {
  SocketExchange exchange = Exchange();
  Response response{201, {}, "made"};
  response.headers.Add("X-One", "1");
  response.headers.Add("Content-Length", "99");  // ours to say
  ASSERT_THAT(exchange.Respond(response), IsOk());
  EXPECT_TRUE(exchange.Complete());
  EXPECT_EQ(Sent(), "HTTP/1.1 201 Created\r\nX-One: 1\r\nContent-Length: 4\r\n\r\nmade");
}

TEST_F(SocketExchangeTest, WritesNoContinueForABodyThatIsNotWanted) {
  head_.expects_continue = true;
  head_.content_length = 5;
  SocketExchange exchange = Exchange();
  ASSERT_THAT(exchange.Respond({403, {}, ""}), IsOk());
  EXPECT_FALSE(exchange.Complete());
  EXPECT_EQ(Sent(), "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_F(SocketExchangeTest, WritesOneContinue) {
  head_.expects_continue = true;
  head_.content_length = 4;
  SocketExchange exchange = Exchange();
  Receive("body");
  ASSERT_THAT(exchange.ReadWholeBody(100), IsOk());
  ASSERT_THAT(exchange.ReadBody(), IsOk());
  EXPECT_EQ(Sent(), "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_F(SocketExchangeTest, LeavesTheNextRequestInTheInput) {
  head_.content_length = 4;
  SocketExchange exchange = Exchange();
  Receive("bodyGET");
  ASSERT_THAT(exchange.Respond({200, {}, ""}), IsOk());
  EXPECT_TRUE(exchange.Complete());
  EXPECT_EQ(AsText(input_.Readable()), "GET");
}

TEST_F(SocketExchangeTest, ABodyWithoutItsEndIsNotComplete) {
  SocketExchange exchange = Exchange();
  ASSERT_THAT(exchange.Begin({200, {}, ""}), IsOk());
  ASSERT_THAT(exchange.Write(AsBytes("abc")), IsOk());
  EXPECT_FALSE(exchange.Complete());
  EXPECT_TRUE(Sent().ends_with("\r\n\r\n3\r\nabc\r\n"));
}

TEST_F(SocketExchangeTest, RefusesStatusesThatAreNoAnswer) {
  SocketExchange exchange = Exchange();
  EXPECT_THAT(exchange.Respond({100, {}, ""}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(exchange.Respond({1000, {}, ""}), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ReasonPhraseTest, HasOneForEveryStatus) {
  EXPECT_EQ(ReasonPhrase(200), "OK");
  EXPECT_EQ(ReasonPhrase(429), "Too Many Requests");
  EXPECT_EQ(ReasonPhrase(477), "Status");
}

}  // namespace
}  // namespace culvert::http::internal
