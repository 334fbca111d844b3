// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/maxcompute/wire/codec.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/transformer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::runner {

/// One transformer with its column: where the value of a target column comes through.
struct TransformStep {
  std::size_t target_column = 0;
  syncjob::TransformerRule rule;
};

/// What the streams of a run share about how rows become other rows: a plan's columns, compiled.
/// Immutable; the plan must outlive it.
class CopySpec {
 public:
  /// kInvalidArgument/SchemaMismatch when a type text or a column name of the plan makes no sense.
  static Result<CopySpec> Make(const syncjob::Plan& plan);

  const syncjob::Plan& plan() const { return *plan_; }
  syncjob::Route route() const { return plan_->route; }
  const maxcompute::wire::RecordLayout& source_layout() const { return source_layout_; }
  const maxcompute::wire::RecordLayout& target_layout() const { return target_layout_; }
  maxcompute::wire::Codec target_codec() const { return target_codec_; }
  bool empty_as_null() const { return empty_as_null_; }
  syncjob::OverLengthRule over_length_rule() const { return over_length_rule_; }
  /// True when a content hash of the rows written is wanted.
  bool hash() const { return hash_; }
  /// Index into the source layout of each target column; nothing where its value is no source
  /// column.
  const std::vector<std::optional<std::size_t>>& source_columns() const { return source_columns_; }

  /// `spec.transformers`, in their order.
  const std::vector<TransformStep>& transforms() const { return transforms_; }

  /// The text of target column `column` in rows of source unit `unit`: a constant, or a partition
  /// value.
  Result<std::string> LiteralText(std::size_t column, std::size_t unit) const;
  /// What the transcoder copies for rows of source unit `unit`.
  Result<std::vector<maxcompute::wire::ColumnOrigin>> Origins(std::size_t unit) const;

 private:
  CopySpec(const syncjob::Plan& plan, std::vector<record::Column> source,
           std::vector<record::Column> target)
      : plan_(&plan), source_layout_(std::move(source)), target_layout_(std::move(target)) {}

  const syncjob::Plan* plan_;
  maxcompute::wire::RecordLayout source_layout_;
  maxcompute::wire::RecordLayout target_layout_;
  maxcompute::wire::Codec target_codec_ = maxcompute::wire::Codec::kIdentity;
  bool empty_as_null_ = false;
  syncjob::OverLengthRule over_length_rule_ = syncjob::OverLengthRule::kDirty;
  bool hash_ = false;
  std::vector<std::optional<std::size_t>> source_columns_;
  std::vector<TransformStep> transforms_;
};

}  // namespace culvert::runner
