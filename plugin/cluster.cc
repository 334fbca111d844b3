// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/cluster.h"

#include "libs/base/file.h"
#include "libs/http/curl_transport.h"
#include "libs/kube/rest_client.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace culvert::plugin {
namespace {

constexpr std::size_t kKubeconfigBytesMax = 1024UL * 1024;
constexpr std::string_view kUserAgent = "kubectl-culvert/0.1.0";

std::vector<std::string> Files(const KubeconfigPlace& place) {
  if (!place.flag.empty()) return {place.flag};
  std::vector<std::string> files;
  std::string_view rest = place.environment;
  while (!rest.empty()) {
    const std::string_view file = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), file.size() + 1));
    if (!file.empty()) files.emplace_back(file);
  }
  if (files.empty() && !place.home.empty()) files.push_back(place.home + "/.kube/config");
  return files;
}

std::string DirectoryOf(const std::string& file) {
  const std::size_t slash = file.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : file.substr(0, slash);
}

}  // namespace

Result<kube::Config> ReadKubeconfig(const KubeconfigPlace& place, Clock& clock) {
  std::string looked_for;
  std::optional<Error> wrong;
  for (const std::string& file : Files(place)) {
    const auto text = ReadWholeFile(file, kKubeconfigBytesMax);
    if (!text) {
      if (text.error().code != ErrorCode::kNotFound) return Fail(text.error());
      looked_for += (looked_for.empty() ? "" : ", ") + file;
      continue;
    }
    auto config = kube::ParseKubeconfig(*text, DirectoryOf(file), place.context, clock);
    if (config) return config;
    if (!wrong) wrong = std::move(config.error()).With("file", file);
  }
  if (wrong) return Fail(*std::move(wrong));
  return Fail(NotFound(looked_for.empty()
                           ? "there is no kubeconfig: set KUBECONFIG or name one with --kubeconfig"
                           : "there is no kubeconfig at " + looked_for));
}

Result<Cluster> OpenCluster(const KubeconfigPlace& place, Clock& clock) {
  CULVERT_ASSIGN_OR_RETURN(kube::Config config, ReadKubeconfig(place, clock));
  http::CurlTransportOptions options = kube::TransportOptions(config);
  options.allow_plain_http = true;  // what the kubeconfig says, as kubectl does
  options.user_agent = std::string(kUserAgent);
  Cluster cluster;
  cluster.name_space = config.name_space;
  cluster.transport = http::MakeCurlTransport(options);
  cluster.client =
      kube::MakeRestClient(std::move(config), *cluster.transport,
                           {.user_agent = std::string(kUserAgent), .requests_per_second = 0});
  return cluster;
}

}  // namespace culvert::plugin
