// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/maxcompute/client.h"
#include "libs/syncjob/plan.h"
#include "runner/dirty_row_set.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/source.h"
#include "runner/engine/target.h"
#include "runner/metrics.h"

#include <memory>
#include <string>

namespace culvert::runner {

/// A plan's source and target, opened for use.
class Endpoints {
 public:
  Source source() const;
  Target& target() const { return *target_; }

 private:
  friend Result<Endpoints> MakeEndpoints(const syncjob::Plan& plan, const CopySpec& spec,
                                         maxcompute::Client* source, maxcompute::Client* target,
                                         RunnerMetrics& metrics, const DirtyRowSet* replay);
  std::unique_ptr<CodedSource> coded_;
  std::unique_ptr<BatchSource> typed_;
  std::unique_ptr<Target> target_;
};

/// The clients are null where the side is a stream; tables are counted into `metrics`. `replay`, if
/// any, is the source. `spec`, the clients, `metrics` and `replay` must outlive the result.
/// A stream target that prints writes to standard output.
Result<Endpoints> MakeEndpoints(const syncjob::Plan& plan, const CopySpec& spec,
                                maxcompute::Client* source, maxcompute::Client* target,
                                RunnerMetrics& metrics, const DirtyRowSet* replay = nullptr);

/// `flights`, or `stream`: how a side is called in texts for people.
std::string SourceTitle(const syncjob::SyncJobSpec& spec);
std::string TargetTitle(const syncjob::SyncJobSpec& spec);

}  // namespace culvert::runner
