// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/real_kube_api.h"

#include "libs/base/check.h"
#include "libs/base/file.h"
#include "libs/base/log.h"
#include "libs/kube/config.h"
#include "libs/kube/rest_client.h"
#include "tests/support/poll.h"

#include <nlohmann/json.hpp>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

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

/// YAML as JSON has it: what is not quoted may be a number or a word of its own.
nlohmann::json ToJson(const YAML::Node& node) {
  using nlohmann::json;
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = ToJson(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    json array = json::array();
    for (const YAML::Node& item : node) array.push_back(ToJson(item));
    return array;
  }
  if (!node.IsScalar()) return nullptr;
  if (node.Tag() == "!") return node.Scalar();
  return json::accept(node.Scalar()) ? json::parse(node.Scalar()) : json(node.Scalar());
}

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
  config_ = *config;
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

void RealKubeApi::InstallKinds() {
  const kube::Resource definitions{.group = "apiextensions.k8s.io",
                                   .version = "v1",
                                   .plural = "customresourcedefinitions",
                                   .namespaced = false};
  const kube::Resource accounts{.group = "", .version = "v1", .plural = "serviceaccounts"};
  const auto make = [&](const kube::Resource& resource, const std::string& name_space,
                        const nlohmann::json& object) {
    Must(*clock_, "a kind or account", [&](const OpContext& ctx) -> Result<bool> {
      const auto made = client_->Create(ctx, resource, name_space, object);
      if (!made && made.error().code != ErrorCode::kAlreadyExists) return Fail(made.error());
      return true;
    });
  };
  // Pods are of an account that controllers make, where there are any.
  make(accounts, name_space_, {{"metadata", {{"name", "default"}}}});
  for (const char* plural : {"syncjobs", "syncschedules", "datasources"}) {
    make(definitions, "",
         ToJson(YAML::LoadFile(std::string(CULVERT_SOURCE_DIR) + "/crds/culvert.dev_" + plural +
                               ".yaml")));
    const kube::Resource kind{.group = "culvert.dev", .version = "v1alpha1", .plural = plural};
    CULVERT_CHECK(Eventually(std::chrono::seconds(30), [&] {
      Logger log(LogLevel::kError, *clock_, StderrSink());
      const OpContext ctx{.stop = {},
                          .deadline = clock_->SteadyNow() + std::chrono::seconds(10),
                          .clock = *clock_,
                          .log = log};
      return client_->List(ctx, kind, {}, [](const nlohmann::json&) -> Status { return {}; })
          .has_value();
    }));
  }
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
  config->ca_pem = config_.ca_pem;
  anonymous_ = http::MakeCurlTransport(kube::TransportOptions(*config));
  return kube::MakeRestClient(*std::move(config), *anonymous_);
}

}  // namespace culvert::test
