// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/planner.h"

#include "libs/base/log.h"
#include "libs/base/text.h"
#include "libs/base/time_format.h"
#include "libs/maxcompute/limits.h"
#include "libs/maxcompute/reasons.h"
#include "libs/syncjob/dirty_layout.h"
#include "libs/syncjob/project_rules.h"
#include "libs/syncjob/schema_contract.h"
#include "libs/syncjob/sql_text.h"
#include "runner/grant.h"
#include "runner/prepare.h"
#include "runner/query_runs.h"
#include "runner/session_pacer.h"
#include "runner/statement.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

namespace reasons = maxcompute::reasons;

// The session that a refusal names, by the shape of session ids: fourteen digits of its date, then
// hexadecimal digits. Empty when none is named.
std::string SessionNamedIn(std::string_view message) {
  constexpr std::size_t kDateDigits = 14;
  constexpr std::size_t kIdCharsMin = 24;
  constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = std::min(message.find_first_not_of(kHex, at), message.size());
    const std::string_view word = message.substr(at, end - at);
    if (word.size() >= kIdCharsMin &&
        word.substr(0, kDateDigits).find_first_not_of("0123456789") == std::string_view::npos) {
      return std::string(word);
    }
    at = end + 1;
  }
  return {};
}

// True when an id says that it was given between the two times, two minutes of clocks that differ
// allowed for.
bool GivenBetween(const std::string& id, WallTime from, WallTime until) {
  constexpr std::chrono::minutes kNear{2};
  const auto part = [&id](std::size_t at, std::size_t size) { return id.substr(at, size); };
  const auto given = ParseRfc3339(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" +
                                  part(8, 2) + ":" + part(10, 2) + ":" + part(12, 2) + "Z");
  return given && *given > from - kNear && *given < until + kNear;
}

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

// A session that this run asked for, was stopped before it knew the answer, and is now refused
// because of: taken over when everything says that it is that one. Empty: it is not, or nothing is
// known.
Result<std::string> LostSession(const OpContext& ctx, const Error& refusal,
                                const SessionHooks& hooks, const maxcompute::TunnelTarget& target,
                                const std::string& partition, maxcompute::Client& client) {
  if (refusal.reason != reasons::kOverwriteConflict) return std::string();
  const std::string id = SessionNamedIn(refusal.message);
  const auto asked = hooks.asked.find(partition);
  bool ours = false;
  if (asked != hooks.asked.end()) {
    const auto when = ParseRfc3339(asked->second);
    ours = when && GivenBetween(id, *when, *when);
  } else if (hooks.since) {
    ours = GivenBetween(id, *hooks.since, ctx.clock.Now());
  }
  if (id.empty() || !ours) return std::string();
  auto session = client.tunnel().GetUpload(ctx, target, id);
  if (!session) {
    if (session.error().reason == reasons::kNoSuchUpload) return std::string();
    return Fail(std::move(session.error()));
  }
  const bool untouched = session->overwrite && session->blocks.empty() &&
                         session->status == maxcompute::UploadStatus::kNormal;
  return untouched ? id : std::string();
}

std::string NameOf(const syncjob::DataSource& data_source, const std::string& table) {
  return "table " + data_source.project + "." +
         (data_source.schema.empty() ? "" : data_source.schema + ".") + table;
}

class Opener {
 public:
  explicit Opener(const PlanInput& input) : input_(input) {}

  Result<OpenedPlan> Open(const OpContext& ctx) {
    Fill();
    // What may still refuse the run comes before what makes anything on the target.
    CULVERT_TRY(input_.survey.query ? OpenResults(ctx) : OpenDownloads(ctx));
    CULVERT_TRY(CheckDrift(ctx));
    CULVERT_TRY(Cut());
    CULVERT_TRY(CreatePlaces(ctx));
    CULVERT_TRY(OpenDirtySink(ctx));
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
    plan_.warnings = WarningsOf(survey.warnings);
  }

  Status CheckDrift(const OpContext& ctx) {
    CULVERT_ASSIGN_OR_RETURN(const std::optional<std::string> drift,
                             syncjob::CheckContract({.hash = plan_.spec.schema_hash,
                                                     .before = input_.contract_before,
                                                     .allow_drift = plan_.spec.allow_schema_drift},
                                                    syncjob::ContractOf(plan_)));
    if (!drift) return {};
    ctx.log.Warn("plan warning", {{"warning", *drift}});
    std::vector<std::string> warnings = input_.survey.warnings;
    warnings.insert(warnings.begin(), *drift);
    plan_.warnings = WarningsOf(warnings);
    return {};
  }

