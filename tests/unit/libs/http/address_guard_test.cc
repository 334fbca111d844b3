// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/beast_server.h"
#include "libs/http/curl_transport.h"
#include "libs/http/endpoint_rules.h"
#include "libs/http/internal/socket.h"
#include "tests/support/poll.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/libs/http/fake_dns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

// The guard of libcurl's connections: what it refuses gets no connection, whatever names say when.

namespace culvert::http {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using ::testing::HasSubstr;

constexpr const char* kGood = "127.0.0.1";
constexpr const char* kBad = "127.0.0.2";  // a loopback address too: Linux has all of 127.0.0.0/8

/// Counts the connections to an address where there ought to be none.
class Trap {
 public:
  explicit Trap(std::uint16_t port)
      : listener_(internal::Listener::Open(kBad, port).value()), thread_([this] {
          while (const auto fd = listener_.Accept()) {
            const internal::Socket closed(*fd);
            ++connections_;
          }
        }) {}
  ~Trap() { listener_.Shutdown(); }
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;

  std::string Url() const {
    return std::string("http://") + kBad + ":" + std::to_string(listener_.port()) + "/";
  }
  /// How many there were so far. One of our own ends the queue.
  int Connections(const OpContext& ctx) {
    const int before = connections_;
    Request request;
    request.method = "GET";
    request.url = Url();
    CurlTransportOptions options;
    options.allow_plain_http = true;
    EXPECT_THAT(MakeCurlTransport(options)->Send(ctx, request), FailsWith(ErrorCode::kUnavailable));
    EXPECT_TRUE(test::Eventually(std::chrono::seconds(20), [&] { return connections_ > before; }));
    return connections_ - 1;
  }

 private:
  internal::Listener listener_;
  std::atomic<int> connections_ = 0;
  std::jthread thread_;
};

class AddressGuardTest : public testing::Test {
 protected:
  AddressGuardTest() {
    options_.allow_plain_http = true;
    options_.guard = [](std::string_view host, const IpAddress& address) -> Status {
      if (address.ToString() == kGood) return {};
      return Fail(FailedPrecondition(std::string(host) + " is at " + address.ToString())
                      .Because("EndpointNotAllowed"));
    };
    auto server = StartBeastServer({}, [this](ServerExchange& exchange) {
      ++requests_;
      Response response;
      response.status = 200;
      response.body = "good";
      if (exchange.path() == "/moved") {
        response.status = 302;
        response.headers.Add("Location", location_);
      }
      exchange.Respond(response);
    });
    EXPECT_THAT(server, IsOk());
    server_ = std::move(*server);
    trap_ = std::make_unique<Trap>(server_->port());
  }
  ~AddressGuardTest() override { server_.reset(); }

  Request To(const std::string& host, const std::string& path = "/", const char* method = "GET") {
    Request request;
    request.method = method;
    request.url = "http://" + host + ":" + std::to_string(server_->port()) + path;
    request.headers.Add("Authorization", "ODPS id:signature");
    return request;
  }

