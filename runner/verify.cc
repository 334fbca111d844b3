// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/verify.h"

#include "libs/record/partition_spec.h"
#include "runner/endpoints/maxcompute_source.h"
#include "runner/endpoints/stream_target.h"
#include "runner/engine/transfer.h"

#include <numeric>
#include <string>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

// A plan that reads back what `plan` wrote: the targets become sources, nothing is written.
Result<syncjob::Plan> ReadBackPlan(const OpContext& ctx, const syncjob::Plan& plan,
                                   maxcompute::Client& client) {
  const auto& table = std::get<syncjob::MaxComputeTarget>(plan.spec.target);
  syncjob::Plan back;
  back.job = plan.job;
  back.attempt = plan.attempt;
  back.created = plan.created;
  back.route = syncjob::Route::kPassThrough;
  back.spec.speed = plan.spec.speed;
  back.spec.threads = plan.spec.threads;
  back.spec.verify = syncjob::Verify::kContentHash;
  syncjob::MaxComputeSource source;
  source.table = table.table;
  source.codec = table.codec;
  back.spec.source = std::move(source);
  back.spec.target = syncjob::StreamTarget{};
  back.targets = {syncjob::TargetUnit{}};
  for (const syncjob::ColumnPlan& column : plan.columns) {
    back.read_columns.push_back(column.target);
    back.read_column_types.push_back(column.target_type);
    back.columns.push_back({.target = column.target,
                            .target_type = column.target_type,
                            .target_nullable = true,
                            .from = syncjob::ColumnPlan::From::kSource,
                            .source = column.target,
                            .source_type = column.target_type});
  }
  syncjob::CutInput cut;
  for (const syncjob::TargetUnit& target : plan.targets) {
    record::PartitionSpec partition;
    if (!target.partition.empty()) {
      CULVERT_ASSIGN_OR_RETURN(partition, record::PartitionSpec::Parse(target.partition));
    }
    CULVERT_ASSIGN_OR_RETURN(
        const maxcompute::DownloadSession session,
        client.tunnel().CreateDownload(ctx, {.table = table.table, .partition = partition}));
    back.sources.push_back({.partition = target.partition,
                            .download_id = session.id,
                            .rows = session.record_count,
                            .target = 0});
    back.rows += session.record_count;
    cut.units.push_back({.rows = session.record_count, .estimated_bytes = 0, .target = 0});
  }
  cut.concurrent = plan.spec.speed.concurrent;
  cut.threads = plan.spec.threads;
  CULVERT_ASSIGN_OR_RETURN(syncjob::CutResult pieces, syncjob::CutBlocks(cut));
  back.sessions = std::move(pieces.sessions);
  back.shards = std::move(pieces.shards);
  return back;
}

}  // namespace

Status VerifyContent(const OpContext& ctx, const syncjob::Plan& plan,
                     const syncjob::ShardReport& written, maxcompute::Client& client) {
  CULVERT_ASSIGN_OR_RETURN(const syncjob::Plan back, ReadBackPlan(ctx, plan, client));
  CULVERT_ASSIGN_OR_RETURN(const CopySpec spec, CopySpec::Make(back));
  CULVERT_ASSIGN_OR_RETURN(MaxComputeSource source, MaxComputeSource::Make(client.tunnel(), back));
  StreamTarget target(spec.target_layout(), {});
  SpeedLimit no_limit(Rates{});
  Progress progress;
  DirtyRows dirty;
  const CopyServices services{.source = &source,
                              .target = &target,
                              .speed_limit = &no_limit,
                              .progress = &progress,
                              .dirty = &dirty,
                              .retry = {}};
  TransferInput input;
  input.shards.resize(back.shards.size());
  // NOLINTNEXTLINE(modernize-use-ranges): g++ 12 has no std::ranges::iota
  std::iota(input.shards.begin(), input.shards.end(), std::size_t{0});
  input.streams = static_cast<std::size_t>(plan.spec.speed.concurrent);
  const TransferHooks hooks{
      .block_done = [](const BlockRecord&) { return Status(); },
      .shard_done = [](const OpContext&, std::size_t, syncjob::ShardReport&) { return Status(); }};
  CULVERT_ASSIGN_OR_RETURN(const auto reports, Transfer(ctx, spec, services, input, hooks));
  syncjob::ShardReport totals;
  for (const syncjob::ShardReport& report : reports) AddShard(report, totals);
  if (totals.rows_read == written.rows_written && totals.content_hash == written.content_hash) {
    return {};
  }
  return Fail(DataLoss("the committed rows are not those that were written: " +
                       std::to_string(totals.rows_read) + " rows read back, " +
                       std::to_string(written.rows_written) + " written" +
                       (totals.rows_read == written.rows_written ? ", content hash differs" : "") +
                       "; another writer may have changed the target since")
                  .Because("VerificationFailed"));
}

}  // namespace culvert::runner
