// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/reasons.h"
#include "libs/syncjob/column_plan.h"
#include "libs/syncjob/dirty_layout.h"
#include "libs/syncjob/partition_match.h"
#include "libs/syncjob/preflight.h"
#include "libs/syncjob/region_rule.h"
#include "runner/endpoints/stream_source.h"
#include "runner/grant.h"
#include "runner/planner.h"
#include "runner/project_check.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

namespace reasons = maxcompute::reasons;
using syncjob::TableFacts;

constexpr std::size_t kListedPartitionsMax = 200'000;

// One table as the service told it, and what the checks want of it.
struct TableSide {
  maxcompute::Table table;
  TableFacts facts;
  std::vector<maxcompute::Partition> listing;  // partitioned tables only
};

std::string FullName(const syncjob::DataSource& data_source, const std::string& table) {
  std::string name = data_source.project + ".";
  if (!data_source.schema.empty()) name += data_source.schema + ".";
  return name + table;
}

TableFacts::Kind KindOf(const maxcompute::Table& table) {
  switch (table.kind) {
    case maxcompute::TableKind::kManaged:
      return table.IsDelta() ? TableFacts::Kind::kDelta : TableFacts::Kind::kTable;
    case maxcompute::TableKind::kView:
    case maxcompute::TableKind::kMaterializedView:
      return TableFacts::Kind::kView;
    case maxcompute::TableKind::kExternal:
      return TableFacts::Kind::kExternal;
    case maxcompute::TableKind::kObject:
    case maxcompute::TableKind::kSnapshot:
      return TableFacts::Kind::kOther;
  }
  return TableFacts::Kind::kOther;
}

TableFacts FactsOf(const syncjob::DataSource& data_source, const std::string& name,
                   const maxcompute::Table& table) {
  TableFacts facts{.kind = KindOf(table),
                   .endpoint = data_source.endpoint,
                   .project = data_source.project,
                   .schema = data_source.schema,
                   .table = name,
                   .partition_keys = {}};
  for (const record::Column& key : table.schema.partition_keys) {
    facts.partition_keys.push_back(key.name);
  }
  return facts;
}

Result<TableSide> AskTable(const OpContext& ctx, const syncjob::DataSource& data_source,
                           const std::string& name, maxcompute::Client& client) {
  TableSide side;
  auto table = client.GetTable(ctx, name);
  if (!table) {
    Error error = std::move(table.error());
    if (error.reason == reasons::kNoSuchTable || error.reason == reasons::kNoSuchObject) {
      error = NotFound("table '" + FullName(data_source, name) + "' does not exist")
                  .Because(reasons::kNoSuchTable);
    }
    return Fail(NameGrant(std::move(error), "Describe", "table " + FullName(data_source, name)));
  }
  side.table = *std::move(table);
  side.facts = FactsOf(data_source, name, side.table);
  return side;
}

Status ListSide(const OpContext& ctx, const syncjob::DataSource& data_source, TableSide& side,
                maxcompute::Client& client) {
  if (side.facts.partition_keys.empty()) return {};
  auto listing = client.ListPartitions(ctx, side.facts.table, kListedPartitionsMax);
  if (!listing) {
    return Fail(NameGrant(std::move(listing.error()), "Describe",
                          "table " + FullName(data_source, side.facts.table)));
  }
  side.listing = *std::move(listing);
  return {};
}

std::vector<record::PartitionSpec> SpecsOf(const TableSide& side) {
  std::vector<record::PartitionSpec> specs;
  specs.reserve(side.listing.size());
  for (const maxcompute::Partition& partition : side.listing) specs.push_back(partition.spec);
  return specs;
}

class Surveyor {
 public:
  Surveyor(const JobInput& input, const Sides& sides)
      : input_(input),
        sides_(sides),
        read_(std::get_if<syncjob::MaxComputeSource>(&input.job.spec.source)),
        write_(std::get_if<syncjob::MaxComputeTarget>(&input.job.spec.target)) {}

