// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/metrics.h"

#include <array>
#include <vector>

namespace culvert::runner {
namespace {

constexpr std::array<std::string_view, 5> kEndpoints = {"commit", "download", "rest", "session",
                                                        "upload"};
constexpr std::array<std::string_view, 8> kCodes = {"2xx", "401", "403",   "429",
                                                    "4xx", "5xx", "error", "other"};
constexpr std::array<std::string_view, 9> kRetryReasons = {"clock",       "conflict",  "corrupted",
                                                           "credentials", "network",   "other",
                                                           "server",      "throttled", "timeout"};
constexpr std::array<Side, 2> kSides = {Side::kSource, Side::kTarget};

/// Seconds; a block may take many minutes under a speed limit.
const std::vector<double>& Buckets() {
  static const std::vector<double> buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                           2.5,   5,    10,    30,   60,  300,  900};
  return buckets;
}

std::string_view QueryOf(std::string_view url) {
  const std::size_t mark = url.find('?');
  return mark == std::string_view::npos ? std::string_view() : url.substr(mark + 1);
}

bool HasParameter(std::string_view query, std::string_view key) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    if (part.substr(0, part.find('=')) == key) return true;
    query.remove_prefix(part.size() == query.size() ? part.size() : part.size() + 1);
  }
  return false;
}

}  // namespace

std::string_view SideName(Side side) { return side == Side::kSource ? "source" : "target"; }

std::string_view EndpointOf(std::string_view method, std::string_view url) {
  const std::string_view query = QueryOf(url);
  if (HasParameter(query, "blockid")) return "upload";
  if (HasParameter(query, "rowrange")) return "download";
  if (HasParameter(query, "uploadid")) return method == "POST" ? "commit" : "session";
  if (HasParameter(query, "downloadid") || HasParameter(query, "downloads") ||
      HasParameter(query, "uploads")) {
    return "session";
  }
  return "rest";
}

std::string_view CodeLabel(int status) {
  switch (status) {
    case 0:
      return "error";
    case 401:
      return "401";
    case 403:
      return "403";
    case 429:
      return "429";
    default:
      break;
  }
  if (status >= 200 && status < 300) return "2xx";
  if (status >= 400 && status < 500) return "4xx";
  return status >= 500 && status < 600 ? "5xx" : "other";
}

std::string_view RetryReason(const Error& error) {
  switch (error.code) {
    case ErrorCode::kResourceExhausted:
      return "throttled";
    case ErrorCode::kDeadlineExceeded:
      return "timeout";
    case ErrorCode::kDataLoss:
      return "corrupted";
    case ErrorCode::kUnavailable:
      return error.reason.empty() ? "network" : "server";
    case ErrorCode::kUnauthenticated:
      return error.reason == "ClockSkew" ? "clock" : "credentials";
    case ErrorCode::kAborted:
      if (error.reason == "ClockSkew") return "clock";
      return error.reason == "CredentialsRefreshed" ? "credentials" : "conflict";
    default:
      return "other";
  }
}

RunnerMetrics::RunnerMetrics(MetricsRegistry& registry)
    : read_bytes(
          registry.GetCounter("culvert_runner_read_bytes_total",
                              "Bytes of rows received from the source, as coded on the wire.")),
      written_bytes(registry.GetCounter("culvert_runner_written_bytes_total",
                                        "Bytes of rows sent to the target, as coded on the wire.")),
      records_read(registry.GetCounter("culvert_runner_records_read_total",
                                       "Records read in blocks that the target holds.")),
      records_written(registry.GetCounter("culvert_runner_records_written_total",
                                          "Records written in blocks that the target holds.")),
      bad_records(registry.GetCounter(
          "culvert_runner_bad_records_total",
          "Records that do not fit the target, in blocks that the target holds.")),
      filtered_records(registry.GetCounter(
          "culvert_runner_filtered_records_total",
          "Records that a transformer left out, in blocks that the target holds.")),
      block_upload_seconds(registry.GetHistogram(
          "culvert_runner_block_upload_duration_seconds",
          "Time from opening a block on the target until it confirmed the block.", Buckets())),
      inflight_blocks(registry.GetGauge("culvert_runner_inflight_blocks",
                                        "Blocks that are open on the target now.")),
      buffer_bytes(registry.GetGauge("culvert_runner_buffer_bytes",
                                     "Memory that the streams hold for rows under way.")),
      shard_progress_ratio(
          registry.GetGauge("culvert_runner_shard_progress_ratio",
                            "Rows done of the rows that this process has to do.")) {
  for (const std::string_view endpoint : kEndpoints) {
    for (const std::string_view code : kCodes) {
      requests_[{endpoint, code}] = &registry.GetCounter(
          "culvert_runner_http_requests_total", "Requests to MaxCompute by what came back.",
          {{"endpoint", std::string(endpoint)}, {"code", std::string(code)}});
    }
    request_seconds_[endpoint] =
        &registry.GetHistogram("culvert_runner_http_request_duration_seconds",
                               "Time from sending a request to the headers of its answer; of an "
                               "upload, its body included.",
                               Buckets(), {{"endpoint", std::string(endpoint)}});
  }
  for (const std::string_view reason : kRetryReasons) {
    retries_[reason] = &registry.GetCounter(
        "culvert_runner_retries_total", "Requests and blocks that were tried again, by the cause.",
        {{"reason", std::string(reason)}});
  }
  for (const Side side : kSides) {
    const Labels labels = {{"side", std::string(SideName(side))}};
    credentials_[side] = {
        &registry.GetGauge(
            "culvert_runner_credential_generation",
            "How many versions of the key this process has seen; 0 before the first.", labels),
        &registry.GetGauge("culvert_runner_credential_expiry_timestamp_seconds",
                           "When the key in use ends, as its Secret says; 0 where it does not say.",
                           labels)};
  }
}

void RunnerMetrics::CountBlock(const BlockResult& block) {
  records_read.Add(static_cast<double>(block.rows_read));
  records_written.Add(static_cast<double>(block.rows_written));
  bad_records.Add(static_cast<double>(block.rows_dirty));
  filtered_records.Add(static_cast<double>(block.rows_filtered));
}

void RunnerMetrics::CountRetry(const Error& error) { retries_.at(RetryReason(error))->Add(); }

void RunnerMetrics::OnRequest(const http::ObservedRequest& request) {
  const std::string_view endpoint = EndpointOf(request.method, request.url);
  requests_.at({endpoint, CodeLabel(request.status)})->Add();
  request_seconds_.at(endpoint)->Observe(std::chrono::duration<double>(request.took).count());
}

void RunnerMetrics::SetCredential(Side side, std::uint64_t generation, double expiry_seconds) {
  const auto& [generations, expiry] = credentials_.at(side);
  generations->Set(static_cast<double>(generation));
  expiry->Set(expiry_seconds);
}

}  // namespace culvert::runner
