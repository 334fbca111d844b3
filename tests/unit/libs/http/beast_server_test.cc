// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/beast_server.h"

#include "libs/base/digest.h"
#include "tests/support/poll.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/http/raw_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

namespace culvert::http {
namespace {

using std::chrono::seconds;
using test::FailsWith;
using test::IsOk;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t kUploadMax = 64 << 20;

Response Ok(std::string body = "") {
  Response response;
  response.status = 200;
  response.body = std::move(body);
  return response;
}

/// A server whose handler says back what it got.
class BeastServerTest : public testing::Test {
 protected:
  void Start(Handler handler, ServerOptions options = {}) {
    auto server = StartBeastServer(options, std::move(handler));
    ASSERT_THAT(server, IsOk());
    server_ = std::move(*server);
  }
  void StartEcho() {
    Start([](ServerExchange& exchange) {
      const auto body = exchange.ReadWholeBody(kUploadMax);
      if (!body) return;
      exchange.Respond(Ok(exchange.method() + " " + exchange.path() + " " + *body));
    });
  }
  RawClient Connect() const { return RawClient(server_->port()); }
  /// Sends, and reads until the server closes.
  std::string Ask(std::string_view text) const {
    RawClient client = Connect();
    client.Send(text);
    return client.ReadToEnd();
  }