  Result<Survey> Run(const OpContext& ctx) {
    survey_.spec = input_.job.spec;
    survey_.warnings = input_.manifest.warnings;
    survey_.source_title = read_ == nullptr ? "stream" : read_->table;
    survey_.target_title = write_ == nullptr ? "stream" : write_->table;
    CULVERT_TRY(CheckSpec());
    if (input_.replay != nullptr) {
      CULVERT_TRY(TakeReplay());
    } else if (read_ != nullptr) {
      CULVERT_TRY(AskSource(ctx));
    }
    if (write_ != nullptr) CULVERT_TRY(AskTarget(ctx));
    CULVERT_TRY(AskDirtySink(ctx));
    CULVERT_TRY(Map());
    CULVERT_TRY(CheckProjects(ctx));
    CULVERT_TRY(ChooseUnits(ctx));
    CULVERT_TRY(ChooseTargets(ctx));
    CULVERT_TRY(CheckQuery());
    return std::move(survey_);
  }

 private:
  Status CheckSpec() {
    const syncjob::SyncJobSpec& spec = survey_.spec;
    if (spec.suspend) {
      return Fail(
          FailedPrecondition("the job is suspended: set spec.suspend: false").Because("Suspended"));
    }
    if (read_ != nullptr && write_ != nullptr) {
      CULVERT_TRY(syncjob::CheckRegions(input_.source, input_.target));
    }
    const bool replaces = write_ == nullptr || write_->truncate;
    if (spec.verify == syncjob::Verify::kContentHash && !replaces) {
      return Fail(InvalidArgument("verify: ContentHash compares all rows of the target with those "
                                  "written, which needs truncate: true; use verify: Count")
                      .Because("SchemaMismatch"));
    }
    survey_.streams = AllowedSpeed(input_).concurrent;
    if (survey_.streams < spec.speed.concurrent) {
      survey_.warnings.push_back("concurrent is cut to " + std::to_string(survey_.streams) +
                                 ", the maxConcurrentStreams of a DataSource");
    }
    survey_.truncate_by_sql = write_ != nullptr && write_->truncate && !write_->consistency_commit;
    return {};
  }

  Status AskSource(const OpContext& ctx) {
    CULVERT_ASSIGN_OR_RETURN(source_, AskTable(ctx, input_.source, read_->table, *sides_.source));
    CULVERT_TRY(syncjob::CheckSourceTable(source_.facts));
    return syncjob::CheckPartitionGiven(source_.facts, !read_->partition.empty(), "source");
  }

  // Rows of an earlier run stand for the source: nothing is asked of it.
  Status TakeReplay() {
    source_.table.schema.columns = input_.replay->columns();
    if (input_.replay->units().empty()) return {};
    CULVERT_ASSIGN_OR_RETURN(
        const auto spec, record::PartitionSpec::Parse(input_.replay->units().front().partition));
    for (const auto& [key, value] : spec.entries) {
      source_.table.schema.partition_keys.emplace_back().name = key;
      source_.facts.partition_keys.push_back(key);
    }
    return {};
  }

  Status AskTarget(const OpContext& ctx) {
    auto asked = AskTable(ctx, input_.target, write_->table, *sides_.target);
    const bool missing = !asked && asked.error().reason == reasons::kNoSuchTable;
    if (missing && write_->create_policy == syncjob::CreatePolicy::kIfNotExists) {
      CULVERT_ASSIGN_OR_RETURN(target_, DesignTarget(ctx));
    } else if (asked) {
      target_ = *std::move(asked);
    } else {
      return Fail(std::move(asked.error()));
    }
    CULVERT_TRY(
        syncjob::CheckTargetTable(target_.facts, survey_.streams, write_->consistency_commit));
    CULVERT_TRY(syncjob::CheckPartitionGiven(
        target_.facts, !write_->partition.empty() || write_->partition_from_source, "target"));
    // A Delta table knows no overwrite session: it is emptied by SQL before its rows are written.
    if (target_.facts.kind == TableFacts::Kind::kDelta && write_->truncate) {
      survey_.truncate_by_sql = true;
    }
    if (write_->partition_from_source && read_ == nullptr) {
      return Fail(InvalidArgument("partitionFromSource needs a source table with partitions")
                      .Because("SchemaMismatch"));
    }
    if (write_->partition_from_source) {
      CULVERT_TRY(syncjob::CheckSameKeys(source_.facts, target_.facts));
    }
    return {};
  }

