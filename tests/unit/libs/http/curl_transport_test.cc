// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/curl_transport.h"

#include "libs/base/digest.h"
#include "libs/base/file.h"
#include "libs/http/beast_server.h"
#include "libs/http/internal/socket.h"
#include "tests/support/poll.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_context.h"
#include "tests/unit/libs/http/tls_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <latch>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace culvert::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FailsWith;
using test::IsOk;
using test::IsOkAndHolds;

constexpr std::size_t kBodyMax = 64 << 20;

Response Answer(int status, std::string body = "") {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

/// A text whose every part is different, so that lost or doubled pieces show.
std::string Pattern(std::size_t size) {
  std::string text;
  text.reserve(size + 8);
  for (std::uint64_t i = 0; text.size() < size; ++i) {
    const std::uint64_t word = i * 0x9e3779b97f4a7c15ULL;
    text.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  text.resize(size);
  return text;
}

class CurlTransportTest : public testing::Test {
 protected:
  CurlTransportTest() { options_.allow_plain_http = true; }
  void Serve(Handler handler, ServerOptions options = {}) {
    auto server = StartBeastServer(options, std::move(handler));
    ASSERT_THAT(server, IsOk());
    server_ = std::move(*server);
    transport_ = MakeCurlTransport(options_);
  }
  Request To(std::string method, std::string path = "/") const {
    Request request;
    request.method = std::move(method);
    request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    return request;
  }
  Result<std::string> DownloadAll(std::size_t limit = kBodyMax) {
    CULVERT_ASSIGN_OR_RETURN(const auto stream, transport_->Download(env_.ctx(), To("GET")));
    return stream->ReadAll(env_.ctx(), limit);
  }
  /// Sends `body` in pieces of that many bytes.
  Result<Response> UploadAll(std::string_view body, std::size_t piece_bytes) {
    CULVERT_ASSIGN_OR_RETURN(const auto stream, transport_->Upload(env_.ctx(), To("PUT")));
    while (!body.empty()) {
      const std::string_view piece = body.substr(0, piece_bytes);
      CULVERT_TRY(stream->Write(env_.ctx(), AsBytes(piece)));
      body.remove_prefix(piece.size());
    }
    return stream->Finish(env_.ctx());
  }

  CurlTransportOptions options_;
  test::RealContext env_;
  std::latch release_{1};  // what a handler of a silent server waits for
  std::unique_ptr<Server> server_;
  std::unique_ptr<Transport> transport_;
};

TEST_F(CurlTransportTest, SendsARequestAndGivesTheResponse) {
  Serve([](ServerExchange& exchange) {
    Response response = Answer(404, exchange.raw_target());
    response.headers.Add("X-One", "1");
    EXPECT_EQ(exchange.headers().Get("X-Two"), "2");
    EXPECT_EQ(exchange.headers().Get("X-Empty"), "");
    EXPECT_EQ(exchange.headers().Get("User-Agent"), "culvert");
    EXPECT_EQ(exchange.headers().Get("Expect"), std::nullopt);
    EXPECT_EQ(exchange.headers().Get("Accept-Encoding"), std::nullopt);
    exchange.Respond(response);
  });
  Request request = To("GET", "/a/../b%20c?x=1&y");
  request.headers.Add("X-Two", "2");
  request.headers.Add("X-Empty", "");
  const auto response = transport_->Send(env_.ctx(), request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "/a/../b%20c?x=1&y");
  EXPECT_EQ(response->headers.Get("x-one"), "1");
}

TEST_F(CurlTransportTest, SendsBodiesWithTheirLength) {
  Serve([](ServerExchange& exchange) {
    const auto body = exchange.ReadWholeBody(kBodyMax);
    ASSERT_THAT(body, IsOk());
    exchange.Respond(
        Answer(200, exchange.method() + " " +
                        std::string(exchange.headers().Get("Content-Length").value_or("none")) +
                        " " + Md5Hex(*body)));
  });
  for (const char* method : {"POST", "PUT"}) {
    for (const std::size_t size : {0UL, 1UL, 10UL << 20}) {
      Request request = To(method);
      request.body = Pattern(size);
      const auto response = transport_->Send(env_.ctx(), request);
      ASSERT_THAT(response, IsOk());
      EXPECT_EQ(response->body,
                std::string(method) + " " + std::to_string(size) + " " + Md5Hex(request.body));
    }
  }
  EXPECT_EQ(transport_->Send(env_.ctx(), To("GET"))->body.substr(0, 8), "GET none");
  EXPECT_EQ(transport_->Send(env_.ctx(), To("DELETE"))->body.substr(0, 11), "DELETE none");
  EXPECT_EQ(transport_->Send(env_.ctx(), To("HEAD"))->status, 200);
}

TEST_F(CurlTransportTest, DownloadsBodiesOfAnySize) {
  std::atomic<std::size_t> size = 0;
  Serve([&](ServerExchange& exchange) {
    const std::string body = Pattern(size);
    ASSERT_THAT(exchange.Begin(Answer(200)), IsOk());
    ASSERT_THAT(exchange.Write(AsBytes(body)), IsOk());
    ASSERT_THAT(exchange.End(), IsOk());
  });
  for (const std::size_t bytes : {0UL, 1UL, 255UL << 10, 10UL << 20}) {
    size = bytes;
    const auto body = DownloadAll();
    ASSERT_THAT(body, IsOk());
    EXPECT_TRUE(*body == Pattern(bytes)) << bytes;
  }
  server_.reset();  // before what its handler reads
}

TEST_F(CurlTransportTest, PiecesOfADownloadAreBounded) {
  Serve([](ServerExchange& exchange) { exchange.Respond(Answer(200, Pattern(3 << 20))); });
  const auto stream = transport_->Download(env_.ctx(), To("GET"));
  ASSERT_THAT(stream, IsOk());
  EXPECT_EQ((*stream)->response().headers.Get("Content-Length"), std::to_string(3 << 20));
  std::size_t total = 0;
  while (true) {
    const auto piece = (*stream)->Read(env_.ctx());
    ASSERT_THAT(piece, IsOk());
    if (piece->empty()) break;
    EXPECT_LE(piece->size(), 256U << 10);
    total += piece->size();
  }
  EXPECT_EQ(total, 3U << 20);
  EXPECT_THAT((*stream)->Read(env_.ctx()), IsOk()) << "the end stays the end";
}

TEST_F(CurlTransportTest, ADownloadAboveItsLimitIsRefused) {
  Serve([](ServerExchange& exchange) { exchange.Respond(Answer(200, Pattern(1000))); });
  EXPECT_THAT(DownloadAll(999), FailsWith(ErrorCode::kOutOfRange));
  EXPECT_THAT(DownloadAll(1000), IsOk());
}

TEST_F(CurlTransportTest, UploadsBodiesOfAnySizeInAnyPieces) {
  Serve([](ServerExchange& exchange) {
    EXPECT_EQ(exchange.headers().Get("Transfer-Encoding"), "chunked");
    const auto body = exchange.ReadWholeBody(kBodyMax);
    ASSERT_THAT(body, IsOk());
    exchange.Respond(Answer(200, Md5Hex(*body)));
  });
  for (const std::size_t bytes : {0UL, 1UL, 100'000UL, 10UL << 20}) {
    for (const std::size_t piece : {7777UL, 256UL << 10, 20UL << 20}) {
      const std::string body = Pattern(bytes);
      const auto response = UploadAll(body, piece);
      ASSERT_THAT(response, IsOk());
      EXPECT_EQ(response->body, Md5Hex(body)) << bytes << " in pieces of " << piece;
    }
  }
}

TEST_F(CurlTransportTest, AnEarlyAnswerToAnUploadReachesFinish) {
  Serve([](ServerExchange& exchange) { exchange.Respond(Answer(403, "not yours")); });
  const auto response = UploadAll(Pattern(20 << 20), 256 << 10);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 403);
  EXPECT_EQ(response->body, "not yours");
}

TEST_F(CurlTransportTest, ALargeAnswerToAnUploadIsRefused) {
  Serve([](ServerExchange& exchange) {
    ASSERT_THAT(exchange.ReadWholeBody(kBodyMax), IsOk());
    exchange.Respond(Answer(200, Pattern(2 << 20)));
  });
  EXPECT_THAT(UploadAll("x", 1), FailsWith(ErrorCode::kOutOfRange));
}

TEST_F(CurlTransportTest, ADroppedUploadIsCutShort) {
  std::atomic<int> whole = 0;
  std::atomic<int> cut = 0;
  Serve([&](ServerExchange& exchange) {
    const auto body = exchange.ReadWholeBody(kBodyMax);
    ++(body ? whole : cut);
  });
  for (const std::size_t bytes : {0UL, 10UL, 1UL << 20}) {
    auto stream = transport_->Upload(env_.ctx(), To("PUT"));
    ASSERT_THAT(stream, IsOk());
    ASSERT_THAT((*stream)->Write(env_.ctx(), AsBytes(Pattern(bytes))), IsOk());
    stream->reset();
  }
  EXPECT_TRUE(test::Eventually(seconds(20), [&] { return cut == 3; })) << cut;
  server_.reset();  // before what its handler counts in
  EXPECT_EQ(whole, 0);
}

TEST_F(CurlTransportTest, AnUploadThatFailedCannotBeFinished) {
  Serve([this](ServerExchange&) { release_.wait(); });  // never reads
  auto stream = transport_->Upload(env_.ctx(), To("PUT"));
  ASSERT_THAT(stream, IsOk());
  const std::string body = Pattern(32 << 20);
  EXPECT_THAT((*stream)->Write(env_.ctx(milliseconds(100)), AsBytes(body)),
              FailsWith(ErrorCode::kDeadlineExceeded));
  EXPECT_THAT((*stream)->Finish(env_.ctx()), FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_THAT((*stream)->Write(env_.ctx(), {}), FailsWith(ErrorCode::kFailedPrecondition));
  release_.count_down();
}

TEST_F(CurlTransportTest, ABodyCutShortIsUnavailable) {
  Serve([](ServerExchange& exchange) {
    ASSERT_THAT(exchange.Begin(Answer(200)), IsOk());
    ASSERT_THAT(exchange.Write(AsBytes("half")), IsOk());
    exchange.Close();
  });
  EXPECT_THAT(DownloadAll(), FailsWith(ErrorCode::kUnavailable));
}

TEST_F(CurlTransportTest, WhatCameBeforeACutIsStillRead) {
  Serve([](ServerExchange& exchange) {
    ASSERT_THAT(exchange.Begin(Answer(200)), IsOk());
    ASSERT_THAT(exchange.Write(AsBytes("half")), IsOk());
    exchange.Close();
  });
  const auto stream = transport_->Download(env_.ctx(), To("GET"));
  ASSERT_THAT(stream, IsOk());
  const auto piece = (*stream)->Read(env_.ctx());
  ASSERT_THAT(piece, IsOk());
  EXPECT_EQ(AsText(*piece), "half");
  EXPECT_THAT((*stream)->Read(env_.ctx()), FailsWith(ErrorCode::kUnavailable));
}

TEST_F(CurlTransportTest, AResetIsUnavailable) {
  Serve([](ServerExchange& exchange) {
    ASSERT_THAT(exchange.Begin(Answer(200)), IsOk());
    ASSERT_THAT(exchange.Write(AsBytes(Pattern(1 << 20))), IsOk());
    exchange.Reset();
  });
  EXPECT_THAT(DownloadAll(), FailsWith(ErrorCode::kUnavailable));
}

TEST_F(CurlTransportTest, AResetDuringAnUploadIsUnavailable) {
  Serve([](ServerExchange& exchange) {
    ASSERT_THAT(exchange.ReadBody(), IsOk());
    exchange.Reset();
  });
  EXPECT_THAT(UploadAll(Pattern(20 << 20), 256 << 10), FailsWith(ErrorCode::kUnavailable));
}

TEST_F(CurlTransportTest, ASilentBodyIsAStall) {
  options_.stall_window = milliseconds(50);
  Serve([&](ServerExchange& exchange) {
    ASSERT_THAT(exchange.Begin(Answer(200)), IsOk());
    ASSERT_THAT(exchange.Write(AsBytes("half")), IsOk());
    release_.wait();
  });
  EXPECT_THAT(DownloadAll(), FailsWith(ErrorCode::kDeadlineExceeded));
  release_.count_down();
}

TEST_F(CurlTransportTest, AServerThatDoesNotReadIsAStall) {
  options_.stall_window = milliseconds(50);
  Serve([this](ServerExchange&) { release_.wait(); });
  EXPECT_THAT(UploadAll(Pattern(32 << 20), 256 << 10), FailsWith(ErrorCode::kDeadlineExceeded));
  release_.count_down();
}

TEST_F(CurlTransportTest, NoAnswerInTimeIsSaid) {
  options_.response_timeout = milliseconds(50);
  Serve([&](ServerExchange& exchange) {
    EXPECT_THAT(exchange.ReadWholeBody(kBodyMax), IsOk());
    release_.wait();
    exchange.Respond(Answer(200));
  });
  EXPECT_THAT(transport_->Send(env_.ctx(), To("GET")), FailsWith(ErrorCode::kDeadlineExceeded));
  EXPECT_THAT(UploadAll("abc", 3), FailsWith(ErrorCode::kDeadlineExceeded));
  release_.count_down();
}

TEST_F(CurlTransportTest, TheDeadlineEndsAWait) {
  Serve([this](ServerExchange&) { release_.wait(); });
  EXPECT_THAT(transport_->Send(env_.ctx(milliseconds(20)), To("GET")),
              FailsWith(ErrorCode::kDeadlineExceeded));
  release_.count_down();
}

TEST_F(CurlTransportTest, StopWakesABlockedRead) {
  std::latch sent(1);
  Serve([&](ServerExchange& exchange) {
    ASSERT_THAT(exchange.Begin(Answer(200)), IsOk());
    sent.count_down();
    release_.wait();
  });
  const auto stream = transport_->Download(env_.ctx(), To("GET"));
  ASSERT_THAT(stream, IsOk());
  const std::jthread stopper([&] {
    sent.wait();
    env_.Stop();
  });
  EXPECT_THAT((*stream)->Read(env_.ctx()), FailsWith(ErrorCode::kCancelled));
  release_.count_down();
  server_.reset();  // before the latch that its handler counts
}

TEST_F(CurlTransportTest, KeepsItsConnectionAcrossRequests) {
  std::mutex mutex;
  std::vector<std::thread::id> threads;  // the server has one thread a connection
  Serve([&](ServerExchange& exchange) {
    const std::lock_guard lock(mutex);
    threads.push_back(std::this_thread::get_id());
    exchange.Respond(Answer(200, "x"));
  });
  for (int i = 0; i < 3; ++i) EXPECT_THAT(transport_->Send(env_.ctx(), To("GET")), IsOk());
  EXPECT_THAT(UploadAll("abc", 1), IsOk());
  EXPECT_THAT(transport_->Send(env_.ctx(), To("GET")), IsOk());
  server_.reset();
  EXPECT_EQ(std::count(threads.begin(), threads.end(), threads[0]), 5);
}

TEST_F(CurlTransportTest, WorksAfterTheServerClosedAnIdleConnection) {
  Serve([](ServerExchange& exchange) {
    EXPECT_THAT(exchange.ReadWholeBody(kBodyMax), IsOk());
    exchange.Respond(Answer(200, "x"));
    exchange.Close();
  });
  for (int i = 0; i < 20; ++i) {
    Request request = To(i % 2 == 0 ? "GET" : "PUT");
    EXPECT_THAT(transport_->Send(env_.ctx(), request), IsOk()) << i;
    // A body that was begun cannot be sent again from here, so an upload may meet the end once.
    EXPECT_TRUE(test::Eventually(seconds(20), [&] { return UploadAll("abc", 3).has_value(); }));
  }
}

TEST_F(CurlTransportTest, NeverSendsAPostTwice) {
  std::atomic<int> posts = 0;
  Serve([&](ServerExchange& exchange) {
    if (exchange.method() != "POST") {
      exchange.Respond(Answer(200));
      return;
    }
    ++posts;
    exchange.Reset();
  });
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(transport_->Send(env_.ctx(), To("GET")), IsOk());
    EXPECT_THAT(transport_->Send(env_.ctx(), To("POST")), FailsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(posts, i + 1);
  }
  server_.reset();  // before what its handler counts in
}

TEST_F(CurlTransportTest, KeepsItsConnectionForWritesThatMayBeRepeated) {
  std::mutex mutex;
  std::set<std::thread::id> threads;  // the server has one thread a connection
  Serve([&](ServerExchange& exchange) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    EXPECT_THAT(exchange.ReadWholeBody(kBodyMax), IsOk());
    exchange.Respond(Answer(200, "x"));
  });
  CurlTransportOptions options;
  options.allow_plain_http = true;
  options.writes_are_idempotent = true;
  {
    const auto transport = MakeCurlTransport(options);
    for (const char* method : {"POST", "PATCH", "GET", "POST"}) {
      EXPECT_THAT(transport->Send(env_.ctx(), To(method)), IsOk());
    }
  }
  server_.reset();
  EXPECT_EQ(threads.size(), 1u);
}

TEST_F(CurlTransportTest, DoesNotFollowRedirects) {
  Serve([](ServerExchange& exchange) {
    Response response = Answer(302, "moved");
    response.headers.Add("Location", "/elsewhere");
    exchange.Respond(response);
  });
  const auto response = transport_->Send(env_.ctx(), To("GET"));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->body, "moved");
}

TEST_F(CurlTransportTest, RefusesPlainHttpUnlessAllowed) {
  options_.allow_plain_http = false;
  Serve([](ServerExchange& exchange) { exchange.Respond(Answer(200)); });
  EXPECT_THAT(transport_->Send(env_.ctx(), To("GET")), FailsWith(ErrorCode::kFailedPrecondition));
}

TEST_F(CurlTransportTest, RefusesOtherProtocols) {
  const test::TempDir dir;
  ASSERT_THAT(WriteFileDurably(dir / "a", "x"), IsOk());
  Serve([](ServerExchange&) {});
  Request request;
  request.url = "file://" + (dir / "a");
  EXPECT_THAT(transport_->Send(env_.ctx(), request), FailsWith(ErrorCode::kFailedPrecondition));
}

TEST_F(CurlTransportTest, SaysThatNobodyListens) {
  Serve([](ServerExchange&) {});
  Request request = To("GET", "/path?secret=hidden");
  server_.reset();
  const auto response = transport_->Send(env_.ctx(), request);
  ASSERT_THAT(response, FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(response.error().message, testing::HasSubstr("/path failed"));
  EXPECT_THAT(response.error().message, testing::Not(testing::HasSubstr("hidden")));
}

TEST_F(CurlTransportTest, SaysEachTimeThatAHostIsUnknown) {
  Serve([](ServerExchange&) {});
  Request request = To("GET");
  // No resolver is asked for a label that is longer than the 63 bytes of RFC 1035.
  request.url = "http://" + std::string(64, 'a') + ".test/";
  for (int i = 0; i < 3; ++i) {
    const auto response = transport_->Send(env_.ctx(), request);
    ASSERT_THAT(response, FailsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(response.error().message, testing::HasSubstr("resolve host"));
  }
}

TEST_F(CurlTransportTest, RefusesHeadersThatWouldSplitTheRequest) {
  Serve([](ServerExchange&) {});
  Request request = To("GET");
  request.headers.Add("X", "a\r\nY: b");
  EXPECT_THAT(transport_->Send(env_.ctx(), request), FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(CurlTransportTest, RefusesAnAnswerThatIsNotHttp) {
  auto listener = internal::Listener::Open("127.0.0.1", 0);
  ASSERT_THAT(listener, IsOk());
  const std::jthread server([&] {
    const auto fd = listener->Accept();
    if (!fd) return;
    internal::Socket socket(*fd);
    EXPECT_THAT(socket.WriteAll("SSH-2.0-something\r\n\r\n"), IsOk());
  });
  transport_ = MakeCurlTransport(options_);
  Request request;
  request.url = "http://127.0.0.1:" + std::to_string(listener->port()) + "/";
  EXPECT_THAT(transport_->Send(env_.ctx(), request), FailsWith(ErrorCode::kUnavailable));
}

TEST_F(CurlTransportTest, ManyThreadsShareOneTransport) {
  Serve([](ServerExchange& exchange) {
    const auto body = exchange.ReadWholeBody(kBodyMax);
    if (body) exchange.Respond(Answer(200, *body));
  });
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const std::string body = Pattern(static_cast<std::size_t>(i) * 100'000);
        for (int n = 0; n < 10; ++n) {
          const auto response = UploadAll(body, 64 << 10);
          if (response && response->body == body) ++good;
        }
      });
    }
  }
  EXPECT_EQ(good, 40);
}

TEST(CurlTransportTlsTest, RefusesACertificateItDoesNotKnow) {
  const test::RealContext env;
  const TlsServer server;
  Request request;
  request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  const auto response = MakeCurlTransport({})->Send(env.ctx(), request);
  ASSERT_THAT(response, FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(response.error().message, testing::HasSubstr("certificate"));
}

TEST(CurlTransportTlsTest, TrustsTheBundleItIsGiven) {
  const test::RealContext env;
  const test::TempDir dir;
  const TlsServer server;
  CurlTransportOptions options;
  options.ca_bundle_file = dir / "ca.pem";
  ASSERT_THAT(WriteFileDurably(options.ca_bundle_file, server.certificate()), IsOk());
  const auto transport = MakeCurlTransport(options);
  Request request;
  request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  for (int i = 0; i < 2; ++i) {
    const auto response = transport->Send(env.ctx(), request);
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->body, "secure");
  }
}

TEST(CurlTransportTlsTest, TrustsTheAuthoritiesItIsGivenAsText) {
  const test::RealContext env;
  const TlsServer server;
  CurlTransportOptions options;
  options.ca_pem = server.certificate();
  options.http2 = true;  // offered, and not taken by this server
  Request request;
  request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  const auto response = MakeCurlTransport(options)->Send(env.ctx(), request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->body, "secure");
}

TEST(CurlTransportTlsTest, ProvesWhoItIsByACertificate) {
  const test::RealContext env;
  const TlsServer server(TlsServer::Clients::kKnownCertificate);
  CurlTransportOptions options;
  options.ca_pem = server.certificate();
  Request request;
  request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  EXPECT_FALSE(MakeCurlTransport(options)->Send(env.ctx(), request));
  options.client_certificate_pem = server.certificate();
  options.client_key_pem = Secret(server.key());
  const auto transport = MakeCurlTransport(options);
  for (int i = 0; i < 2; ++i) {
    const auto response = transport->Send(env.ctx(), request);
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->body, "secure");
  }
}

TEST(CurlTransportTlsTest, RefusesACertificateForAnotherHost) {
  const test::RealContext env;
  const test::TempDir dir;
  const TlsServer server;
  CurlTransportOptions options;
  options.ca_bundle_file = dir / "ca.pem";
  ASSERT_THAT(WriteFileDurably(options.ca_bundle_file, server.certificate()), IsOk());
  Request request;
  request.url = "https://localhost:" + std::to_string(server.port()) + "/";
  EXPECT_THAT(MakeCurlTransport(options)->Send(env.ctx(), request),
              FailsWith(ErrorCode::kFailedPrecondition));
}

}  // namespace
}  // namespace culvert::http
