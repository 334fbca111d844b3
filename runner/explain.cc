// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/count_text.h"
#include "libs/maxcompute/limits.h"
#include "libs/syncjob/dirty_layout.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/schema_contract.h"
#include "libs/syncjob/type_category.h"
#include "runner/commands.h"
#include "runner/connection.h"
#include "runner/job_input.h"
#include "runner/job_statements.h"
#include "runner/planner.h"
#include "runner/prepare.h"
#include "runner/progress_view.h"
#include "runner/session_pacer.h"
#include "runner/text_table.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace culvert::runner {
namespace {

constexpr std::size_t kListedMax = 50;

using From = syncjob::ColumnPlan::From;

std::string Mebibytes(std::uint64_t bytes) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.1f MiB", static_cast<double>(bytes) / 1048576.0);
  return text.data();
}

std::string CategoryText(const std::string& type) {
  const auto parsed = record::Type::Parse(type);
  return parsed ? std::string(syncjob::CategoryName(syncjob::CategoryOf(*parsed))) : "";
}

// What the vendor's page says of the types of this job in each mode.
std::string TypesText(const Survey& survey) {
  std::vector<std::string> types = survey.read_column_types;
  for (const syncjob::ColumnPlan& column : survey.columns) types.push_back(column.target_type);
  std::ranges::sort(types);
  types.erase(std::unique(types.begin(), types.end()), types.end());
  std::vector<std::vector<TableCell>> rows = {{{.text = "type"},
                                               {.text = "category"},
                                               {.text = "batch read"},
                                               {.text = "batch write"},
                                               {.text = "real-time write"}}};
  using Mode = syncjob::TransferMode;
  for (const std::string& text : types) {
    const auto type = record::Type::Parse(text);
    if (!type) continue;
    std::vector<TableCell> row = {{.text = text}, {.text = CategoryText(text)}};
    for (const Mode mode : {Mode::kBatchRead, Mode::kBatchWrite, Mode::kRealTimeWrite}) {
      row.push_back({.text = std::string(SupportName(SupportOf(*type, mode)))});
    }
    rows.push_back(std::move(row));
  }
  return "types (as the vendor's page has them; values stay exact whatever the category)\n" +
         TextTable(rows);
}

// The user's text of a query's column, or null.
const syncjob::QueryColumn* ExpressionOf(const Survey& survey, const std::string& name) {
  if (!survey.query) return nullptr;
  const auto found = std::ranges::find(survey.query->columns, name, &syncjob::QueryColumn::name);
  const bool computed = found != survey.query->columns.end() && !found->expression.empty();
  return computed ? &*found : nullptr;
}

std::vector<TableCell> ColumnRow(const Survey& survey, const syncjob::ColumnPlan& column) {
  std::string from;
  std::string type;
  switch (column.from) {
    case From::kSource:
      if (const auto* computed = ExpressionOf(survey, column.source)) {
        from = computed->expression;
        type = "(known once the query ran)";
        break;
      }
      from = column.source;
      type = column.source_type;
      break;
    case From::kConstant:
      from = "constant '" + column.source + "'";
      break;
    case From::kPartition:
      from = "partition value of " + column.source;
      break;
    case From::kNull:
      from = "null";
      break;
  }
  return {{.text = column.target},
          {.text = column.target_type},
          {.text = CategoryText(column.target_type)},
          {.text = "<-"},
          {.text = std::move(from)},
          {.text = std::move(type)}};
}

// The job cut as it would be if the metadata's rows were exact.
Result<syncjob::Plan> EstimatedPlan(const JobInput& input, const Survey& survey) {
  syncjob::Plan plan;
  syncjob::CutInput cut;
  plan.spec = survey.spec;
  for (const Survey::Unit& unit : survey.units) {
    const auto rows = static_cast<std::uint64_t>(std::max<std::int64_t>(0, unit.rows));
    const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, unit.bytes));
    cut.units.push_back({.rows = rows, .estimated_bytes = bytes, .target = unit.target});
    plan.sources.push_back(
        {.partition = unit.partition, .download_id = {}, .rows = rows, .target = unit.target});
    plan.rows += rows;
    plan.estimated_bytes += bytes > 0 ? bytes : rows * syncjob::kRowBytesAssumed;
  }
  for (const auto& target : survey.targets) plan.targets.push_back({.partition = target.partition});
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&survey.spec.target);
  cut.targets = survey.targets.size();
  cut.concurrent = survey.streams;
  cut.threads = survey.spec.threads;
  cut.consistency_commit = table == nullptr || table->consistency_commit;
  if (table != nullptr) cut.blocks_per_session_max = input.target.blocks_per_session_max;
  CULVERT_ASSIGN_OR_RETURN(syncjob::CutResult pieces, syncjob::CutBlocks(cut));
  plan.sessions = std::move(pieces.sessions);
  plan.shards = std::move(pieces.shards);
  plan.truncate_by_sql = survey.truncate_by_sql;
  return plan;
}

