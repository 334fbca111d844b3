// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/status_server.h"

#include "libs/http/curl_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace culvert::runner {
namespace {

using test::IsOk;
using testing::HasSubstr;

class StatusServerTest : public testing::Test {
 protected:
  http::Response Ask(std::string_view path, std::string_view method = "GET") {
    return AnswerStatus(method, path, stop_.get_token(), telemetry_);
  }
  test::RealContext context_;
  std::stop_source stop_;
  Telemetry telemetry_{"transfer", context_.clock()};
};

TEST_F(StatusServerTest, IsReadyWhileItWorks) {
  EXPECT_EQ(Ask("/livez").status, 200);
  EXPECT_EQ(Ask("/readyz").status, 503);
  telemetry_.Begin({.attempt = 1});
  EXPECT_EQ(Ask("/readyz").status, 200);
  stop_.request_stop();
  EXPECT_EQ(Ask("/readyz").status, 503);
  EXPECT_EQ(Ask("/livez").status, 200);
}

TEST_F(StatusServerTest, TellsProgressAndMetrics) {
  telemetry_.Begin({.shard = 7, .attempt = 1, .rows_total = 5, .blocks_total = 1});
  const http::Response progress = Ask("/progress");
  EXPECT_EQ(progress.headers.Get("Content-Type"), "application/json");
  EXPECT_THAT(progress.body, HasSubstr("\"shard\":7"));
  const http::Response metrics = Ask("/metrics");
  EXPECT_EQ(metrics.headers.Get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(metrics.body, HasSubstr("\nculvert_runner_read_bytes_total 0\n"));
}

TEST_F(StatusServerTest, RefusesTheRest) {
  EXPECT_EQ(Ask("/").status, 404);
  EXPECT_EQ(Ask("/metrics/").status, 404);
  EXPECT_EQ(Ask("/progress", "POST").status, 405);
  EXPECT_EQ(Ask("/livez", "HEAD").status, 200);
}

TEST_F(StatusServerTest, ServesManyReadersWhileCountersMove) {
  telemetry_.Begin({.attempt = 1, .rows_total = 1'000'000});
  auto server = StartStatusServer(context_.ctx(), {.host = "127.0.0.1", .port = 0}, telemetry_);
  ASSERT_THAT(server, IsOk());
  const std::string address = "http://127.0.0.1:" + std::to_string((*server)->port());
  http::CurlTransportOptions options;
  options.allow_plain_http = true;
  const auto transport = http::MakeCurlTransport(options);
  std::jthread stream([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      telemetry_.progress().rows += 1;
      telemetry_.metrics().read_bytes.Add(10);
      telemetry_.metrics().block_upload_seconds.Observe(0.1);
    }
  });
  std::vector<std::jthread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      for (const char* path : {"/livez", "/progress", "/metrics", "/readyz", "/metrics"}) {
        const auto response =
            transport->Send(context_.ctx(std::chrono::seconds(20)),
                            {.method = "GET", .url = address + path, .headers = {}, .body = {}});
        ASSERT_THAT(response, IsOk());
        EXPECT_EQ(response->status, 200) << path;
      }
    });
  }
}

}  // namespace
}  // namespace culvert::runner