  Status AskDirtySink(const OpContext& ctx) {
    const std::string& name = survey_.spec.dirty_sink_table;
    if (name.empty() || write_ == nullptr) return {};
    const auto sink = AskTable(ctx, input_.target, name, *sides_.target);
    if (!sink) {
      survey_.creates_dirty_table = sink.error().reason == reasons::kNoSuchTable;
      return survey_.creates_dirty_table ? Status() : Fail(sink.error());
    }
    const std::string full = FullName(input_.target, name);
    if (sink->facts.kind != TableFacts::Kind::kTable) {
      return Fail(FailedPrecondition("table '" + full +
                                     "' cannot hold dirty rows: it is no plain table; name a table "
                                     "that does not exist yet, and it is created")
                      .Because("SchemaMismatch"));
    }
    return syncjob::CheckDirtySchema(full, sink->table.schema);
  }

  // The table that the run will make, in place of one that the service tells.
  Result<TableSide> DesignTarget(const OpContext& ctx) {
    if (read_ != nullptr && read_->enable_where) {
      return Fail(InvalidArgument("createPolicy: IfNotExists makes a table from the source's "
                                  "columns, which enableWhere replaces by a query: create table '" +
                                  FullName(input_.target, write_->table) + "' before the job")
                      .Because("SchemaMismatch"));
    }
    CULVERT_ASSIGN_OR_RETURN(const syncjob::ColumnSide source, SourceColumns());
    CULVERT_ASSIGN_OR_RETURN(const bool new_types,
                             HasNewTypes(ctx, input_.target.project, *sides_.target));
    std::vector<record::Column> keys;
    if (write_->partition_from_source) {
      keys = source.schema.partition_keys;
    } else if (!write_->partition.empty()) {
      CULVERT_ASSIGN_OR_RETURN(keys, syncjob::KeysOfPartition(write_->partition, source.schema));
    }
    CULVERT_ASSIGN_OR_RETURN(survey_.creates,
                             syncjob::DesignTable({.source = source,
                                                   .target_list = write_->column,
                                                   .partition_keys = std::move(keys),
                                                   .comment = source_.table.comment,
                                                   .lifecycle_days = write_->lifecycle_days,
                                                   .rules = syncjob::ValueRulesOf(survey_.spec),
                                                   .new_types = new_types}));
    survey_.warnings.push_back("target table " + FullName(input_.target, write_->table) +
                               " does not exist and is created");
    if (source_.facts.kind == TableFacts::Kind::kDelta) {
      survey_.warnings.push_back("the source is a Delta table, the table to create a plain one");
    }
    for (const std::string& warning : survey_.creates->warnings) {
      survey_.warnings.push_back(warning);
    }
    TableSide side;
    side.table.name = write_->table;
    side.table.schema = survey_.creates->schema;
    side.facts = FactsOf(input_.target, write_->table, side.table);
    return side;
  }

  // Rows that are sent again have the columns of the query's result, not the expressions behind
  // them.
  static void NameResults(syncjob::ColumnSide& source) {
    for (std::size_t i = 0; i < source.list.size(); ++i) {
      const std::string result = syncjob::ResultColumnName(i);
      if (source.schema.FindColumn(result)) source.list[i] = result;
    }
  }

  Result<syncjob::ColumnSide> SourceColumns() const {
    syncjob::ColumnSide source{.table = survey_.source_title, .schema = {}, .list = {"*"}};
    if (read_ != nullptr) {
      source.schema = source_.table.schema;
      source.list = read_->column;
      if (input_.replay != nullptr) NameResults(source);
    } else {
      source.named_by_user = false;
      CULVERT_ASSIGN_OR_RETURN(
          const StreamSource stream,
          StreamSource::Make(std::get<syncjob::StreamSource>(input_.job.spec.source), 0));
      source.schema.columns = stream.columns();
    }
    return source;
  }

