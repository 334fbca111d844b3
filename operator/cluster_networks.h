// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/client.h"

#include <string>
#include <string_view>
#include <vector>

namespace culvert::control {

/// Addresses and networks of the cluster itself, where no endpoint of a DataSource is expected: the
/// API server's, when `server`, the host of its URL, is an address, and with `services` those of
/// Services, as the ServiceCIDRs of networking.k8s.io/v1 say them (Kubernetes 1.33 and later). A
/// server that has none or does not let them be read is named in the log, and goes without.
Result<std::vector<std::string>> ClusterNetworks(const OpContext& ctx, kube::Client& client,
                                                 std::string_view server, bool services);

}  // namespace culvert::control
