// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/request_metrics.h"

#include <algorithm>
#include <array>
#include <vector>

namespace culvert::kube {
namespace {

constexpr std::array<std::string_view, 6> kMethods = {"DELETE", "GET", "PATCH",
                                                      "POST",   "PUT", "other"};
constexpr std::array<std::string_view, 8> kVerbs = {"DELETE", "GET", "LIST",  "PATCH",
                                                    "POST",   "PUT", "WATCH", "other"};
// Of the others the class is enough.
constexpr std::array<std::string_view, 15> kCodes = {"200", "201", "2xx", "401",   "403",
                                                     "404", "409", "410", "422",   "429",
                                                     "4xx", "503", "5xx", "error", "other"};

const std::vector<double>& RequestBuckets() {
  static const std::vector<double> buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                           1,     2.5,  5,     10,   30,  60,   300};
  return buckets;
}

std::string_view CodeLabel(int status) {
  switch (status) {
    case 0:
      return "error";
    case 200:
      return "200";
    case 201:
      return "201";
    case 401:
      return "401";
    case 403:
      return "403";
    case 404:
      return "404";
    case 409:
      return "409";
    case 410:
      return "410";
    case 422:
      return "422";
    case 429:
      return "429";
    case 503:
      return "503";
    default:
      break;
  }
  if (status >= 200 && status < 300) return "2xx";
  if (status >= 400 && status < 500) return "4xx";
  return status >= 500 && status < 600 ? "5xx" : "other";
}

std::string_view MethodLabel(std::string_view method) {
  const auto* const found = std::ranges::find(kMethods, method);
  return found == kMethods.end() ? "other" : *found;
}

}  // namespace

std::string_view VerbOf(std::string_view method, std::string_view url) {
  if (method != "GET") return MethodLabel(method);
  const std::size_t mark = url.find('?');
  const std::string_view query = mark == std::string_view::npos ? "" : url.substr(mark);
  if (query.find("watch=true") != std::string_view::npos) return "WATCH";
  // A page of a list always says how long it may be.
  return query.find("limit=") != std::string_view::npos ? "LIST" : "GET";
}

RequestMetrics::RequestMetrics(MetricsRegistry& registry, const std::string& host) {
  for (const std::string_view method : kMethods) {
    for (const std::string_view code : kCodes) {
      requests_[{method, code}] = &registry.GetCounter(
          "rest_client_requests_total", "Requests to the API server by method and what came back.",
          {{"method", std::string(method)}, {"code", std::string(code)}, {"host", host}});
    }
  }
  for (const std::string_view verb : kVerbs) {
    const Labels labels = {{"verb", std::string(verb)}, {"host", host}};
    seconds_[verb] = &registry.GetHistogram(
        "rest_client_request_duration_seconds",
        "Time from sending a request to the API server to the headers of its answer.",
        RequestBuckets(), labels);
    throttled_[verb] = &registry.GetHistogram("rest_client_rate_limiter_duration_seconds",
                                              "Time that a request waited here for its turn.",
                                              RequestBuckets(), labels);
  }
}

std::unique_ptr<http::Transport> ObserveRequests(http::Transport& transport,
                                                 RequestMetrics& metrics) {
  // Names and selectors are no secrets; a continue token is long and says nothing.
  return http::ObserveTransport(
      transport, metrics,
      {.shown_parameters = {"limit", "watch", "resourceVersion", "timeoutSeconds", "labelSelector",
                            "fieldSelector", "fieldManager", "dryRun", "container", "tailLines"},
       .request_id_header = "Audit-Id"});
}

void RequestMetrics::OnRequest(const http::ObservedRequest& request) {
  requests_.at({MethodLabel(request.method), CodeLabel(request.status)})->Add();
  seconds_.at(VerbOf(request.method, request.url))
      ->Observe(std::chrono::duration<double>(request.took).count());
}

void RequestMetrics::OnTurn(std::string_view method, std::string_view url,
                            std::chrono::nanoseconds waited) {
  throttled_.at(VerbOf(method, url))->Observe(std::chrono::duration<double>(waited).count());
}

}  // namespace culvert::kube