  Status CreatePlaces(const OpContext& ctx) {
    CULVERT_ASSIGN_OR_RETURN(const std::vector<std::string> statements,
                             PlaceStatements(input_.survey));
    for (const std::string& sql : statements) {
      const bool table = input_.survey.creates && &sql == &statements.front();
      std::map<std::string, std::string> hints;
      if (table && !OldTypesOnly(input_.survey.creates->schema)) {
        hints["odps.sql.type.system.odps2"] = "true";
      }
      const auto done = input_.sides.target->RunIdempotentSql(
          ctx, {.sql = sql, .hints = std::move(hints), .guid = {}});
      if (done) continue;
      return Fail(
          table ? NameGrant(done.error(), "CreateTable", "project " + input_.job.target.project)
                : NameGrant(done.error(), "Alter", TargetName()));
    }
    return {};
  }

  // A sink that is a table: its partition of this attempt, and the sessions in it.
  Status OpenDirtySink(const OpContext& ctx) {
    const std::string& table = plan_.spec.dirty_sink_table;
    const bool none_dirty = plan_.route != syncjob::Route::kTyped || plan_.shards.empty();
    if (table.empty() || none_dirty) return {};
    plan_.dirty_run = syncjob::DirtyRunName(plan_);
    const std::string partition = "run=" + plan_.dirty_run;
    if (input_.survey.creates_dirty_table) {
      const auto made = input_.sides.target->RunIdempotentSql(
          ctx, {.sql = syncjob::CreateDirtyTable(table), .hints = {}, .guid = {}});
      if (!made) {
        return Fail(NameGrant(made.error(), "CreateTable", "project " + input_.job.target.project));
      }
    }
    CULVERT_ASSIGN_OR_RETURN(const std::string clause, PartitionClause(partition));
    const auto added = input_.sides.target->RunIdempotentSql(
        ctx, {.sql = "ALTER TABLE " + syncjob::SqlName(table) + " ADD IF NOT EXISTS" + clause + ";",
              .hints = {},
              .guid = {}});
    if (!added) return Fail(NameGrant(added.error(), "Alter", NameOf(input_.job.target, table)));
    CULVERT_ASSIGN_OR_RETURN(const auto target, TunnelTarget(table, partition));
    SessionPacer pacer(maxcompute::kUploadSessionsPerWindow, maxcompute::kRateWindow);
    for (std::size_t left = syncjob::DirtyLayout(plan_).sessions(); left > 0; --left) {
      CULVERT_TRY(pacer.Next(ctx));
      const auto opened =
          input_.sides.target->tunnel().CreateUpload(ctx, target, maxcompute::UploadMode::kAppend);
      if (!opened) {
        return Fail(NameGrant(opened.error(), "Update", NameOf(input_.job.target, table)));
      }
      plan_.dirty_sessions.push_back(opened->id);
      record::Schema schema = opened->schema;
      schema.partition_keys = syncjob::DirtySchema().partition_keys;
      CULVERT_TRY(syncjob::CheckDirtySchema(table, schema));
    }
    return {};
  }

  static bool OldTypesOnly(const record::Schema& schema) {
    const auto old = [](const record::Column& column) { return syncjob::IsOldType(column.type); };
    return std::ranges::all_of(schema.columns, old) &&
           std::ranges::all_of(schema.partition_keys, old);
  }