  std::unique_ptr<Server> server_;
};

TEST_F(BeastServerTest, AnswersARequest) {
  StartEcho();
  const std::string answer = Ask("GET /a%20b HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 9\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\nGET /a b ")) << answer;
}

TEST_F(BeastServerTest, KeepsTheConnectionForPipelinedRequests) {
  StartEcho();
  const std::string answer =
      Ask("PUT /1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"
          "PUT /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n"
          "GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, AllOf(HasSubstr("PUT /1 ab"), HasSubstr("PUT /2 c"), HasSubstr("GET /3 ")));
}

TEST_F(BeastServerTest, SendsAContinueBeforeItReads) {
  StartEcho();
  RawClient client = Connect();
  client.Send("PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ab");
  EXPECT_THAT(client.ReadUntil("ab"), HasSubstr("PUT /a ab"));
}

TEST_F(BeastServerTest, AnAnswerInsteadOfAContinueClosesTheConnection) {
  Start([](ServerExchange& exchange) { exchange.Respond({403, {}, "no"}); });
  RawClient client = Connect();
  client.Send("PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  client.FinishWriting();
  EXPECT_THAT(client.ReadToEnd(), AllOf(StartsWith("HTTP/1.1 403 Forbidden"),
                                        HasSubstr("Connection: close"), Not(HasSubstr("100"))));
}

TEST_F(BeastServerTest, HeadHasTheLengthButNoBody) {
  Start([](ServerExchange& exchange) { exchange.Respond(Ok("hello")); });
  const std::string answer = Ask("HEAD /a HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(BeastServerTest, NoContentHasNeitherBodyNorLength) {
  Start([](ServerExchange& exchange) { exchange.Respond({204, {}, "ignored"}); });
  const std::string answer = Ask("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, AllOf(Not(HasSubstr("Content-Length")), Not(HasSubstr("ignored"))));
}

TEST_F(BeastServerTest, StreamsChunks) {
  Start([](ServerExchange& exchange) {
    EXPECT_THAT(exchange.Begin(Ok()), IsOk());
    EXPECT_THAT(exchange.Write(AsBytes("hello")), IsOk());
    EXPECT_THAT(exchange.Write({}), IsOk());  // an empty chunk would end the body
    EXPECT_THAT(exchange.Write(AsBytes(std::string(26, 'x'))), IsOk());
    EXPECT_THAT(exchange.End(), IsOk());
  });
  const std::string answer = Ask("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(
      answer.ends_with("\r\n\r\n5\r\nhello\r\n1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n"))
      << answer;
}

TEST_F(BeastServerTest, StreamsPlainlyToOldClients) {
  Start([](ServerExchange& exchange) {
    EXPECT_THAT(exchange.Begin(Ok()), IsOk());
    EXPECT_THAT(exchange.Write(AsBytes("hello")), IsOk());
    EXPECT_THAT(exchange.End(), IsOk());
  });
  const std::string answer = Ask("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("\r\n\r\nhello")) << answer;
}

TEST_F(BeastServerTest, AnswersFiveHundredForAHandlerThatDoesNot) {
  Start([](ServerExchange&) {});
  EXPECT_THAT(Ask("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
}

TEST_F(BeastServerTest, SurvivesAHandlerThatThrows) {
  Start([](ServerExchange&) { throw std::runtime_error("x"); });
  EXPECT_THAT(Ask("GET /a HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Ask("GET /a HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
}

TEST_F(BeastServerTest, RefusesMalformedRequests) {
  StartEcho();
  EXPECT_THAT(Ask("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask("GET /%zz HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask("PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"),
              StartsWith("HTTP/1.1 501 "));
  EXPECT_THAT(Ask("PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(BeastServerTest, RefusesLargeHeaders) {
  Start([](ServerExchange& exchange) { exchange.Respond(Ok()); }, {.header_bytes_max = 2000});
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\nX: " + std::string(3000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(BeastServerTest, RefusesAResponseThatWouldSplitItself) {
  Start([](ServerExchange& exchange) {
    Response response = Ok();
    response.headers.Add("X", "a\r\nY: b");
    EXPECT_THAT(exchange.Respond(response), FailsWith(ErrorCode::kInvalidArgument));
  });
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
}

TEST_F(BeastServerTest, AllowsOneAnswerOnly) {
  Start([](ServerExchange& exchange) {
    EXPECT_THAT(exchange.Write(AsBytes("x")), FailsWith(ErrorCode::kFailedPrecondition));
    EXPECT_THAT(exchange.Respond(Ok()), IsOk());
    EXPECT_THAT(exchange.Respond(Ok()), FailsWith(ErrorCode::kFailedPrecondition));
    EXPECT_THAT(exchange.Begin(Ok()), FailsWith(ErrorCode::kFailedPrecondition));
  });
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(BeastServerTest, SkipsASmallBodyThatNobodyRead) {
  Start([](ServerExchange& exchange) { exchange.Respond(Ok(exchange.path())); });
  const std::string answer =
      Ask("PUT /1 HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x') +
          "GET /2 HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, AllOf(HasSubstr("/1"), HasSubstr("/2")));
}

TEST_F(BeastServerTest, ClosesInsteadOfSkippingALargeBody) {
  Start([](ServerExchange& exchange) { exchange.Respond(Ok(exchange.path())); });
  const std::string answer = Ask("PUT /1 HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n" +
                                 std::string(2'000'000, 'x') + "GET /2 HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, AllOf(HasSubstr("/1"), Not(HasSubstr("/2"))));
}

TEST_F(BeastServerTest, TellsTheHandlerThatABodyWasCutShort) {
  std::atomic<int> cut = 0;
  Start([&](ServerExchange& exchange) {
    const auto body = exchange.ReadWholeBody(kUploadMax);
    if (!body && body.error().code == ErrorCode::kUnavailable) ++cut;
  });
  for (const char* text : {"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
                           "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    RawClient client = Connect();
    client.Send(text);
    client.FinishWriting();
    client.ReadToEnd();
  }
  server_.reset();  // before what its handler counts in
  EXPECT_EQ(cut, 2);
}

TEST_F(BeastServerTest, BoundsAWholeBody) {
  Start([](ServerExchange& exchange) {
    EXPECT_THAT(exchange.ReadWholeBody(4), FailsWith(ErrorCode::kOutOfRange));
    exchange.Respond({413, {}, ""});
  });
  EXPECT_THAT(Ask("PUT / HTTP/1.1\r\nConnection: close\r\nContent-Length: 5\r\n\r\nabcde"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(BeastServerTest, ResetsOnDemand) {
  Start([](ServerExchange& exchange) {
    EXPECT_THAT(exchange.Begin(Ok()), IsOk());
    exchange.Reset();
    EXPECT_THAT(exchange.Write(AsBytes("x")), FailsWith(ErrorCode::kUnavailable));
  });
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\n\r\n");
  client.ReadToEnd();
  EXPECT_TRUE(client.was_reset());
}

TEST_F(BeastServerTest, ClosesOnDemandAfterWhatWasWritten) {
  Start([](ServerExchange& exchange) {
    EXPECT_THAT(exchange.Begin(Ok()), IsOk());
    EXPECT_THAT(exchange.Write(AsBytes("abc")), IsOk());
    exchange.Close();
    EXPECT_THAT(exchange.End(), FailsWith(ErrorCode::kUnavailable));
  });
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.ReadToEnd().ends_with("3\r\nabc\r\n"));
  EXPECT_FALSE(client.was_reset());
}

TEST_F(BeastServerTest, AnswersFiveHundredAndThreeBeyondItsConnections) {
  Start([](ServerExchange& exchange) { exchange.Respond(Ok()); }, {.connections_max = 1});
  RawClient first = Connect();
  first.Send("GET / HTTP/1.1\r\n\r\n");
  first.ReadUntil("\r\n\r\n");
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
}

TEST_F(BeastServerTest, ServesManyConnectionsOneAfterAnother) {
  StartEcho();
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(Ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(BeastServerTest, DropsIdleConnections) {
  Start([](ServerExchange& exchange) { exchange.Respond(Ok()); }, {.idle_timeout = seconds(1)});
  RawClient client = Connect();
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(BeastServerTest, StopEndsBlockedHandlersAndIdleConnections) {
  std::latch blocked(1);
  Start([&](ServerExchange& exchange) {
    blocked.count_down();
    EXPECT_THAT(exchange.ReadBody(), FailsWith(ErrorCode::kUnavailable));
  });
  RawClient busy = Connect();
  RawClient idle = Connect();
  busy.Send("PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\n");
  blocked.wait();
  server_->Stop();
  server_->Stop();
  idle.ReadToEnd();
}

TEST(BeastServerStartTest, SaysWhyItCannotListen) {
  EXPECT_THAT(StartBeastServer({.address = "nowhere"}, {}), FailsWith(ErrorCode::kInvalidArgument));
  const auto first = StartBeastServer({}, {});
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(StartBeastServer({.port = (*first)->port()}, {}),
              FailsWith(ErrorCode::kFailedPrecondition));
}

TEST(BeastServerStartTest, ListensOnIpv6) {
  const auto server = StartBeastServer({.address = "::1"}, {});
  if (!server) GTEST_SKIP() << "no IPv6 here: " << ToString(server.error());
  EXPECT_NE((*server)->port(), 0);
}

}  // namespace
}  // namespace culvert::http
