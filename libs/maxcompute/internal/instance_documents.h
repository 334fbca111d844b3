// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/maxcompute/instances.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The XML that submits SQL and the XML that tells of instances. Pure. Answers that cannot be read
// are kInternal/UnexpectedAnswer.

namespace culvert::maxcompute::internal {

/// The body that submits `request`; `uuid` makes the task unique. kInvalidArgument for a statement
/// that XML cannot carry.
Result<std::string> WriteJob(const SqlRequest& request, std::string_view uuid);

/// `…/instances/2024abc` -> `2024abc`.
Result<std::string> InstanceIdFromLocation(std::string_view location);

Result<InstanceState> ReadInstanceState(std::string_view body);

struct TaskStatus {
  InstanceState instance = InstanceState::kRunning;
  TaskState task = TaskState::kWaiting;  // the worst of its tasks
};
Result<TaskStatus> ReadTaskStatus(std::string_view body);

/// Text of the first task's result, decoded; `task_state` is left alone.
Result<InstanceResult> ReadInstanceResult(std::string_view body);

struct InstancePage {
  std::vector<std::string> ids;
  std::string marker;  // of the next page; empty: this was the last
};
Result<InstancePage> ReadInstancePage(std::string_view body);

/// Guid of the job that `?source` returned; empty when it has none.
Result<std::string> ReadJobGuid(std::string_view body);

}  // namespace culvert::maxcompute::internal
