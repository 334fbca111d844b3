// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace culvert::schedule {

/// A run of a schedule that is over.
struct FinishedRun {
  std::string name;
  std::chrono::sys_seconds planned;
  std::chrono::sys_seconds finished;
  bool succeeded = false;
};

struct HistoryLimits {
  std::size_t successful = 3;
  std::size_t failed = 1;
};

/// A run's name is what keeps its planned time from starting twice. So a run stays until its time
/// is decided, and a while longer: a process that lost its leadership and does not know may still
/// act on what it saw before.
inline constexpr std::chrono::minutes kHistoryAgeMin{10};

/// Names of the runs to delete: all but the newest of each kind, by planned time. Oldest first.
std::vector<std::string> RunsToDelete(std::vector<FinishedRun> runs, const HistoryLimits& limits,
                                      std::chrono::sys_seconds decided_until,
                                      std::chrono::sys_seconds now);

}  // namespace culvert::schedule
