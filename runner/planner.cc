// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/planner.h"

#include "libs/base/log.h"
#include "libs/maxcompute/limits.h"
#include "libs/maxcompute/reasons.h"
#include "runner/prepare.h"
#include "runner/session_pacer.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

namespace reasons = maxcompute::reasons;

Error NameTheWait(Error error, const SessionHooks& hooks, const std::string& partition) {
  if (error.reason != reasons::kOverwriteConflict) return error;
  const auto asked = hooks.asked.find(partition);
  const std::string of = partition.empty() ? "the target table" : "partition " + partition;
  std::string message = "another overwrite session is open on " + of;
  if (asked != hooks.asked.end()) {
    message += ", probably one that this run asked for at " + asked->second +
               " and was stopped before it knew the answer";
  }
  message +=
      "; it cannot be aborted and expires 24 hours after it was opened: run the same command "
      "again then";
  return Unavailable(message).Because(reasons::kOverwriteConflict);
}

// An overwrite session of an earlier attempt that is still open, or nothing.
Result<std::string> KnownSession(const OpContext& ctx, const SessionHooks& hooks,
                                 const maxcompute::TunnelTarget& target,
                                 const std::string& partition, maxcompute::Client& client) {
  const auto known = hooks.known.find(partition);
  if (known == hooks.known.end()) return std::string();
  auto session = client.tunnel().GetUpload(ctx, target, known->second);
  if (!session) {
    if (session.error().reason == reasons::kNoSuchUpload) return std::string();
    return Fail(std::move(session.error()));
  }
  const bool usable = session->overwrite && session->status == maxcompute::UploadStatus::kNormal;
  return usable ? session->id : std::string();
}

class Opener {
 public:
  explicit Opener(const PlanInput& input) : input_(input) {}

  Result<OpenedPlan> Open(const OpContext& ctx) {
    Fill();
    CULVERT_TRY(CreatePartitions(ctx));
    CULVERT_TRY(OpenDownloads(ctx));
    CULVERT_TRY(Cut());
    CULVERT_TRY(OpenUploads(ctx));
    return OpenedPlan{.plan = std::move(plan_), .reused = reused_};
  }

 private:
  void Fill() {
    const Survey& survey = input_.survey;
    plan_.job = input_.job.Name();
    plan_.spec_hash = input_.spec_hash;
    plan_.attempt = input_.attempt;
    plan_.created = input_.created;
    plan_.seed = input_.seed;
    plan_.route = survey.route;
    plan_.spec = survey.spec;
    plan_.spec.speed.concurrent = survey.streams;
    plan_.source_data_source = input_.job.source;
    plan_.target_data_source = input_.job.target;
    plan_.source_tunnel_endpoint = input_.job.source.tunnel_endpoint;
    plan_.target_tunnel_endpoint = input_.job.target.tunnel_endpoint;
    plan_.read_columns = survey.read_columns;
    plan_.read_column_types = survey.read_column_types;
    plan_.columns = survey.columns;
    plan_.truncate_by_sql = survey.truncate_by_sql;
    for (const Survey::TargetPartition& target : survey.targets) {
      plan_.targets.push_back({.partition = target.partition});
    }
  }

  Status CreatePartitions(const OpContext& ctx) {
    for (const std::string& sql : PartitionStatements(input_.survey)) {
      CULVERT_TRY(
          input_.sides.target->RunIdempotentSql(ctx, {.sql = sql, .hints = {}, .guid = {}}));
    }
    return {};
  }

  static Result<maxcompute::TunnelTarget> TunnelTarget(const std::string& table,
                                                       const std::string& partition) {
    maxcompute::TunnelTarget target{.table = table, .partition = {}};
    if (!partition.empty()) {
      CULVERT_ASSIGN_OR_RETURN(target.partition, record::PartitionSpec::Parse(partition));
    }
    return target;
  }

  Status OpenDownloads(const OpContext& ctx) {
    const auto* table = std::get_if<syncjob::MaxComputeSource>(&plan_.spec.source);
    SessionPacer pacer(maxcompute::kDownloadSessionsPerWindow, maxcompute::kRateWindow);
    for (const Survey::Unit& unit : input_.survey.units) {
      syncjob::SourceUnit source{
          .partition = unit.partition,
          .download_id = {},
          .rows = static_cast<std::uint64_t>(std::max<std::int64_t>(0, unit.rows)),
          .target = unit.target};
      if (table != nullptr) {
        CULVERT_ASSIGN_OR_RETURN(const auto target, TunnelTarget(table->table, unit.partition));
        CULVERT_TRY(pacer.Next(ctx));
        CULVERT_ASSIGN_OR_RETURN(const maxcompute::DownloadSession session,
                                 input_.sides.source->tunnel().CreateDownload(ctx, target));
        source.download_id = session.id;
        source.rows = session.record_count;
        CULVERT_TRY(CheckSchema(session.schema));
      }
      plan_.rows += source.rows;
      plan_.sources.push_back(std::move(source));
    }
    return {};
  }