  CurlTransportOptions options_;
  test::RealContext env_;
  std::string location_;
  std::atomic<int> requests_ = 0;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Trap> trap_;  // at the port of the server
};

TEST_F(AddressGuardTest, NoNotationOfAnAddressGetsThrough) {
  auto rules = EndpointRules::Make({"default"}, {});
  options_.guard = [&rules](std::string_view host, const IpAddress& address) -> Status {
    const auto refusal = rules->Judge(host, address);
    return refusal ? Fail(FailedPrecondition(refusal->why).Because("EndpointNotAllowed"))
                   : Status();
  };
  const auto transport = MakeCurlTransport(options_);
  for (const char* host : {"127.0.0.1",
                           "127.1",
                           "2130706433",
                           "0x7f000001",
                           "0X7F.0.0.1",
                           "0177.0.0.1",
                           "017700000001",
                           "localhost",
                           "LOCALHOST",
                           "[::1]",
                           "[::ffff:127.0.0.1]",
                           "[::ffff:7f00:1]",
                           "[0:0:0:0:0:ffff:7f00:0001]",
                           "[64:ff9b::7f00:1]",
                           "[64:ff9b:1::127.0.0.1]",
                           "[2002:7f00:1::]",
                           "0.0.0.0",
                           "0",
                           "[::]",
                           "169.254.169.254",
                           "[fe80::1]",
                           "2852039166",
                           "[::ffff:a9fe:a9fe]",
                           "100.100.100.200",
                           "[fd00:ec2::254]",
                           "255.255.255.255"}) {
    const auto answer = transport->Send(env_.ctx(), To(host));
    ASSERT_THAT(answer, FailsBecause("EndpointNotAllowed")) << host;
    EXPECT_EQ(answer.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_THAT(answer.error().message, HasSubstr("was not sent: "));
  }
  EXPECT_EQ(requests_, 0);
}

TEST_F(AddressGuardTest, SaysWhichHostAndAddress) {
  const FakeDns dns("tunnel.test", {{kBad}});
  const auto answer = MakeCurlTransport(options_)->Send(env_.ctx(), To("tunnel.test", "/p?secret"));
  ASSERT_THAT(answer, FailsBecause("EndpointNotAllowed"));
  EXPECT_EQ(answer.error().message,
            "GET " + To("tunnel.test", "/p").url + " was not sent: tunnel.test is at 127.0.0.2");
  EXPECT_EQ(trap_->Connections(env_.ctx()), 0);
}

// Feature: Endpoints of a DataSource
TEST_F(AddressGuardTest, AnotherAnswerOfTheNameServerLeadsNowhere) {
  const FakeDns dns("rebound.test", {{kGood}, {kBad}});
  const auto transport = MakeCurlTransport(options_);
  // The first stream keeps its connection, so that the second one has to look up the name again.
  const auto first = transport->Download(env_.ctx(), To("rebound.test"));
  ASSERT_THAT(first, IsOk());
  for (const char* method : {"GET", "PUT", "POST"}) {
    EXPECT_THAT(transport->Send(env_.ctx(), To("rebound.test", "/", method)),
                FailsBecause("EndpointNotAllowed"));
  }
  EXPECT_THAT(transport->Upload(env_.ctx(), To("rebound.test", "/", "PUT")),
              FailsBecause("EndpointNotAllowed"));
  EXPECT_EQ(dns.lookups(), 5);
  EXPECT_EQ(requests_, 1);
  EXPECT_EQ(trap_->Connections(env_.ctx()), 0);
  EXPECT_THAT((*first)->ReadAll(env_.ctx(), 100), test::IsOkAndHolds("good"));
}

TEST_F(AddressGuardTest, OfSeveralAddressesOnlyTheGoodOnesAreTried) {
  const FakeDns dns("both.test", {{kBad, kGood}});
  const auto transport = MakeCurlTransport(options_);
  const auto answer = transport->Send(env_.ctx(), To("both.test"));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->body, "good");
  EXPECT_EQ(trap_->Connections(env_.ctx()), 0);
  // A good address where nobody listens is a matter of trying again.
  Request request = To("both.test");
  server_.reset();
  EXPECT_THAT(MakeCurlTransport(options_)->Send(env_.ctx(), request),
              FailsWith(ErrorCode::kUnavailable));
}

TEST_F(AddressGuardTest, AKeptConnectionIsJudgedAgain) {
  std::atomic<bool> open = true;
  options_.guard = [&open](std::string_view host, const IpAddress& address) -> Status {
    EXPECT_EQ(host, kGood);
    EXPECT_EQ(address.ToString(), kGood);
    return open ? Status() : Fail(FailedPrecondition("closed").Because("EndpointNotAllowed"));
  };
  const auto transport = MakeCurlTransport(options_);
  for (int i = 0; i < 3; ++i) ASSERT_THAT(transport->Send(env_.ctx(), To(kGood)), IsOk());
  open = false;
  EXPECT_THAT(transport->Send(env_.ctx(), To(kGood)), FailsBecause("EndpointNotAllowed"));
  EXPECT_EQ(requests_, 3);
  open = true;
  EXPECT_THAT(transport->Send(env_.ctx(), To(kGood)), IsOk());
}

TEST_F(AddressGuardTest, NoProxyResolvesInItsPlace) {
  const FakeDns dns("proxied.test", {{kBad}});
  const std::string proxy = "http://127.0.0.1:" + std::to_string(server_->port());
  setenv("http_proxy", proxy.c_str(), 1);
  CurlTransportOptions plain;
  plain.allow_plain_http = true;
  EXPECT_THAT(MakeCurlTransport(plain)->Send(env_.ctx(), To("proxied.test")), IsOk());
  const auto guarded = MakeCurlTransport(options_)->Send(env_.ctx(), To("proxied.test"));
  unsetenv("http_proxy");
  EXPECT_THAT(guarded, FailsBecause("EndpointNotAllowed"));
}

TEST_F(AddressGuardTest, ARedirectTakesNoSignatureAnywhere) {
  location_ = trap_->Url();
  const auto answer = MakeCurlTransport(options_)->Send(env_.ctx(), To(kGood, "/moved"));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(requests_, 1);
  EXPECT_EQ(trap_->Connections(env_.ctx()), 0);
}

TEST_F(AddressGuardTest, UserInformationDoesNotHideTheHost) {
  Request request = To("good.test@" + std::string(kBad));
  const auto answer = MakeCurlTransport(options_)->Send(env_.ctx(), request);
  ASSERT_THAT(answer, FailsBecause("EndpointNotAllowed"));
  EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.2 is at 127.0.0.2"));
  EXPECT_EQ(trap_->Connections(env_.ctx()), 0);
}

}  // namespace
}  // namespace culvert::http