  std::string TargetName() const {
    return NameOf(input_.job.target, std::get<syncjob::MaxComputeTarget>(plan_.spec.target).table);
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
      if (table != nullptr && input_.job.replay == nullptr) {
        CULVERT_ASSIGN_OR_RETURN(const auto target, TunnelTarget(table->table, unit.partition));
        CULVERT_TRY(pacer.Next(ctx));
        const auto session = input_.sides.source->tunnel().CreateDownload(ctx, target);
        if (!session) {
          return Fail(
              NameGrant(session.error(), "Download", NameOf(input_.job.source, table->table)));
        }
        source.download_id = session->id;
        source.rows = session->record_count;
        CULVERT_TRY(CheckSchema(session->schema));
      }
      const std::uint64_t bytes =
          unit.bytes > 0 ? static_cast<std::uint64_t>(unit.bytes) : std::uint64_t{0};
      AddSource(std::move(source), bytes);
    }
    return {};
  }

  // `bytes`: estimated, 0 where nothing is known.
  void AddSource(syncjob::SourceUnit source, std::uint64_t bytes) {
    plan_.rows += source.rows;
    plan_.estimated_bytes += bytes > 0 ? bytes : source.rows * syncjob::kRowBytesAssumed;
    cut_units_.push_back({.rows = source.rows, .estimated_bytes = bytes, .target = source.target});
    plan_.sources.push_back(std::move(source));
  }

  // The source's SELECTs, several at a time, and the sessions over their results.
  Status OpenResults(const OpContext& ctx) {
    const Survey& survey = input_.survey;
    CULVERT_ASSIGN_OR_RETURN(const std::vector<QueryStatement> queries, QueryStatements(survey));
    std::vector<Statement> statements;
    for (const QueryStatement& query : queries) {
      statements.push_back(
          {.sql = query.sql,
           .guid = GuidOf(input_.query.seed + '\n' + query.sql),
           .hints = survey.query->second_types
                        ? std::map<std::string, std::string>{{"odps.sql.type.system.odps2", "true"}}
                        : std::map<std::string, std::string>{}});
    }
    QueryRuns runs(std::move(statements), input_.query.since, *input_.sides.source);
    SessionPacer pacer(maxcompute::kDownloadSessionsPerWindow, maxcompute::kRateWindow);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      auto instance = runs.Wait(ctx, i);
      if (!instance) return Fail(OfQuery(std::move(instance.error())));
      CULVERT_TRY(pacer.Next(ctx));
      auto session = input_.sides.source->tunnel().CreateInstanceDownload(ctx, *instance);
      if (!session) return Fail(OfQuery(std::move(session.error())));
      CULVERT_TRY(MapResult(session->schema, i == 0));
      AddResult(queries[i], *instance, *session);
    }
    return {};
  }

  void AddResult(const QueryStatement& query, const std::string& instance,
                 const maxcompute::DownloadSession& session) {
    const std::vector<Survey::Unit>& units = input_.survey.units;
    syncjob::SourceUnit source{.partition = {},
                               .download_id = session.id,
                               .rows = session.record_count,
                               .target = units[query.units.front()].target,
                               .instance_id = instance,
                               .partitions = query.units.size()};
    if (query.units.size() == 1) source.partition = units[query.units.front()].partition;
    double rows = 0;
    double bytes = 0;
    for (const std::size_t unit : query.units) {
      rows += static_cast<double>(std::max<std::int64_t>(0, units[unit].rows));
      bytes += static_cast<double>(std::max<std::int64_t>(0, units[unit].bytes));
    }
    // The rows that are left are taken for as wide as the table's.
    const double width = rows > 0 ? bytes / rows : 0;
    const auto estimate =
        static_cast<std::uint64_t>(width * static_cast<double>(session.record_count));
    AddSource(std::move(source), estimate);
  }

  // Types of expressions are known now; all SELECTs of a plan give the same columns.
  Status MapResult(const record::Schema& schema, bool first) {
    CULVERT_ASSIGN_OR_RETURN(syncjob::ColumnMapping mapping,
                             syncjob::MapQuery(*input_.survey.query, schema.columns));
    if (!first && mapping.read_column_types != plan_.read_column_types) {
      return Fail(FailedPrecondition("the columns of the source changed while the run was planned; "
                                     "start the run anew")
                      .Because("SourceChanged"));
    }
    plan_.read_columns = std::move(mapping.read_columns);
    plan_.read_column_types = std::move(mapping.read_column_types);
    plan_.columns = std::move(mapping.columns);
    plan_.route = mapping.route;
    return {};
  }

  Error OfQuery(Error error) const {
    const std::string& table = input_.survey.query->source.table;
    error.message = "the query of source table " + table + ": " + error.message;
    if (error.code == ErrorCode::kPermissionDenied) {
      error.message +=
          "; enableWhere needs CreateInstance on the project, Select and Download on " + table;
    }
    return error;
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

  // Tags are numbered by the session's columns: rows must be made for exactly those.
  Status CheckTargetSchema(const record::Schema& schema) const {
    bool same = schema.columns.size() == plan_.columns.size();
    for (std::size_t i = 0; same && i < plan_.columns.size(); ++i) {
      same = record::SameName(schema.columns[i].name, plan_.columns[i].target) &&
             schema.columns[i].type.ToString() == plan_.columns[i].target_type;
    }
    if (same) return {};
    return Fail(FailedPrecondition("the columns of the target changed while the run was planned; "
                                   "start the run anew")
                    .Because("SchemaMismatch"));
  }

  Status Cut() {
    syncjob::CutInput cut;
    cut.units = std::move(cut_units_);
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
      if (opened) {
        session.upload_id = opened->id;
      } else {
        CULVERT_ASSIGN_OR_RETURN(
            session.upload_id, LostSession(ctx, opened.error(), input_.sessions, target, partition,
                                           *input_.sides.target));
        if (session.upload_id.empty()) {
          return Fail(NameGrant(NameTheWait(std::move(opened.error()), input_.sessions, partition),
                                "Update", NameOf(input_.job.target, table->table)));
        }
      }
      if (overwrite && input_.sessions.opened) {
        CULVERT_TRY(input_.sessions.opened(partition, session.upload_id));
      }
      if (opened) CULVERT_TRY(CheckTargetSchema(opened->schema));
    }
    return {};
  }

  const PlanInput& input_;
  syncjob::Plan plan_;
  std::vector<syncjob::CutInput::Unit> cut_units_;  // of plan_.sources
  bool reused_ = false;
};

}  // namespace

