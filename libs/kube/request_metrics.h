// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/metrics.h"
#include "libs/http/observed_transport.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace culvert::kube {

/// Requests to an API server as metrics, by the names that dashboards of other controllers know:
/// `rest_client_requests_total{code,host,method}`,
/// `rest_client_request_duration_seconds{host,verb}` and
/// `rest_client_rate_limiter_duration_seconds{host,verb}`. A watch is counted when it begins. Codes
/// come from a closed set; one that is not in it is counted by its class (`4xx`). Thread-safe.
class RequestMetrics final : public http::RequestObserver {
 public:
  /// `host`: the server's authority. `registry` must outlive it.
  RequestMetrics(MetricsRegistry& registry, const std::string& host);

  void OnRequest(const http::ObservedRequest& request) override;
  /// A request has waited this long for its turn.
  void OnTurn(std::string_view method, std::string_view url, std::chrono::nanoseconds waited);

 private:
  std::map<std::pair<std::string_view, std::string_view>, Counter*> requests_;  // method, code
  std::map<std::string_view, Histogram*> seconds_;                              // verb
  std::map<std::string_view, Histogram*> throttled_;                            // verb
};

/// `transport` with `metrics` before it, and its requests in the debug log. Both must outlive it. A
/// client of it that has `metrics` in its options counts the waits for a turn as well.
std::unique_ptr<http::Transport> ObserveRequests(http::Transport& transport,
                                                 RequestMetrics& metrics);

/// `GET`, `LIST`, `WATCH`, `POST`, `PUT`, `PATCH`, `DELETE` or `other`: what is done with an
/// object.
std::string_view VerbOf(std::string_view method, std::string_view url);

}  // namespace culvert::kube
