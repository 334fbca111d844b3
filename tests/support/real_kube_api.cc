// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/real_kube_api.h"

#include "libs/base/check.h"
#include "libs/base/file.h"
#include "libs/base/log.h"
#include "libs/kube/config.h"
#include "libs/kube/rest_client.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <utility>

namespace culvert::test {
namespace {

constexpr const char* kVariable = "CULVERT_TEST_KUBECONFIG";
constexpr std::size_t kKubeconfigMax = 1024 * 1024;

const kube::Resource kNamespaces{
    .group = "", .version = "v1", .plural = "namespaces", .namespaced = false};

/// One call outside of any test.
template <typename Call>
auto Must(Clock& clock, const char* what, Call&& call) {
  Logger log(LogLevel::kError, clock, StderrSink());
  const OpContext ctx{.stop = {},
                      .deadline = clock.SteadyNow() + std::chrono::minutes(1),
                      .clock = clock,
                      .log = log};
  auto result = call(ctx);
  if (!result) std::cerr << what << ": " << ToString(result.error()) << "\n";
  CULVERT_CHECK(result.has_value());
  return result;
}

}  // namespace

bool RealKubeApi::IsGiven() { return std::getenv(kVariable) != nullptr; }

RealKubeApi::RealKubeApi() {
  CULVERT_CHECK(IsGiven());
  const std::string path = std::getenv(kVariable);
  const auto config =
      Must(*clock_, "the kubeconfig", [&](const OpContext&) -> Result<kube::Config> {
        CULVERT_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kKubeconfigMax));
        const std::string directory = std::filesystem::path(path).parent_path();
        return kube::ParseKubeconfig(text, directory, "", *clock_);
      });
  server_ = config->server.ToString();
  ca_pem_ = config->ca_pem;
  transport_ = http::MakeCurlTransport(kube::TransportOptions(*config));
  client_ = kube::MakeRestClient(*config, *transport_);
  // Unique on one machine for as long as a server lives.
  const auto now = clock_->Now().time_since_epoch();
  name_space_ = "test-" + std::to_string(::getpid()) + "-" +
                std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  Must(*clock_, "a namespace of the test", [&](const OpContext& ctx) {
    return client_->Create(ctx, kNamespaces, "", {{"metadata", {{"name", name_space_}}}});
  });
}

RealKubeApi::~RealKubeApi() {
  Must(*clock_, "the namespace's removal", [&](const OpContext& ctx) -> Result<bool> {
    CULVERT_TRY(client_->Delete(ctx, kNamespaces, {.name_space = "", .name = name_space_}, {}));
    return true;
  });
}

std::unique_ptr<kube::Client> RealKubeApi::ClientWithTokenFile(const std::string& file) {
  const std::string kubeconfig =
      nlohmann::json{
          {"clusters", {{{"name", "real"}, {"cluster", {{"server", server_}}}}}},
          {"users", {{{"name", "pod"}, {"user", {{"tokenFile", file}}}}}},
          {"contexts", {{{"name", "pod"}, {"context", {{"cluster", "real"}, {"user", "pod"}}}}}},
          {"current-context", "pod"}}
          .dump();
  auto config = Must(*clock_, "a token's kubeconfig", [&](const OpContext&) {
    return kube::ParseKubeconfig(kubeconfig, "/", "", *clock_);
  });
  config->ca_pem = ca_pem_;
  anonymous_ = http::MakeCurlTransport(kube::TransportOptions(*config));
  return kube::MakeRestClient(*std::move(config), *anonymous_);
}

}  // namespace culvert::test
