// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/syncjob/report.h"
#include "runner/job_parameters.h"
#include "runner/progress_view.h"
#include "runner/telemetry.h"

#include <cstdint>
#include <string>
#include <vector>

namespace culvert::runner {

struct RunOptions {
  std::vector<std::string> files;
  std::string job;  // empty: the only one
  ParameterFlags parameters;
  std::string state_directory;        // empty: ./.culvert/<namespace>-<name>, and -<cycle>
  std::string credentials_directory;  // empty: Secret documents
  std::string dirty_directory;        // empty: `dirty` in the state directory
  bool again = false;
  ProgressStyle progress = ProgressStyle::kAuto;
};

/// Sends the dirty rows that a finished run left in `directory` to the job's target, as a run of
/// its own that adds rows: with a journal in `directory`/replay, so that they are sent once,
/// however often this is called. Rows that are dirty again are kept in `directory`/replay/dirty.
Result<syncjob::RunReport> ReplayDirty(const OpContext& ctx, const RunOptions& options,
                                       const std::string& directory, Telemetry& telemetry);

/// Copies the dirty rows that run `run` of the job left in its sink, a table, to `directory`, from
/// where they are replayed; the number of rows. kInvalidArgument where the job has no such sink;
/// else as FetchDirtyRows.
Result<std::uint64_t> FetchDirty(const OpContext& ctx, const RunOptions& options,
                                 const std::string& run, const std::string& directory,
                                 Telemetry& telemetry);

/// Runs a job on this machine, all steps, with a journal in place of the cluster's records: plans,
/// prepares, transfers, commits, verifies. The same call after an interruption goes on where the
/// journal ends; after success it returns the recorded report with outcome AlreadyDone. What it
/// does meanwhile is told to `telemetry`.
Result<syncjob::RunReport> RunJob(const OpContext& ctx, const RunOptions& options,
                                  Telemetry& telemetry);

}  // namespace culvert::runner
