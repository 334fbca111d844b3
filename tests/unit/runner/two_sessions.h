// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"
#include "runner/engine/target.h"
#include "runner/last_word.h"
#include "tests/unit/runner/engine/fakes.h"

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

namespace culvert::test {

/// 60 rows appended to `t`: shard 0 writes blocks 1 and 2 (10 and 20 rows) of session 0, shard 1
/// block 1 (30 rows) of session 1. Both sessions are shared, one for each of two partitions.
inline syncjob::Plan TwoSessionPlan() {
  syncjob::Plan plan;
  plan.job = "default/copy";
  plan.created = "2026-01-02T03:04:05Z";
  plan.route = syncjob::Route::kPassThrough;
  syncjob::MaxComputeTarget table;
  table.table = "t";
  table.truncate = false;
  plan.spec.target = table;
  plan.spec.verify = syncjob::Verify::kCount;
  plan.sources = {{.partition = "", .download_id = "d", .rows = 60, .target = 0}};
  plan.targets = {{.partition = "dt=1"}, {.partition = "dt=2"}};
  plan.sessions = {{.upload_id = "u0", .target = 0, .shard = -1},
                   {.upload_id = "u1", .target = 1, .shard = -1}};
  plan.shards = {{.streams = 1,
                  .blocks = {{.source = 0, .start = 0, .rows = 10, .session = 0, .block_id = 1},
                             {.source = 0, .start = 10, .rows = 20, .session = 0, .block_id = 2}}},
                 {.streams = 1,
                  .blocks = {{.source = 0, .start = 30, .rows = 30, .session = 1, .block_id = 1}}}};
  plan.rows = 60;
  return plan;
}

/// The target that replaces its rows: by its sessions, or by SQL before.
inline void Replace(syncjob::Plan& plan, bool by_sql) {
  std::get<syncjob::MaxComputeTarget>(plan.spec.target).truncate = true;
  plan.truncate_by_sql = by_sql;
}

/// Every block of the plan, whole.
inline void HoldAll(const syncjob::Plan& plan, FakeTarget& target) {
  for (const syncjob::Shard& shard : plan.shards) {
    for (const syncjob::Block& block : shard.blocks) {
      target.blocks[block.session][block.block_id].rows = block.rows;
    }
  }
}

/// What the shards report when every row arrived.
inline std::vector<syncjob::ShardReport> WholeReports(const syncjob::Plan& plan) {
  std::vector<syncjob::ShardReport> reports;
  for (std::size_t shard = 0; shard < plan.shards.size(); ++shard) {
    syncjob::ShardReport report{.shard = shard, .route = "pass-through"};
    for (const syncjob::Block& block : plan.shards[shard].blocks) report.rows_read += block.rows;
    report.rows_written = report.rows_read;
    report.blocks = plan.shards[shard].blocks.size();
    reports.push_back(report);
  }
  return reports;
}

/// How many sessions `word` was told of as committed, as its pod would say.
inline std::uint64_t SessionsTold(runner::LastWord& word) {
  word.Failed(Internal("asked by a test"));
  return word.message().committed;
}

/// A target that has nothing to load or commit.
class SessionlessTarget final : public runner::Target {
 public:
  Result<std::unique_ptr<runner::BlockWriter>> OpenBlock(const OpContext&, std::size_t,
                                                         std::uint64_t,
                                                         maxcompute::wire::Codec) override {
    return Fail(Internal("nothing is written here"));
  }
  Result<runner::SessionView> Load(const OpContext&, std::size_t) override {
    return Fail(Internal("there are no sessions"));
  }
  Status Commit(const OpContext&, std::size_t) override {
    return Fail(Internal("there are no sessions"));
  }
  bool has_sessions() const override { return false; }
};

}  // namespace culvert::test
