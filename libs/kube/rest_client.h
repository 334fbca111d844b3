// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/transport.h"
#include "libs/kube/client.h"
#include "libs/kube/config.h"
#include "libs/kube/request_metrics.h"

#include <memory>
#include <string>

namespace culvert::kube {

struct RestClientOptions {
  std::string user_agent = "culvert";
  /// Told how long each request waited for its turn; may be null, else outlives the client.
  RequestMetrics* metrics = nullptr;
  double requests_per_second = 100;  // burst: twice that; 0: no limit
};

/// Client over HTTP. `transport` (made with the config's certificates, and without a stall window
/// shorter than a watch) must outlive it. For the metrics of requests see ObserveRequests.
std::unique_ptr<Client> MakeRestClient(Config config, http::Transport& transport,
                                       RestClientOptions options = {});

}  // namespace culvert::kube
