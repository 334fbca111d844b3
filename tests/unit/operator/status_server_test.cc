// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/status_server.h"

#include "libs/kube/config.h"
#include "libs/kube/rest_client.h"
#include "tests/support/fake_kube_api.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace culvert::control {
namespace {

using ::testing::HasSubstr;

class Anonymous final : public kube::TokenSource {
 public:
  Result<Secret> Token() override { return Secret(); }
  void Rejected() override {}
};

/// An operator that was never run: it has listed nothing yet.
class StatusServerTest : public testing::Test {
 protected:
  StatusServerTest() {
    kube::Config config;
    config.server = http::Url::Parse("http://127.0.0.1:1").value();
    config.token = std::make_shared<Anonymous>();
    client_ = kube::MakeRestClient(std::move(config), api_, {.requests_per_second = 0});
    OperatorOptions options;
    options.pods.version = "1.2.3";
    work_ = std::make_unique<Operator>(std::move(options), *client_, api_, metrics_, env_.clock());
  }
  http::Response Ask(const std::string& path, const std::string& method = "GET") {
    return AnswerStatus(method, path, *work_, env_.clock());
  }

  test::FakeContext env_;
  test::FakeKubeApi api_;
  MetricsRegistry metrics_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<Operator> work_;
};

TEST_F(StatusServerTest, IsAliveBeforeItIsReady) {
  EXPECT_EQ(Ask("/livez").status, 200);
  EXPECT_EQ(Ask("/readyz").status, 503);
  EXPECT_THAT(Ask("/readyz").body, HasSubstr("caches"));
}

TEST_F(StatusServerTest, MetricsAreThereFromTheBeginning) {
  const http::Response page = Ask("/metrics");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.headers.Get("Content-Type"), testing::Optional(HasSubstr("version=0.0.4")));
  EXPECT_THAT(page.body, HasSubstr("culvert_operator_build_info{version=\"1.2.3\"} 1"));
  EXPECT_THAT(page.body, HasSubstr("culvert_operator_watch_restarts_total{reason=\"gone\","
                                   "resource=\"syncjobs.culvert.dev\"} 0"));
}

TEST_F(StatusServerTest, SaysWhatThereIs) {
  EXPECT_EQ(Ask("/livez", "HEAD").status, 200);
  EXPECT_EQ(Ask("/livez", "POST").status, 405);
  EXPECT_EQ(Ask("/healthz").status, 404);
  EXPECT_THAT(Ask("/healthz").body, HasSubstr("/readyz"));
}

}  // namespace
}  // namespace culvert::control
