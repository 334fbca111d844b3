// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/syncjob/status.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::plugin {

/// How far a step or a shard is.
enum class State : std::uint8_t { kWaiting, kPending, kRunning, kSuspended, kSucceeded, kFailed };
std::string_view StateName(State state);  // "Waiting", "Running" ...

/// One shard of a transfer, as its newest pod shows it.
struct ShardView {
  std::int64_t shard = 0;
  State state = State::kWaiting;
  std::string pod;                        // empty: none is there
  std::vector<std::string> earlier_pods;  // oldest first
  std::uint64_t rows = 0;
  std::uint64_t rows_total = 0;  // 0: unknown
  std::uint64_t rows_per_second = 0;
  std::string reason;   // of a failure, or of what keeps the pod from running
  std::string message;  // likewise
  std::optional<int> exit_code;
  std::size_t failed_pods = 0;  // that came before this one, or are this one
};

/// One step of a run: a Job and its pods.
struct StepView {
  std::string name;  // "plan", "prepare", "transfer", "commit", "work"
  State state = State::kWaiting;
  std::string job;                      // empty: there is no Job (any more)
  std::optional<std::int64_t> seconds;  // how long it took, or has taken so far
  std::uint64_t shards_done = 0;
  std::uint64_t shards_total = 0;  // 0: a step of one pod
  std::vector<ShardView> shards;   // one for a step of one pod, of number 0
};

/// A SyncJob with what it owns, as far as the current attempt goes.
struct RunView {
  std::string name;
  std::string name_space;
  std::string uid;
  std::string resource_version;
  std::string source;  // "flights"
  std::string target;
  bool suspended = false;  // spec.suspend
  std::string run_nonce;   // spec.runNonce
  syncjob::SyncJobStatus status;
  std::int64_t age_seconds = 0;
  std::vector<StepView> steps;  // in order
};

/// What a run is made of, as the API server has it: JSON of a SyncJob, of the Jobs and pods that
/// carry its uid, and what `/progress` of running pods said, by the pod's name.
struct RunObjects {
  const nlohmann::json& sync_job;
  const std::vector<nlohmann::json>& jobs;
  const std::vector<nlohmann::json>& pods;
  const std::map<std::string, nlohmann::json>& progress;
};

/// Puts it together. Children of other attempts are left out; what the TTL has removed is told from
/// the status. kInvalidArgument when the SyncJob is none.
Result<RunView> ViewRun(const RunObjects& objects, WallTime now);

/// The word of the Succeeded condition: where the run is, or how it ended.
std::string SummaryOf(const RunView& run);
/// True when the run ended in failure or waits for a person.
bool HasFailed(const RunView& run);

}  // namespace culvert::plugin
