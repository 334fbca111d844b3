// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/listen_address.h"

#include "libs/http/curl_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

namespace culvert::http {
namespace {

using test::FailsWith;
using test::IsOk;

TEST(ListenAddressTest, ReadsTheThreeForms) {
  EXPECT_EQ(ListenAddress::Parse(":9090").value(), (ListenAddress{.host = "", .port = 9090}));
  EXPECT_EQ(ListenAddress::Parse("127.0.0.1:0").value(),
            (ListenAddress{.host = "127.0.0.1", .port = 0}));
  EXPECT_EQ(ListenAddress::Parse("[::1]:8080").value(),
            (ListenAddress{.host = "::1", .port = 8080}));
}

TEST(ListenAddressTest, RefusesTheRest) {
  for (const char* text : {"", "9090", "localhost:9090", "127.0.0.1", "127.0.0.1:", ":65536", ":-1",
                           ":80x", "::1:80", "[127.0.0.1]:80", "[]:80", "[::1]"}) {
    EXPECT_THAT(ListenAddress::Parse(text), FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(ListenAddressTest, AnEmptyHostAnswersOnLoopback) {
  const test::RealContext context;
  auto server = StartServerAt({.host = "", .port = 0}, {}, [](ServerExchange& exchange) {
    Response response;
    response.status = 204;
    (void)exchange.Respond(response);
  });
  ASSERT_THAT(server, IsOk());
  CurlTransportOptions options;
  options.allow_plain_http = true;
  const auto transport = MakeCurlTransport(options);
  const auto response = transport->Send(
      context.ctx(), {.method = "GET",
                      .url = "http://127.0.0.1:" + std::to_string((*server)->port()) + "/",
                      .headers = {},
                      .body = {}});
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 204);
}

}  // namespace
}  // namespace culvert::http
