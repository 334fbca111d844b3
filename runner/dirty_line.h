// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/record_batch.h"
#include "libs/record/schema.h"
#include "libs/syncjob/plan.h"
#include "runner/engine/dirty_rows.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// A dirty row as a line of JSON: what was read, why it was left out, and all that is needed to send
// it again. docs/spec/v1alpha1/syncjob.md describes the members.

namespace culvert::runner {

/// Longest line that is read, newline aside: the largest record in base64, and names.
inline constexpr std::size_t kDirtyLineBytesMax = std::size_t{320} * 1024 * 1024;

/// What the lines of one block have in common.
struct DirtyLineContext {
  const syncjob::Plan& plan;
  std::span<const record::Column> columns;  // of the source layout
  std::size_t source = 0;                   // index into Plan::sources
};

/// Appends the row of `in` that `mark` names, with a newline. `row` is its number within its unit.
void AppendDirtyLine(const DirtyLineContext& context, const record::RecordBatch& in,
                     std::uint64_t row, const DirtyMark& mark, std::string& out);

/// One line, read back.
struct DirtyLine {
  std::string job;
  std::int64_t attempt = 0;
  std::string partition;
  std::uint64_t row = 0;
  std::vector<record::Column> columns;
  record::RecordBatch values;  // one row, in the order of `columns`
};
/// kInvalidArgument with what is wrong, never with a value.
Result<DirtyLine> ParseDirtyLine(std::string_view line);

}  // namespace culvert::runner
