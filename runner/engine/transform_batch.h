// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/record_batch.h"
#include "runner/engine/convert_value.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/dirty_rows.h"
#include "runner/engine/filter_value.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::runner {

/// Sends the rows of batches through `spec.transformers`. One per download; not thread-safe.
class BatchTransformer {
 public:
  /// For rows of source unit `unit`. kInvalidArgument/SchemaMismatch as syncjob::ColumnsAfter.
  /// `spec` must outlive it.
  static Result<BatchTransformer> Make(const CopySpec& spec, std::size_t unit);

  /// The place in Transform's output of target column `target`, text; nothing where no transformer
  /// changes it.
  std::optional<std::size_t> PlaceOf(std::size_t target) const;

  /// What became of a batch.
  struct Outcome {
    std::vector<std::size_t> kept;  // row of `in` for each row of `out`
    std::vector<DirtyMark> dirty;   // at most one a row
    std::uint64_t filtered = 0;
  };
  /// Replaces `out` by the rows that are left of `in`: its columns, then those that were changed.
  /// A row that one transformer drops or cannot take is not shown to the next.
  void Transform(const record::RecordBatch& in, record::RecordBatch& out, Outcome& outcome);

 private:
  /// A value that passes through transformers: of a column of the source, or a literal.
  struct Lane {
    std::size_t target = 0;
    std::optional<std::size_t> source;  // into the source layout
    std::string literal;                // where there is none
    record::Type type;                  // of the values before the first transformer
    ConvertValue to_text = nullptr;     // of such a value
    bool changes = false;
    std::size_t place = 0;  // in the output, where it changes
  };
  struct Step {
    std::size_t lane = 0;
    std::size_t target = 0;
    std::optional<ValueFilter> filter;               // else the rule makes text
    const syncjob::TransformerRule* rule = nullptr;  // of the spec
    bool on_text = false;                            // an earlier step made text of the lane
  };
  explicit BatchTransformer(const CopySpec& spec) : spec_(&spec) {}
  Result<std::size_t> LaneOf(std::size_t target, std::size_t unit);
  void Run(const Step& step, const record::RecordBatch& in, Outcome& outcome);
  void Filter(const Step& step, const record::ColumnVector& values, Outcome& outcome);
  void Change(const Step& step, const record::ColumnVector& values, Outcome& outcome);

  const CopySpec* spec_;
  std::vector<Lane> lanes_;
  std::vector<Step> steps_;
  std::vector<record::ColumnVector> texts_;  // of each lane, as the last step left them
  std::vector<std::uint8_t> gone_;           // one a row of the batch
};

}  // namespace culvert::runner
