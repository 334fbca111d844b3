// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/client.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "plugin/run_view.h"

namespace culvert::plugin {

/// Whose logs, and how much of them.
struct LogChoice {
  std::optional<std::int64_t> shard = {};  // of the transfer
  std::string step = {};  // empty: transfer with a shard, else the last that has pods
  std::size_t tail = 0;   // lines of each pod; 0: all of one pod, 20 of each of several
};

/// Logs of the pods of a run's current attempt: of one pod as it is, of several each under a line
/// with its name, the older ones of a shard first. A pod that has no log yet is said to have none.
/// kNotFound when there is no pod to ask.
Result<std::string> RunLogs(const OpContext& ctx, kube::Client& client, const RunView& run,
                            const LogChoice& choice);

/// The last lines of one pod, or nothing.
std::string LastLines(const OpContext& ctx, kube::Client& client, const std::string& name_space,
                      const std::string& pod, std::size_t lines);

}  // namespace culvert::plugin