  Status Map() {
    CULVERT_ASSIGN_OR_RETURN(const syncjob::ColumnSide source, SourceColumns());
    syncjob::ColumnSide target{.table = survey_.target_title, .schema = {}, .list = {"*"}};
    if (write_ != nullptr) {
      target.schema = target_.table.schema;
      target.list = write_->column;
    } else {
      target.named_by_user = false;
    }
    const syncjob::ValueRules rules = syncjob::ValueRulesOf(survey_.spec);
    syncjob::ColumnMapping mapping;
    if (read_ != nullptr && read_->enable_where && input_.replay == nullptr) {
      CULVERT_ASSIGN_OR_RETURN(survey_.query,
                               syncjob::MakeSourceQuery(source, target, read_->where));
      survey_.query->target_follows = write_ == nullptr;
      survey_.query->rules = rules;
      CULVERT_ASSIGN_OR_RETURN(mapping, syncjob::MapQuery(*survey_.query, {}));
    } else {
      if (write_ == nullptr) {
        CULVERT_ASSIGN_OR_RETURN(target.schema, syncjob::SchemaOfList(source, rules));
      }
      CULVERT_ASSIGN_OR_RETURN(mapping, syncjob::MapColumns(source, target, rules));
    }
    survey_.read_columns = std::move(mapping.read_columns);
    survey_.read_column_types = std::move(mapping.read_column_types);
    survey_.columns = std::move(mapping.columns);
    // Rows that are made here have no wire form yet.
    const bool made_here = read_ == nullptr || input_.replay != nullptr;
    survey_.route = made_here ? syncjob::Route::kTyped : mapping.route;
    for (std::string& warning : mapping.warnings) survey_.warnings.push_back(std::move(warning));
    return {};
  }

  // What the columns of the mapping and the kind of the target ask of the two projects.
  Status CheckProjects(const OpContext& ctx) {
    if (read_ != nullptr) {
      ProjectCheck check{.side = "source", .project = input_.source.project};
      for (const std::string& name : survey_.read_columns) {
        if (const auto column = source_.table.schema.FindColumn(name)) {
          check.columns.push_back({name, source_.table.schema.columns[*column].type});
        }
      }
      CULVERT_TRY(CheckProject(ctx, check, *sides_.source, survey_.warnings));
    }
    if (write_ == nullptr) return {};
    ProjectCheck check{.side = "target",
                       .project = input_.target.project,
                       .creates_table = survey_.creates.has_value()};
    if (target_.facts.kind == TableFacts::Kind::kDelta) {
      check.delta_table = FullName(input_.target, write_->table);
    }
    for (std::size_t i = 0; i < survey_.columns.size(); ++i) {
      if (survey_.columns[i].from == syncjob::ColumnPlan::From::kNull) continue;
      check.columns.push_back({survey_.columns[i].target, target_.table.schema.columns[i].type});
    }
    return CheckProject(ctx, check, *sides_.target, survey_.warnings);
  }