std::string PartitionsText(const Survey& survey, const syncjob::Plan& plan) {
  std::vector<std::vector<TableCell>> rows;
  for (std::size_t i = 0; i < std::min(survey.units.size(), kListedMax); ++i) {
    const Survey::Unit& unit = survey.units[i];
    std::uint64_t blocks = 0;
    for (const syncjob::Shard& shard : plan.shards) {
      blocks += static_cast<std::uint64_t>(
          std::ranges::count(shard.blocks, static_cast<std::uint64_t>(i), &syncjob::Block::source));
    }
    const Survey::TargetPartition& target = survey.targets[unit.target];
    const auto known = static_cast<std::uint64_t>(std::max<std::int64_t>(0, unit.rows));
    rows.push_back({{.text = unit.partition.empty() ? survey.source_title : unit.partition},
                    {.text = "->"},
                    {.text = (target.partition.empty() ? survey.target_title : target.partition) +
                             (target.exists ? "" : " (created)")},
                    {.text = unit.rows < 0 ? "- rows" : Counted(known, "row"), .right = true},
                    {.text = Counted(blocks, "block"), .right = true}});
  }
  std::string text = "partitions (rows from the metadata; - is unknown)\n" + TextTable(rows);
  if (survey.units.size() > kListedMax) {
    text += "  and " + std::to_string(survey.units.size() - kListedMax) + " more\n";
  }
  return text;
}

std::string ShardsText(const syncjob::Plan& plan) {
  std::string text = "shards\n";
  for (std::size_t i = 0; i < std::min(plan.shards.size(), kListedMax); ++i) {
    const syncjob::Shard& shard = plan.shards[i];
    text += "  " + std::to_string(i) + ": " +
            Counted(static_cast<std::uint64_t>(shard.streams), "stream") + ", " +
            Counted(shard.blocks.size(), "block");
    if (!shard.blocks.empty()) {
      const auto range = [&plan](const syncjob::Block& block) {
        const std::string& partition = plan.sources[block.source].partition;
        return (partition.empty() ? "" : partition + " ") + "rows " + std::to_string(block.start) +
               ".." + std::to_string(block.start + block.rows - 1);
      };
      text += ", from " + range(shard.blocks.front()) + " to " + range(shard.blocks.back());
    }
    text += "\n";
  }
  if (plan.shards.size() > kListedMax) {
    text += "  and " + std::to_string(plan.shards.size() - kListedMax) + " more\n";
  }
  return text;
}

Result<std::string> SqlText(const Survey& survey, const syncjob::Plan& plan) {
  CULVERT_ASSIGN_OR_RETURN(const std::vector<std::string> places, PlaceStatements(survey));
  CULVERT_ASSIGN_OR_RETURN(const std::vector<QueryStatement> queries, QueryStatements(survey));
  CULVERT_ASSIGN_OR_RETURN(const std::vector<Statement> emptying, TruncateStatements(plan));
  std::string text;
  for (const std::string& sql : places) text += "  " + sql + "\n";
  if (survey.creates_dirty_table && survey.route == syncjob::Route::kTyped) {
    text += "  " + syncjob::CreateDirtyTable(survey.spec.dirty_sink_table) + "\n";
  }
  for (std::size_t i = 0; i < std::min(queries.size(), kListedMax); ++i) {
    text += "  " + queries[i].sql + "\n";
  }
  if (queries.size() > kListedMax) {
    text += "  and " + std::to_string(queries.size() - kListedMax) + " SELECTs more\n";
  }
  for (const JobStatement& one : JobStatements(plan, StatementTime::kBefore)) {
    text += "  " + one.name + ": " + one.statement.sql + "\n";
  }
  for (const Statement& statement : emptying) text += "  " + statement.sql + "\n";
  for (const JobStatement& one : JobStatements(plan, StatementTime::kAfter)) {
    text += "  " + one.name + ": " + one.statement.sql + "\n";
  }
  return "sql\n" + (text.empty() ? std::string("  none\n") : text);
}

// What stands in the documents, and what the run takes it for.
std::string ReplacedText(const std::vector<Replaced>& replaced) {
  if (replaced.empty()) return "";
  std::vector<std::vector<TableCell>> rows;
  for (std::size_t i = 0; i < std::min(replaced.size(), kListedMax); ++i) {
    rows.push_back({{.text = replaced[i].text}, {.text = "="}, {.text = replaced[i].value}});
  }
  std::string text = "placeholders\n" + TextTable(rows);
  if (replaced.size() > kListedMax) {
    text += "  and " + std::to_string(replaced.size() - kListedMax) + " more\n";
  }
  return text;
}

std::string TransformersText(const Survey& survey) {
  if (survey.spec.transformers.empty()) return "";
  std::vector<std::vector<TableCell>> rows;
  for (const syncjob::Transformer& transformer : survey.spec.transformers) {
    std::string column = std::to_string(transformer.column_index);
    for (const syncjob::ColumnPlan& mapped : survey.columns) {
      if (mapped.column_index == transformer.column_index) column += ", into " + mapped.target;
    }
    std::string paras;
    for (const std::string& para : transformer.paras) {
      paras += (paras.empty() ? "'" : ", '") + para + "'";
    }
    rows.push_back(
        {{.text = transformer.name}, {.text = "column " + column}, {.text = std::move(paras)}});
  }
  return "transformers\n" + TextTable(rows);
}

