// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/report.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::syncjob {

/// The steps of a run in pods. kWork does the last three in one.
enum class Step : std::uint8_t { kPlan, kPrepare, kTransfer, kCommit, kWork };
std::string_view StepName(Step step);  // "plan", ...
std::optional<Step> StepFromName(std::string_view name);

/// Where the plan of a plan step is: in the message, or in the pod's log.
struct PlanHandOver {
  std::string hash = {};    // PlanHash: SHA-256 of the plan's JSON
  std::uint64_t bytes = 0;  // of the JSON
  std::string text = {};    // base64 of the compressed JSON; empty: in the log
  bool operator==(const PlanHandOver&) const = default;
};

/// The last word of a pod, its termination message: what it did, or why it did not.
struct StepMessage {
  Step step = Step::kPlan;
  int exit_code = 0;
  // On success, the one that belongs to the step.
  std::optional<ShardReport> shard = {};
  // Its lists cut to what fits. After PostSqlFailed too: the rows are committed.
  std::optional<RunReport> run = {};
  std::uint64_t partitions = 0;  // how long that list was
  std::optional<PlanHandOver> plan = {};
  // On failure.
  std::string reason = {};
  std::string message = {};
  std::uint64_t committed = 0;  // sessions that are committed, or may be, as far as the step knows
  bool operator==(const StepMessage&) const = default;
};

/// How long a pod waits for a key that is missing or rejected, where its run does not give up
/// sooner: a mounted Secret follows a change within about a minute and a half.
inline constexpr std::chrono::seconds kCredentialsWait{180};

inline constexpr std::size_t kStepMessageBytesMax = 4'096;  // kubelet cuts what is longer

/// Compact JSON of at most kStepMessageBytesMax bytes: a long message, samples of dirty rows, the
/// list of statements, then the list of partitions are cut, and a plan's text is left out.
std::string StepMessageToJson(const StepMessage& message);
/// kInvalidArgument for anything else, an empty text included.
Result<StepMessage> ParseStepMessage(std::string_view text);

}  // namespace culvert::syncjob
