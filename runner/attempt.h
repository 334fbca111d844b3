// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/client.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"
#include "runner/dirty_row_set.h"
#include "runner/dirty_store.h"
#include "runner/engine/committer.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/target.h"
#include "runner/engine/transfer.h"
#include "runner/journal.h"
#include "runner/planner.h"
#include "runner/progress_view.h"
#include "runner/telemetry.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace culvert::runner {

/// One attempt of a local run from its recorded plan to its report. Every step looks into the
/// journal first, so that it may be called again in a new process at any point.
class Attempt {
 public:
  /// `reused`: a session of the plan may hold blocks of an earlier attempt. `speed` is the job's
  /// as it is now: a knob, it may differ from the plan's when a run goes on.
  struct Input {
    Journal& journal;
    Sides sides;
    Telemetry& telemetry;
    syncjob::Speed speed;
    std::string dirty_root;  // of a job that keeps its dirty rows in files
    ProgressStyle progress = ProgressStyle::kAuto;
    bool resumed = false;
    bool reused = false;
    const DirtyRowSet* replay = nullptr;  // in place of the source
  };
  explicit Attempt(const Input& input);

  Result<syncjob::RunReport> Run(const OpContext& ctx);

 private:
  void ForgetUnkept();
  Status CheckSessions(const OpContext& ctx, Target& target);
  Status CheckSession(const OpContext& ctx, Target& target, std::size_t session);
  Status CopyBlocks(const OpContext& ctx, const Source& source, Target& target);
  Status CommitShard(const OpContext& ctx, Target& target, std::size_t shard,
                     syncjob::ShardReport& report);
  Status CommitShared(const OpContext& ctx, Target& target);
  Result<std::uint64_t> CommitOne(const OpContext& ctx, Target& target, std::size_t session);
  Result<syncjob::RunReport> Finish(const OpContext& ctx);
  std::string TargetName(std::size_t session) const;
  syncjob::ShardReport Totals() const;

  Journal& journal_;
  Sides sides_;
  Telemetry& telemetry_;
  syncjob::Speed speed_;
  std::string dirty_root_;
  ProgressStyle progress_;
  bool resumed_;
  bool reused_;
  const DirtyRowSet* replay_;
  const syncjob::Plan& plan_;
  RunState state_;                    // as recorded when this process began
  std::unique_ptr<DirtyStore> kept_;  // null: dirty rows are not kept
  // One commit of a shard at a time: a Delta table takes no two at once, and a run that goes on may
  // have more streams than it was planned with.
  Mutex commit_mutex_;
  Mutex mutex_;
  std::map<BlockRef, BlockResult> blocks_ GUARDED_BY(mutex_);  // on the target, as far as we trust
  std::map<std::size_t, syncjob::ShardReport> shards_;         // finished
};

}  // namespace culvert::runner