  Status ChooseUnits(const OpContext& ctx) {
    if (input_.replay != nullptr) {
      for (const DirtyRowSet::Unit& unit : input_.replay->units()) {
        survey_.units.push_back({.partition = unit.partition,
                                 .rows = static_cast<std::int64_t>(unit.rows),
                                 .bytes = -1,
                                 .target = 0});
      }
      return {};
    }
    if (read_ == nullptr) {
      const auto& stream = std::get<syncjob::StreamSource>(input_.job.spec.source);
      survey_.units.push_back({.partition = "",
                               .rows = static_cast<std::int64_t>(stream.count),
                               .bytes = -1,
                               .target = 0});
      return {};
    }
    if (source_.facts.partition_keys.empty()) {
      survey_.units.push_back({.partition = "",
                               .rows = source_.table.record_count,
                               .bytes = source_.table.size_bytes,
                               .target = 0});
      return {};
    }
    CULVERT_TRY(ListSide(ctx, input_.source, source_, *sides_.source));
    const std::vector<record::PartitionSpec> listing = SpecsOf(source_);
    CULVERT_ASSIGN_OR_RETURN(
        const syncjob::PartitionMatch match,
        syncjob::MatchPartitions(read_->partition, listing, source_.facts.partition_keys,
                                 read_->success_on_no_partition));
    for (const std::string& unmatched : match.unmatched) {
      survey_.warnings.push_back("no partition matches " + unmatched);
    }
    survey_.no_partition = match.selected.empty();
    if (match.selected.size() > syncjob::kSourcePartitionsMax) {
      return Fail(InvalidArgument("the run would read " + std::to_string(match.selected.size()) +
                                  " partitions of " + read_->table + ", at most " +
                                  std::to_string(syncjob::kSourcePartitionsMax) +
                                  " are possible: split it into several jobs")
                      .Because("TooManyPartitions"));
    }
    for (const std::size_t index : match.selected) {
      const maxcompute::Partition& partition = source_.listing[index];
      survey_.units.push_back({.partition = partition.spec.ToString(),
                               .rows = partition.record_count,
                               .bytes = partition.size_bytes,
                               .target = 0});
    }
    return {};
  }

  // What SQL cannot select is refused before anything runs.
  Status CheckQuery() const {
    CULVERT_TRY(QueryStatements(survey_));
    return {};
  }

  Status ChooseTargets(const OpContext& ctx) {
    // Where nothing is read, nothing is written: the target keeps its rows.
    if (survey_.no_partition) return {};
    if (write_ == nullptr || target_.facts.partition_keys.empty()) {
      survey_.targets.push_back({.partition = "", .exists = true});
      return write_ == nullptr ? Status() : CheckNotItself({});
    }
    if (!survey_.creates) CULVERT_TRY(ListSide(ctx, input_.target, target_, *sides_.target));
    const std::vector<record::PartitionSpec> listing = SpecsOf(target_);
    std::vector<record::PartitionSpec> written;
    if (write_->partition_from_source) {
      for (Survey::Unit& unit : survey_.units) {
        CULVERT_ASSIGN_OR_RETURN(const auto spec, record::PartitionSpec::Parse(unit.partition));
        CULVERT_ASSIGN_OR_RETURN(auto ordered,
                                 record::OrderLike(spec, target_.facts.partition_keys));
        unit.target = written.size();
        written.push_back(std::move(ordered));
      }
    } else {
      CULVERT_ASSIGN_OR_RETURN(auto spec,
                               syncjob::TargetPartition(target_.facts, write_->partition));
      written.push_back(std::move(spec));
    }
    const std::set<record::PartitionSpec> existing(listing.begin(), listing.end());
    for (const record::PartitionSpec& spec : written) {
      survey_.targets.push_back({.partition = spec.ToString(), .exists = existing.contains(spec)});
    }
    return CheckNotItself(written);
  }

  Status CheckNotItself(const std::vector<record::PartitionSpec>& written) {
    if (read_ == nullptr) return {};
    std::vector<record::PartitionSpec> read;
    for (const Survey::Unit& unit : survey_.units) {
      if (unit.partition.empty()) continue;
      CULVERT_ASSIGN_OR_RETURN(auto spec, record::PartitionSpec::Parse(unit.partition));
      read.push_back(std::move(spec));
    }
    return syncjob::CheckNotItself(source_.facts, read, target_.facts, written);
  }

  const JobInput& input_;
  const Sides& sides_;
  const syncjob::MaxComputeSource* read_;
  const syncjob::MaxComputeTarget* write_;
  TableSide source_;
  TableSide target_;
  Survey survey_;
};

}  // namespace

Result<Survey> SurveyJob(const OpContext& ctx, const JobInput& input, const Sides& sides) {
  return Surveyor(input, sides).Run(ctx);
}

}  // namespace culvert::runner
