// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/copy_spec.h"

#include "libs/record/partition_spec.h"

#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

namespace wire = maxcompute::wire;
using From = syncjob::ColumnPlan::From;

Result<record::Column> MakeColumn(const std::string& name, const std::string& type, bool nullable) {
  auto parsed = record::Type::Parse(type);
  if (!parsed) {
    return Fail(std::move(parsed.error()).With("column", name).Because("SchemaMismatch"));
  }
  return record::Column{.name = name,
                        .type = *std::move(parsed),
                        .nullable = nullable,
                        .comment = {},
                        .default_value = {}};
}

// CheckPlan made sure that each finds its column.
Result<std::vector<TransformStep>> MakeTransforms(const syncjob::Plan& plan) {
  std::vector<TransformStep> steps;
  for (const syncjob::Transformer& transformer : plan.spec.transformers) {
    CULVERT_ASSIGN_OR_RETURN(syncjob::TransformerRule rule, syncjob::ParseTransformer(transformer));
    for (std::size_t i = 0; i < plan.columns.size(); ++i) {
      if (plan.columns[i].column_index != transformer.column_index) continue;
      steps.push_back({.target_column = i, .rule = std::move(rule)});
      break;
    }
  }
  if (steps.size() == plan.spec.transformers.size()) return steps;
  return Fail(InvalidArgument("the plan does not say which column a transformer is for")
                  .Because("PlanInvalid"));
}

}  // namespace

Result<CopySpec> CopySpec::Make(const syncjob::Plan& plan) {
  std::vector<record::Column> source;
  for (std::size_t i = 0; i < plan.read_columns.size(); ++i) {
    CULVERT_ASSIGN_OR_RETURN(record::Column column,
                             MakeColumn(plan.read_columns[i], plan.read_column_types[i], true));
    source.push_back(std::move(column));
  }
  std::vector<record::Column> target;
  std::vector<std::optional<std::size_t>> source_columns;
  for (const syncjob::ColumnPlan& mapped : plan.columns) {
    CULVERT_ASSIGN_OR_RETURN(record::Column column,
                             MakeColumn(mapped.target, mapped.target_type, mapped.target_nullable));
    target.push_back(std::move(column));
    std::optional<std::size_t> index;
    if (mapped.from == From::kSource) {
      for (std::size_t i = 0; i < source.size() && !index; ++i) {
        if (record::SameName(source[i].name, mapped.source)) index = i;
      }
      if (!index) {
        return Fail(
            InvalidArgument("the plan maps column '" + mapped.source + "', which it does not read")
                .Because("PlanInvalid"));
      }
    }
    source_columns.push_back(index);
  }
  CopySpec spec(plan, std::move(source), std::move(target));
  spec.source_columns_ = std::move(source_columns);
  CULVERT_ASSIGN_OR_RETURN(spec.transforms_, MakeTransforms(plan));
  spec.hash_ = plan.spec.verify == syncjob::Verify::kContentHash;
  if (const auto* table = std::get_if<syncjob::MaxComputeTarget>(&plan.spec.target)) {
    const auto codec = wire::CodecFromName(table->codec);
    if (!codec) {
      return Fail(InvalidArgument("the plan names codec '" + table->codec +
                                  "', which this program does not know")
                      .Because("PlanInvalid"));
    }
    spec.target_codec_ = *codec;
    spec.empty_as_null_ = table->empty_as_null;
    spec.over_length_rule_ = table->over_length_rule;
  }
  return spec;
}

Result<std::string> CopySpec::LiteralText(std::size_t column, std::size_t unit) const {
  const syncjob::ColumnPlan& mapped = plan_->columns[column];
  if (mapped.from == From::kConstant) return mapped.source;
  CULVERT_ASSIGN_OR_RETURN(const record::PartitionSpec spec,
                           record::PartitionSpec::Parse(plan_->sources[unit].partition));
  for (const auto& [key, value] : spec.entries) {
    if (record::SameName(key, mapped.source)) return value;
  }
  return Fail(InvalidArgument("partition '" + plan_->sources[unit].partition + "' has no key '" +
                              mapped.source + "'")
                  .Because("SchemaMismatch"));
}

Result<std::vector<wire::ColumnOrigin>> CopySpec::Origins(std::size_t unit) const {
  std::vector<wire::ColumnOrigin> origins;
  for (std::size_t i = 0; i < plan_->columns.size(); ++i) {
    const syncjob::ColumnPlan& mapped = plan_->columns[i];
    switch (mapped.from) {
      case From::kSource:
        origins.emplace_back(wire::FromSource{.column = *source_columns_[i]});
        break;
      case From::kConstant:
      case From::kPartition: {
        CULVERT_ASSIGN_OR_RETURN(const std::string text, LiteralText(i, unit));
        auto encoded = wire::EncodeConstant(target_layout_.columns()[i].type, text);
        if (!encoded) {
          return Fail(
              std::move(encoded.error()).With("column", mapped.target).Because("SchemaMismatch"));
        }
        origins.emplace_back(wire::Constant{.wire_value = *std::move(encoded)});
        break;
      }
      case From::kNull:
        origins.emplace_back(wire::Null{});
        break;
    }
  }
  return origins;
}

}  // namespace culvert::runner
