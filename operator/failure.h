// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/report.h"
#include "operator/objects.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::control {

/// What a pod's end means for its run, by design of the runner's exit codes
/// (docs/operations.md). Later ones matter more when several pods of a Job ended.
enum class FailureClass : std::uint8_t {
  kStopped,      // 143, evicted: nothing is wrong
  kTransient,    // 30, 31, 32: may pass
  kCrashed,      // no exit code of ours
  kOutOfMemory,  // 137 by the kernel
  kCredentials,  // 20, 21: somebody must renew a key
  kNewAttempt,   // 15, 16: the plan cannot be carried out any more
  kPoison,       // 40: this shard never passes
  kTerminal,     // 10..14, 17, 41: a person must change something
};

struct Failure {
  FailureClass kind = FailureClass::kTransient;
  std::string reason = {};   // one word of docs/reasons.md
  std::string message = {};  // for people, with what to do where it is not in the catalogue
  std::string step = {};
  std::int64_t index = 0;
  std::uint64_t committed = 0;  // sessions, as the pod knew
  bool has_word = false;        // the pod left a message of its own
  // With PostSqlFailed: what is committed all the same, and the number of its partitions.
  std::optional<syncjob::RunReport> report = {};
  std::uint64_t partitions = 0;
  bool operator==(const Failure&) const = default;
};

/// Nothing for a pod that has not ended, or ended well.
std::optional<Failure> JudgePod(const PodObject& pod);

/// The failure among `pods` that decides, the latest of the weightiest class; nothing when none
/// failed.
std::optional<Failure> Worst(const std::vector<PodPtr>& pods);

}  // namespace culvert::control