std::string WriteText(const Survey& survey) {
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&survey.spec.target);
  if (table == nullptr) return "rows are counted and discarded, or printed";
  if (survey.truncate_by_sql) return "emptied by SQL first, then rows are appended";
  return table->truncate ? "rows replace the old ones in one step at the commit"
                         : "rows are appended";
}

}  // namespace

Status ExplainCommand(const OpContext& ctx, const CommandLine& line, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const JobInput input, ReadJob(line.files, line.job, line.parameters));
  const CredentialsPlace place{
      .manifest = &input.manifest, .directory = line.credentials_directory, .wait = {}, .stop = {}};
  std::unique_ptr<Connection> source;
  std::unique_ptr<Connection> target;
  Sides sides;
  if (std::holds_alternative<syncjob::MaxComputeSource>(input.job.spec.source)) {
    CULVERT_ASSIGN_OR_RETURN(source, Connection::Make({.data_source = input.source,
                                                       .place = place,
                                                       .tunnel_endpoint = "",
                                                       .jitter_seed = 1,
                                                       .side = Side::kSource,
                                                       .clock = ctx.clock,
                                                       .metrics = telemetry.metrics()}));
    sides.source = &source->client();
  }
  if (std::holds_alternative<syncjob::MaxComputeTarget>(input.job.spec.target)) {
    CULVERT_ASSIGN_OR_RETURN(target, Connection::Make({.data_source = input.target,
                                                       .place = place,
                                                       .tunnel_endpoint = "",
                                                       .jitter_seed = 2,
                                                       .side = Side::kTarget,
                                                       .clock = ctx.clock,
                                                       .metrics = telemetry.metrics()}));
    sides.target = &target->client();
  }
  CULVERT_ASSIGN_OR_RETURN(const Survey survey, SurveyJob(ctx, input, sides));
  if (survey.no_partition) {
    return WriteOutput("", ReplacedText(input.replaced) +
                               "no partition matches: the run would succeed and write nothing\n");
  }
  CULVERT_ASSIGN_OR_RETURN(const syncjob::Plan plan, EstimatedPlan(input, survey));
  std::string text = "job         " + input.Name() + ": " + survey.source_title + " -> " +
                     survey.target_title + "\n";
  text += "route       " + std::string(syncjob::RouteName(survey.route)) + "\n";
  text += "target      " + WriteText(survey) + "\n";
  if (!survey.columns.empty()) {
    text += "schema      " +
            syncjob::ContractHash(syncjob::ContractOf(survey.spec, survey.read_columns,
                                                      survey.read_column_types, survey.columns)) +
            "\n";
  }
  if (!survey.spec.dirty_sink_table.empty()) {
    text += "dirty rows  kept in table " + survey.spec.dirty_sink_table +
            (survey.creates_dirty_table && survey.route == syncjob::Route::kTyped ? " (created)\n"
                                                                                  : "\n");
  }
  text += "streams     " + std::to_string(survey.streams) + ", at most " +
          std::to_string(survey.spec.threads) + " in a shard\n";
  text += "volume      about " + Counted(plan.rows, "row") + ", " +
          Mebibytes(plan.estimated_bytes) + ", " + Counted(plan.BlockCount(), "block") + " in " +
          Counted(plan.shards.size(), "shard") +
          (survey.query ? " before the filter (how many rows it leaves, and so how they are cut, "
                          "is known once the query ran)\n"
                        : " (from the metadata; the plan itself asks for exact counts)\n");
  CULVERT_ASSIGN_OR_RETURN(const std::vector<QueryStatement> queries, QueryStatements(survey));
  if (survey.query) {
    text += "query       " + Counted(queries.size(), "SELECT") + ", run by the plan\n";
  }
  const std::size_t sessions = survey.query ? queries.size() : survey.units.size();
  const auto seconds =
      PacedOpening(sessions, maxcompute::kDownloadSessionsPerWindow, maxcompute::kRateWindow);
  if (seconds.count() > 0) {
    text += "opening     at least " + std::to_string(seconds.count()) +
            " s: the service allows 200 download sessions per table in 5 minutes\n";
  }
  for (const std::string& warning : survey.warnings) text += "warning     " + warning + "\n";
  std::vector<std::vector<TableCell>> columns;
  columns.reserve(survey.columns.size());
  for (const syncjob::ColumnPlan& column : survey.columns)
    columns.push_back(ColumnRow(survey, column));
  text += ReplacedText(input.replaced) + PartitionsText(survey, plan) + ShardsText(plan) +
          "columns\n" + TextTable(columns) + TypesText(survey) + TransformersText(survey);
  CULVERT_ASSIGN_OR_RETURN(const std::string sql, SqlText(survey, plan));
  return WriteOutput("", text + sql);
}

}  // namespace culvert::runner
