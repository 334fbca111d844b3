// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/request_metrics.h"

#include "libs/kube/rest_client.h"
#include "tests/support/fake_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace culvert::kube {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(RequestMetricsTest, VerbsAreThoseOfTheApiServer) {
  EXPECT_EQ(VerbOf("GET", "https://k/api/v1/pods/x"), "GET");
  EXPECT_EQ(VerbOf("GET", "https://k/api/v1/pods?limit=500&labelSelector=a"), "LIST");
  EXPECT_EQ(VerbOf("GET", "https://k/api/v1/pods?watch=true&resourceVersion=1"), "WATCH");
  EXPECT_EQ(VerbOf("PATCH", "https://k/api/v1/pods/x"), "PATCH");
  EXPECT_EQ(VerbOf("OPTIONS", "https://k/"), "other");
}

TEST(RequestMetricsTest, CountsEveryRequestByWhatCameBack) {
  MetricsRegistry registry;
  RequestMetrics metrics(registry, "k:6443");
  const auto saw = [&](const char* method, int status) {
    metrics.OnRequest({.method = method,
                       .url = "https://k:6443/api/v1/pods/x",
                       .status = status,
                       .took = milliseconds(20)});
  };
  EXPECT_THAT(
      registry.Expose(),
      HasSubstr("rest_client_requests_total{code=\"409\",host=\"k:6443\",method=\"PUT\"} 0"));
  saw("PUT", 409);
  saw("GET", 0);
  saw("GET", 418);
  saw("GET", 502);
  saw("GET", 302);
  metrics.OnTurn("PUT", "https://k:6443/api/v1/pods/x", milliseconds(500));
  const std::string text = registry.Expose();
  for (const char* line : {"requests_total{code=\"409\",host=\"k:6443\",method=\"PUT\"} 1",
                           "requests_total{code=\"error\",host=\"k:6443\",method=\"GET\"} 1",
                           "requests_total{code=\"4xx\",host=\"k:6443\",method=\"GET\"} 1",
                           "requests_total{code=\"5xx\",host=\"k:6443\",method=\"GET\"} 1",
                           "requests_total{code=\"other\",host=\"k:6443\",method=\"GET\"} 1",
                           "request_duration_seconds_count{host=\"k:6443\",verb=\"GET\"} 4",
                           "rate_limiter_duration_seconds_sum{host=\"k:6443\",verb=\"PUT\"} 0.5"}) {
    EXPECT_THAT(text, HasSubstr(std::string("rest_client_") + line));
  }
}

class NoToken final : public TokenSource {
 public:
  Result<Secret> Token() override { return Secret(); }
  void Rejected() override {}
};

TEST(RequestMetricsTest, AClientCountsItsRequestsAndItsWaits) {
  const test::FakeContext context;
  test::FakeTransport fake;
  MetricsRegistry registry;
  RequestMetrics metrics(registry, "kube.test");
  const auto observed = ObserveRequests(fake, metrics);
  Config config;
  config.server = http::Url::Parse("https://kube.test").value();
  config.token = std::make_shared<NoToken>();
  const auto client =
      MakeRestClient(std::move(config), *observed,
                     {.user_agent = "test", .metrics = &metrics, .requests_per_second = 1});
  const Resource maps{.group = "", .version = "v1", .plural = "configmaps", .namespaced = true};
  for (int i = 0; i < 3; ++i) {
    fake.Push(404);
    EXPECT_FALSE(client->Get(context.ctx(), maps, {.name_space = "ns", .name = "a"}));
  }
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("requests_total{code=\"404\",host=\"kube.test\",method=\"GET\"} 3"));
  // Two may go at once, the third waits a second.
  EXPECT_THAT(text,
              HasSubstr("rate_limiter_duration_seconds_sum{host=\"kube.test\",verb=\"GET\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("rate_limiter_duration_seconds_count{host=\"kube.test\",verb=\"GET\"} 3"));
}

}  // namespace
}  // namespace culvert::kube
