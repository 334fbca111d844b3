// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"
#include "libs/base/metrics.h"
#include "libs/http/observed_transport.h"
#include "runner/engine/block_result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace culvert::runner {

/// Which end of a run a credential is for.
enum class Side : std::uint8_t { kSource, kTarget };
std::string_view SideName(Side side);  // "source", "target"

/// The series of culvert-runner, as docs/metrics.md lists them: all there at zero from the
/// beginning, label values from closed sets. Counters count what this process did, blocks that
/// were sent twice included, so they may pass the run's report. Thread-safe; nothing in it blocks.
class RunnerMetrics final : public http::RequestObserver {
 public:
  /// `registry` must outlive it.
  explicit RunnerMetrics(MetricsRegistry& registry);

  Counter& read_bytes;
  Counter& written_bytes;
  Counter& records_read;
  Counter& records_written;
  Counter& bad_records;
  Counter& filtered_records;
  Histogram& block_upload_seconds;
  Gauge& inflight_blocks;
  Gauge& buffer_bytes;          // set when somebody looks
  Gauge& shard_progress_ratio;  // likewise

  /// The records of a block that the target holds.
  void CountBlock(const BlockResult& block);
  /// A request or a block that will be tried again because of `error`.
  void CountRetry(const Error& error);
  void OnRequest(const http::ObservedRequest& request) override;
  /// A key in use: the how many-th that this side has seen, and when it ends, in seconds since
  /// 1970 (0: not known).
  void SetCredential(Side side, std::uint64_t generation, double expiry_seconds);

 private:
  std::map<std::pair<std::string_view, std::string_view>, Counter*> requests_;  // endpoint, code
  std::map<std::string_view, Histogram*> request_seconds_;                      // endpoint
  std::map<std::string_view, Counter*> retries_;                                // reason
  std::map<Side, std::pair<Gauge*, Gauge*>> credentials_;  // generation, expiry
};

/// Label `endpoint` of a request: what it is about, by its method and query. `rest`: tables,
/// partitions, SQL; `session`: opening and asking sessions; `download`, `upload`: rows; `commit`.
std::string_view EndpointOf(std::string_view method, std::string_view url);
/// Label `code` of an answer; `error` when there was none.
std::string_view CodeLabel(int status);
/// Label `reason` of a retry.
std::string_view RetryReason(const Error& error);

}  // namespace culvert::runner
