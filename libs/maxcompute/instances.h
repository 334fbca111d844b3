// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace culvert::maxcompute {

/// One SQL task to run. `guid` makes it recognisable among the caller's own instances.
struct SqlRequest {
  std::string sql;  // ends with ';' (added when missing)
  std::map<std::string, std::string> hints;
  std::string guid;
  int priority = 9;
  bool idempotent = false;  // may be sent again when its answer is lost
};

enum class InstanceState : std::uint8_t { kRunning, kSuspended, kTerminated };
enum class TaskState : std::uint8_t {
  kWaiting,
  kRunning,
  kSuccess,
  kFailed,
  kSuspended,
  kCancelled
};

struct Instance {
  std::string id;
  InstanceState state = InstanceState::kRunning;
};

/// One of the caller's instances as it is listed.
struct OwnInstance {
  std::string id;
  std::string guid;  // empty: submitted without
};

/// Result text of a terminated instance: CSV for a SELECT, plain text for the rest.
struct InstanceResult {
  TaskState task_state = TaskState::kFailed;
  std::string format;  // "csv" or "text"
  std::string text;
};

}  // namespace culvert::maxcompute
