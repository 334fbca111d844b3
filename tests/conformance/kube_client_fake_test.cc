// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/rest_client.h"
#include "tests/conformance/kube_client_suite.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_kube_api.h"
#include "tests/support/no_token.h"

namespace culvert::kube {
namespace {

class FakeServer final : public KubeServer {
 public:
  FakeServer() {
    Config config;
    config.server = http::Url::Parse("https://kube.test").value();
    config.token = std::make_shared<NoToken>();
    client_ = MakeRestClient(std::move(config), api_);
  }
  Client& client() override { return *client_; }
  Clock& clock() override { return clock_; }
  std::string name_space() const override { return "default"; }
  Forgotten forgotten() override {
    const std::string path = "/api/v1/namespaces/default/configmaps/old";
    api_.Put(path, {{"metadata", {{"name", "old"}}}});
    const std::string version = api_.Object(path)["metadata"]["resourceVersion"];
    api_.Put(path, nullptr);
    api_.Compact();
    return {.resource = {.group = "", .version = "v1", .plural = "configmaps", .namespaced = true},
            .version = version};
  }

 private:
  test::FakeClock clock_;
  test::FakeKubeApi api_;
  std::unique_ptr<Client> client_;
};

INSTANTIATE_TEST_SUITE_P(Fake, KubeClientSuite,
                         testing::Values([]() -> std::unique_ptr<KubeServer> {
                           return std::make_unique<FakeServer>();
                         }));

}  // namespace
}  // namespace culvert::kube
