// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/dirty_layout.h"

#include "libs/base/digest.h"
#include "libs/base/text.h"
#include "libs/record/type.h"
#include "libs/syncjob/sql_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert::syncjob {
namespace {

struct SinkColumn {
  std::string_view name;
  bool number = false;
};
constexpr std::array kSinkColumns = std::to_array<SinkColumn>({{"job"},
                                                               {"attempt", true},
                                                               {"shard", true},
                                                               {"source_partition"},
                                                               {"row_number", true},
                                                               {"reason"},
                                                               {"message"},
                                                               {"column_name"},
                                                               {"part", true},
                                                               {"parts", true},
                                                               {"line"}});

record::Column MakeSinkColumn(std::string_view name, bool number) {
  record::Column column;
  column.name = std::string(name);
  column.type.kind = number ? record::TypeKind::kBigint : record::TypeKind::kString;
  return column;
}

std::string SinkColumnText(const record::Column& column) {
  return SqlName(column.name) + " " + column.type.ToString();
}

Error NotASink(std::string_view table, const std::string& what) {
  return FailedPrecondition("table '" + std::string(table) + "' cannot hold dirty rows: " + what +
                            "; name a table that does not exist yet, and it is created")
      .Because("SchemaMismatch");
}

}  // namespace

record::Schema DirtySchema() {
  record::Schema schema;
  for (const SinkColumn& column : kSinkColumns) {
    schema.columns.push_back(MakeSinkColumn(column.name, column.number));
  }
  schema.partition_keys.push_back(MakeSinkColumn("run", false));
  return schema;
}

std::string CreateDirtyTable(std::string_view table) {
  const record::Schema schema = DirtySchema();
  std::string sql = "CREATE TABLE IF NOT EXISTS " + SqlName(table) + " (";
  for (const record::Column& column : schema.columns) {
    if (&column != &schema.columns.front()) sql += ",";
    sql += SinkColumnText(column);
  }
  return sql + ") PARTITIONED BY (" + SinkColumnText(schema.partition_keys.front()) + ");";
}

Status CheckDirtySchema(std::string_view table, const record::Schema& schema) {
  const record::Schema wanted = DirtySchema();
  if (schema.partition_keys.size() != 1 ||
      !record::SameName(schema.partition_keys.front().name, "run") ||
      schema.partition_keys.front().type.kind != record::TypeKind::kString) {
    return Fail(NotASink(table, "its one partition key must be run, a string"));
  }
  for (std::size_t i = 0; i < wanted.columns.size(); ++i) {
    const record::Column& want = wanted.columns[i];
    if (i < schema.columns.size() && record::SameName(schema.columns[i].name, want.name) &&
        schema.columns[i].type == want.type) {
      continue;
    }
    return Fail(NotASink(table, "column " + std::to_string(i + 1) + " must be " + want.name +
                                    ", a " + want.type.ToString()));
  }
  if (schema.columns.size() > wanted.columns.size()) {
    return Fail(NotASink(
        table, "column '" + schema.columns[wanted.columns.size()].name + "' is none of a sink's"));
  }
  return {};
}

std::string DirtyRunName(const Plan& plan) {
  constexpr std::size_t kNameBytesMax = 80;  // the value of a partition is at most 255 bytes
  constexpr std::size_t kHashDigits = 16;
  const std::string name = plan.job.substr(plan.job.find('/') + 1);
  const std::string seed = plan.job + '\n' + plan.spec_hash + '\n' + std::to_string(plan.attempt) +
                           '\n' + plan.created + '\n' + std::to_string(plan.seed);
  return CutText(name, kNameBytesMax) + "-" + std::to_string(plan.attempt) + "-" +
         Sha256Hex(seed).substr(0, kHashDigits);
}

DirtyLayout::DirtyLayout(const Plan& plan) {
  const std::uint64_t ids =
      std::max<std::uint64_t>(1, plan.target_data_source.blocks_per_session_max);
  pieces_ = std::min(kPiecesMax, ids);
  blocks_per_session_ = ids / pieces_;
  firsts_.push_back(0);
  for (const Shard& shard : plan.shards) {
    const std::uint64_t sessions =
        (shard.blocks.size() + blocks_per_session_ - 1) / blocks_per_session_;
    firsts_.push_back(firsts_.back() + static_cast<std::size_t>(sessions));
  }
}

DirtyLayout::Place DirtyLayout::PlaceOf(std::size_t shard, std::size_t block) const {
  return {.session = firsts_[shard] + block / static_cast<std::size_t>(blocks_per_session_),
          .first_id = block % blocks_per_session_ * pieces_,
          .pieces = pieces_};
}

}  // namespace culvert::syncjob