std::vector<std::string> WarningsOf(const std::vector<std::string>& warnings) {
  const bool all = warnings.size() <= syncjob::kPlanWarningsMax;
  const std::size_t shown = all ? warnings.size() : syncjob::kPlanWarningsMax - 1;
  std::vector<std::string> first;
  for (std::size_t i = 0; i < shown; ++i) {
    const bool whole = warnings[i].size() <= syncjob::kPlanWarningBytesMax;
    first.push_back(whole ? warnings[i]
                          : CutText(warnings[i], syncjob::kPlanWarningBytesMax - 3) + "…");
  }
  if (!all) {
    first.push_back(std::to_string(warnings.size() - shown) +
                    " more warnings are in the log of the plan step");
  }
  return first;
}

Result<std::vector<std::string>> PlaceStatements(const Survey& survey) {
  std::vector<std::string> statements;
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&survey.spec.target);
  if (table == nullptr) return statements;
  if (survey.creates && !survey.no_partition) {
    statements.push_back(syncjob::CreateTableStatement(table->table, *survey.creates));
  }
  for (const Survey::TargetPartition& target : survey.targets) {
    if (target.exists || target.partition.empty()) continue;
    CULVERT_ASSIGN_OR_RETURN(const std::string partition, PartitionClause(target.partition));
    statements.push_back("ALTER TABLE " + syncjob::SqlName(table->table) + " ADD IF NOT EXISTS" +
                         partition + ";");
  }
  return statements;
}

Result<std::vector<QueryStatement>> QueryStatements(const Survey& survey) {
  std::vector<QueryStatement> statements;
  if (!survey.query) return statements;
  const auto from_key = [](const syncjob::ColumnPlan& column) {
    return column.from == syncjob::ColumnPlan::From::kPartition;
  };
  const bool apart = survey.targets.size() > 1 || std::ranges::any_of(survey.columns, from_key);
  for (auto& units : syncjob::QueryGroups(survey.units.size(), apart)) {
    std::vector<record::PartitionSpec> partitions;
    for (const std::size_t unit : units) {
      const std::string& text = survey.units[unit].partition;
      if (text.empty()) continue;
      CULVERT_ASSIGN_OR_RETURN(auto partition, record::PartitionSpec::Parse(text));
      partitions.push_back(std::move(partition));
    }
    CULVERT_ASSIGN_OR_RETURN(std::string sql, SelectStatement(*survey.query, partitions));
    statements.push_back({.sql = std::move(sql), .units = std::move(units)});
  }
  return statements;
}

Result<OpenedPlan> OpenPlan(const OpContext& ctx, const PlanInput& input) {
  return Opener(input).Open(ctx);
}

}  // namespace culvert::runner
