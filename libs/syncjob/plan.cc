// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/plan.h"

#include "libs/base/digest.h"
#include "libs/syncjob/dirty_layout.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

namespace culvert::syncjob {
namespace {

Error Invalid(const std::string& what) {
  return InvalidArgument("plan: " + what + ", plan the job again").Because("PlanInvalid");
}

std::uint64_t IdLimit(const Plan& plan) {
  return std::holds_alternative<MaxComputeTarget>(plan.spec.target)
             ? plan.target_data_source.blocks_per_session_max
             : std::numeric_limits<std::uint64_t>::max();
}

Status CheckShapes(const Plan& plan) {
  if (plan.attempt < 1) return Fail(Invalid("attempt below 1"));
  if (plan.shards.size() > kShardsMax) return Fail(Invalid("too many shards"));
  if (plan.sources.size() > kSourcePartitionsMax)
    return Fail(Invalid("too many source partitions"));
  if (plan.read_columns.size() != plan.read_column_types.size()) {
    return Fail(Invalid("read columns and their types differ in number"));
  }
  std::uint64_t rows = 0;
  for (const SourceUnit& source : plan.sources) {
    if (source.target >= plan.targets.size()) return Fail(Invalid("a source names no target"));
    if (source.rows > std::numeric_limits<std::uint64_t>::max() - rows) {
      return Fail(Invalid("rows beyond 64 bits"));
    }
    rows += source.rows;
  }
  if (rows != plan.rows) return Fail(Invalid("rows of the sources do not add up"));
  for (const Session& session : plan.sessions) {
    if (session.target >= plan.targets.size()) return Fail(Invalid("a session names no target"));
    if (session.shard < -1 || session.shard >= static_cast<std::int64_t>(plan.shards.size())) {
      return Fail(Invalid("a session names no shard"));
    }
  }
  return {};
}

// Each transformer finds its column, on the one route that changes values.
Status CheckTransformers(const Plan& plan) {
  if (plan.spec.transformers.empty()) return {};
  if (plan.route != Route::kTyped) return Fail(Invalid("transformers on another route"));
  for (const Transformer& transformer : plan.spec.transformers) {
    const auto named = [&transformer](const ColumnPlan& column) {
      return column.column_index == transformer.column_index;
    };
    if (std::ranges::count_if(plan.columns, named) != 1) {
      return Fail(Invalid("a transformer without its column"));
    }
  }
  return {};
}

Status CheckBlock(const Plan& plan, std::size_t shard, const Block& block) {
  if (block.source >= plan.sources.size()) return Fail(Invalid("a block names no source"));
  if (block.session >= plan.sessions.size()) return Fail(Invalid("a block names no session"));
  const SourceUnit& source = plan.sources[block.source];
  const Session& session = plan.sessions[block.session];
  if (block.rows == 0) return Fail(Invalid("an empty block"));
  if (block.start > source.rows || block.rows > source.rows - block.start) {
    return Fail(Invalid("a block beyond the rows of its source"));
  }
  if (session.target != source.target) return Fail(Invalid("a block goes to another target"));
  if (session.shard != -1 && session.shard != static_cast<std::int64_t>(shard)) {
    return Fail(Invalid("a block in the session of another shard"));
  }
  if (block.block_id >= IdLimit(plan)) return Fail(Invalid("a block id beyond the limit"));
  return {};
}

Status CheckCoverage(const Plan& plan) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ids;  // session, block id
  std::vector<const Block*> blocks;
  for (std::size_t i = 0; i < plan.shards.size(); ++i) {
    const Shard& shard = plan.shards[i];
    if (shard.streams < 1) return Fail(Invalid("a shard without streams"));
    if (shard.blocks.empty()) return Fail(Invalid("a shard without blocks"));
    if (blocks.size() + shard.blocks.size() > kPlanBlocksMax)
      return Fail(Invalid("too many blocks"));
    for (const Block& block : shard.blocks) {
      CULVERT_TRY(CheckBlock(plan, i, block));
      ids.emplace_back(block.session, block.block_id);
      blocks.push_back(&block);
    }
  }
  std::ranges::sort(ids);
  if (std::ranges::adjacent_find(ids) != ids.end()) return Fail(Invalid("a block id used twice"));
  std::ranges::sort(blocks, {}, [](const Block* b) { return std::pair(b->source, b->start); });
  std::size_t next = 0;
  for (std::size_t source = 0; source < plan.sources.size(); ++source) {
    std::uint64_t row = 0;
    for (; next < blocks.size() && blocks[next]->source == source; ++next) {
      if (blocks[next]->start != row) return Fail(Invalid("rows covered twice or not at all"));
      row += blocks[next]->rows;
    }
    if (row != plan.sources[source].rows) return Fail(Invalid("rows covered twice or not at all"));
  }
  return {};
}

Status CheckDirtySessions(const Plan& plan) {
  if (plan.dirty_sessions.empty() && plan.dirty_run.empty()) return {};
  const bool whole = !plan.spec.dirty_sink_table.empty() && !plan.dirty_run.empty() &&
                     plan.dirty_sessions.size() == DirtyLayout(plan).sessions();
  return whole ? Status() : Fail(Invalid("other sessions for dirty rows than it has shards for"));
}

}  // namespace

std::string_view RouteName(Route route) {
  switch (route) {
    case Route::kPassThrough:
      return "pass-through";
    case Route::kTranscode:
      return "transcode";
    case Route::kTyped:
      return "typed";
  }
  return "";
}

std::uint64_t Plan::BlockCount() const {
  std::uint64_t count = 0;
  for (const Shard& shard : shards) count += shard.blocks.size();
  return count;
}

Status CheckPlan(const Plan& plan) {
  if (plan.version > kPlanVersion) {
    return Fail(FailedPrecondition("plan: version " + std::to_string(plan.version) +
                                   " is newer than this program, which knows " +
                                   std::to_string(kPlanVersion) + ": use the program that wrote it")
                    .Because("PlanVersion"));
  }
  if (plan.version != kPlanVersion) return Fail(Invalid("unknown version"));
  CULVERT_TRY(CheckShapes(plan));
  CULVERT_TRY(CheckTransformers(plan));
  CULVERT_TRY(CheckCoverage(plan));
  return CheckDirtySessions(plan);
}

bool NeedsPreparing(const Plan& plan) {
  if (plan.truncate_by_sql) return true;
  const auto* source = std::get_if<MaxComputeSource>(&plan.spec.source);
  const auto* target = std::get_if<MaxComputeTarget>(&plan.spec.target);
  const bool statements = (source != nullptr && !source->pre_sql.empty()) ||
                          (target != nullptr && !target->pre_sql.empty());
  return statements && !plan.sources.empty();
}

std::uint64_t DirtyRowsMax(const Plan& plan) {
  if (plan.spec.error_limit_share == 0) return plan.spec.error_limit_record;
  // Whole and rest apart: the product with the rows may pass 64 bits.
  const std::uint64_t share = plan.spec.error_limit_share;
  return plan.rows / kWholeShare * share + plan.rows % kWholeShare * share / kWholeShare;
}

std::string PlanHash(const Plan& plan) { return Sha256Hex(PlanToJson(plan)); }

}  // namespace culvert::syncjob
