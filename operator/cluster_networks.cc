// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/cluster_networks.h"

#include "libs/base/log.h"
#include "libs/http/ip_address.h"
#include "libs/http/ip_network.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace culvert::control {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kPatienceForNetworks{10};

kube::Resource ServiceCidrs() {
  return {
      .group = "networking.k8s.io", .version = "v1", .plural = "servicecidrs", .namespaced = false};
}

Status AddCidrsOf(const json& object, std::vector<std::string>& networks) {
  const json cidrs = object.value(json::json_pointer("/spec/cidrs"), json::array());
  for (const json& cidr : cidrs) {
    if (!cidr.is_string()) continue;
    CULVERT_ASSIGN_OR_RETURN(const http::IpNetwork network,
                             http::IpNetwork::Parse(cidr.get_ref<const std::string&>()));
    networks.push_back(network.ToString());
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> ClusterNetworks(const OpContext& ctx, kube::Client& client,
                                                 std::string_view server, bool services) {
  std::vector<std::string> networks;
  if (const auto address = http::IpAddress::Parse(server)) {
    networks.push_back(http::IpNetwork::Of(*address).ToString());
  }
  if (!services) return networks;
  const auto listed =
      client.List(ctx.WithTimeout(kPatienceForNetworks), ServiceCidrs(), {},
                  [&networks](const json& object) { return AddCidrsOf(object, networks); });
  if (listed) return networks;
  const Error& error = listed.error();
  if (error.code != ErrorCode::kNotFound && error.code != ErrorCode::kPermissionDenied) {
    return Fail(error);
  }
  ctx.log.Warn("the networks of Services are not known: DataSources may name endpoints there",
               {{"err", ToString(error)}});
  return networks;
}

}  // namespace culvert::control