  // The session fixes the schema; what was mapped came from the metadata a moment before.
  Status CheckSchema(const record::Schema& schema) const {
    for (std::size_t i = 0; i < plan_.read_columns.size(); ++i) {
      const auto column = schema.FindColumn(plan_.read_columns[i]);
      if (column && schema.columns[*column].type.ToString() == plan_.read_column_types[i]) continue;
      return Fail(FailedPrecondition("column '" + plan_.read_columns[i] +
                                     "' of the source changed while the run was planned; start the "
                                     "run anew")
                      .Because("SourceChanged"));
    }
    return {};
  }

  Status Cut() {
    syncjob::CutInput cut;
    for (std::size_t i = 0; i < plan_.sources.size(); ++i) {
      const Survey::Unit& unit = input_.survey.units[i];
      const std::uint64_t bytes = unit.bytes > 0
                                      ? static_cast<std::uint64_t>(unit.bytes)
                                      : plan_.sources[i].rows * syncjob::kRowBytesAssumed;
      plan_.estimated_bytes += bytes;
      cut.units.push_back({.rows = plan_.sources[i].rows,
                           .estimated_bytes = unit.bytes > 0 ? bytes : 0,
                           .target = plan_.sources[i].target});
    }
    const auto* table = std::get_if<syncjob::MaxComputeTarget>(&plan_.spec.target);
    cut.targets = plan_.targets.size();
    cut.concurrent = plan_.spec.speed.concurrent;
    cut.threads = plan_.spec.threads;
    cut.consistency_commit = table == nullptr || table->consistency_commit;
    if (table != nullptr) {
      cut.blocks_per_session_max = plan_.target_data_source.blocks_per_session_max;
    }
    CULVERT_ASSIGN_OR_RETURN(syncjob::CutResult pieces, syncjob::CutBlocks(cut));
    plan_.sessions = std::move(pieces.sessions);
    plan_.shards = std::move(pieces.shards);
    return {};
  }

  Status OpenUploads(const OpContext& ctx) {
    const auto* table = std::get_if<syncjob::MaxComputeTarget>(&plan_.spec.target);
    if (table == nullptr) return {};
    const bool overwrite = table->truncate && !plan_.truncate_by_sql;
    SessionPacer pacer(maxcompute::kUploadSessionsPerWindow, maxcompute::kRateWindow);
    for (syncjob::Session& session : plan_.sessions) {
      const std::string& partition = plan_.targets[session.target].partition;
      CULVERT_ASSIGN_OR_RETURN(const auto target, TunnelTarget(table->table, partition));
      if (overwrite) {
        CULVERT_ASSIGN_OR_RETURN(session.upload_id, KnownSession(ctx, input_.sessions, target,
                                                                 partition, *input_.sides.target));
        reused_ = reused_ || !session.upload_id.empty();
        if (!session.upload_id.empty()) continue;
        if (input_.sessions.asking) CULVERT_TRY(input_.sessions.asking(partition));
      }
      CULVERT_TRY(pacer.Next(ctx));
      auto opened = input_.sides.target->tunnel().CreateUpload(
          ctx, target,
          overwrite ? maxcompute::UploadMode::kOverwrite : maxcompute::UploadMode::kAppend);
      if (!opened) return Fail(NameTheWait(std::move(opened.error()), input_.sessions, partition));
      session.upload_id = opened->id;
      if (overwrite && input_.sessions.opened) {
        CULVERT_TRY(input_.sessions.opened(partition, opened->id));
      }
    }
    return {};
  }

  const PlanInput& input_;
  syncjob::Plan plan_;
  bool reused_ = false;
};

}  // namespace

std::vector<std::string> PartitionStatements(const Survey& survey) {
  std::vector<std::string> statements;
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&survey.spec.target);
  if (table == nullptr) return statements;
  for (const Survey::TargetPartition& target : survey.targets) {
    if (target.exists || target.partition.empty()) continue;
    statements.push_back("ALTER TABLE " + QuotedName(table->table) + " ADD IF NOT EXISTS" +
                         PartitionClause(target.partition) + ";");
  }
  return statements;
}

Result<OpenedPlan> OpenPlan(const OpContext& ctx, const PlanInput& input) {
  return Opener(input).Open(ctx);
}

}  // namespace culvert::runner
