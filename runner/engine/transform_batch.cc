// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/transform_batch.h"

#include "runner/engine/row_copy.h"
#include "runner/engine/transform_text.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

using record::ColumnVector;
using record::Physical;

ColumnVector NewText() {
  ColumnVector text;
  text.physical = Physical::kBytes;
  return text;
}

}  // namespace

Result<std::size_t> BatchTransformer::LaneOf(std::size_t target, std::size_t unit) {
  const auto known = std::ranges::find(lanes_, target, &Lane::target);
  if (known != lanes_.end()) return static_cast<std::size_t>(known - lanes_.begin());
  Lane lane;
  lane.target = target;
  lane.source = spec_->source_columns()[target];
  if (lane.source) {
    lane.type = spec_->source_layout().columns()[*lane.source].type;
  } else {
    CULVERT_ASSIGN_OR_RETURN(lane.literal, spec_->LiteralText(target, unit));
  }
  lane.to_text = FindConversion(lane.type, record::Type{});
  lanes_.push_back(std::move(lane));
  return lanes_.size() - 1;
}

Result<BatchTransformer> BatchTransformer::Make(const CopySpec& spec, std::size_t unit) {
  BatchTransformer transformer(spec);
  for (const TransformStep& made : spec.transforms()) {
    CULVERT_ASSIGN_OR_RETURN(const std::size_t index, transformer.LaneOf(made.target_column, unit));
    Lane& lane = transformer.lanes_[index];
    Step step{.lane = index,
              .target = made.target_column,
              .filter = std::nullopt,
              .rule = &made.rule,
              .on_text = lane.changes};
    if (const auto* filter = std::get_if<syncjob::FilterRows>(&made.rule)) {
      CULVERT_ASSIGN_OR_RETURN(
          step.filter, ValueFilter::Make(*filter, lane.changes ? record::Type{} : lane.type));
    } else if (lane.to_text == nullptr) {
      return Fail(InvalidArgument("no transformer takes a " + lane.type.ToString())
                      .Because("SchemaMismatch"));
    } else {
      lane.changes = true;
    }
    transformer.steps_.push_back(std::move(step));
  }
  std::size_t place = spec.source_layout().columns().size();
  for (Lane& lane : transformer.lanes_) {
    if (lane.changes) lane.place = place++;
  }
  return transformer;
}

std::optional<std::size_t> BatchTransformer::PlaceOf(std::size_t target) const {
  for (const Lane& lane : lanes_) {
    if (lane.target == target && lane.changes) return lane.place;
  }
  return std::nullopt;
}

void BatchTransformer::Filter(const Step& step, const ColumnVector& values, Outcome& outcome) {
  for (std::size_t row = 0; row < gone_.size(); ++row) {
    if (gone_[row] != 0) continue;
    switch (step.filter->Judge(values, row)) {
      case ValueFilter::Verdict::kKeep:
        break;
      case ValueFilter::Verdict::kDrop:
        gone_[row] = 1;
        ++outcome.filtered;
        break;
      case ValueFilter::Verdict::kNoText:
        gone_[row] = 1;
        outcome.dirty.push_back({.row = row,
                                 .column = step.target,
                                 .reason = DirtyReason::kTransformerFailed,
                                 .message = "text is no valid UTF-8, no pattern can match it"});
        break;
    }
  }
}

void BatchTransformer::Change(const Step& step, const ColumnVector& values, Outcome& outcome) {
  const Lane& lane = lanes_[step.lane];
  ColumnVector changed = NewText();
  ColumnVector text = NewText();  // of one value that is no text yet
  std::optional<std::string> made;
  for (std::size_t row = 0; row < gone_.size(); ++row) {
    if (gone_[row] != 0) {
      changed.AppendNull();
      continue;
    }
    std::optional<std::string_view> value;
    std::string_view reason;
    if (values.present[row] != 0) {
      if (step.on_text || values.physical == Physical::kBytes) {
        value = values.BytesAt(row);
      } else {
        text.Clear();
        reason = lane.to_text(values, row, record::Type{}, text);
        if (reason.empty()) value = text.BytesAt(0);
      }
    }
    made.reset();
    if (reason.empty()) reason = ChangeText(*step.rule, value, made);
    if (made) {
      changed.AppendBytes(*made);
      continue;
    }
    changed.AppendNull();
    if (reason.empty()) continue;
    gone_[row] = 1;
    outcome.dirty.push_back({.row = row,
                             .column = step.target,
                             .reason = DirtyReason::kTransformerFailed,
                             .message = std::string(reason)});
  }
  texts_[step.lane] = std::move(changed);
}

void BatchTransformer::Run(const Step& step, const record::RecordBatch& in, Outcome& outcome) {
  const Lane& lane = lanes_[step.lane];
  const ColumnVector* values = &texts_[step.lane];
  if (!step.on_text && lane.source) {
    values = &in.columns[*lane.source];
  } else if (!step.on_text && values->present.empty()) {
    for (std::size_t row = 0; row < in.rows; ++row) texts_[step.lane].AppendBytes(lane.literal);
  }
  if (step.filter) {
    Filter(step, *values, outcome);
  } else {
    Change(step, *values, outcome);
  }
}

void BatchTransformer::Transform(const record::RecordBatch& in, record::RecordBatch& out,
                                 Outcome& outcome) {
  outcome = {};
  gone_.assign(in.rows, 0);
  texts_.assign(lanes_.size(), NewText());
  for (const Step& step : steps_) Run(step, in, outcome);
  for (std::size_t row = 0; row < in.rows; ++row) {
    if (gone_[row] == 0) outcome.kept.push_back(row);
  }
  out.columns = in.columns;
  out.rows = in.rows;
  for (const Lane& lane : lanes_) {
    if (lane.changes)
      out.columns.push_back(texts_[static_cast<std::size_t>(&lane - lanes_.data())]);
  }
  if (outcome.kept.size() < in.rows) RemoveRows(gone_, out);
}

}  // namespace culvert::runner
