// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/history.h"

#include <algorithm>
#include <functional>

namespace culvert::schedule {

std::vector<std::string> RunsToDelete(std::vector<FinishedRun> runs, const HistoryLimits& limits,
                                      std::chrono::sys_seconds decided_until,
                                      std::chrono::sys_seconds now) {
  std::ranges::sort(runs, std::greater<>(),
                    [](const FinishedRun& run) { return std::pair(run.planned, run.name); });
  std::vector<std::string> names;
  HistoryLimits left = limits;
  for (FinishedRun& run : runs) {
    std::size_t& room = run.succeeded ? left.successful : left.failed;
    if (room > 0) {
      --room;
      continue;
    }
    if (run.planned <= decided_until && run.finished + kHistoryAgeMin <= now) {
      names.push_back(std::move(run.name));
    }
  }
  std::ranges::reverse(names);
  return names;
}

}  // namespace culvert::schedule
