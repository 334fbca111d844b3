// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/claims.h"
#include "operator/objects.h"
#include "operator/stream_ledger.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::control {

/// What running pods said of their progress when last asked; best effort, never for final numbers.
struct LiveProgress {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t rows_per_second = 0;
  std::uint64_t bytes_per_second = 0;
  bool operator==(const LiveProgress&) const = default;
};

/// All that is decided by: one run as the caches have it.
struct Observed {
  SyncJobPtr job = {};
  DataSourcePtr source = {};  // null: not there, or the side is a stream
  DataSourcePtr target = {};
  std::vector<JobPtr> jobs = {};          // of the run, all attempts
  std::vector<PodPtr> pods = {};          // likewise
  std::vector<RecordPtr> records = {};    // likewise
  std::optional<TargetClaim> claim = {};  // of the target table, as last seen
  std::vector<TargetClaim> held = {};     // those of any table that name the run
  LiveProgress live = {};
};

}  // namespace culvert::control
