// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/record/record_batch.h"
#include "libs/syncjob/plan.h"
#include "runner/engine/dirty_rows.h"

#include <cstdint>
#include <memory>
#include <span>

namespace culvert::runner {

/// The dirty rows of one try at one block. One thread at a time.
class DirtyBlock {
 public:
  virtual ~DirtyBlock() = default;  // before Finish: what earlier tries left stays as it is
  /// The rows of `in` that are marked, as they were read. `first_row` is the number of in's first
  /// row within its source unit; marks and batches come in ascending order. After an error the try
  /// is over: some of the rows may be taken.
  Status Add(const OpContext& ctx, const record::RecordBatch& in, std::uint64_t first_row,
             std::span<const DirtyMark> marks) {
    Status taken = Take(ctx, in, first_row, marks);
    failed_ = failed_ || !taken;
    return taken;
  }
  bool failed() const { return failed_; }
  /// Success: the rows are kept, in place of those of any earlier try, and survive a power cut.
  virtual Status Finish(const OpContext& ctx) = 0;

 private:
  virtual Status Take(const OpContext& ctx, const record::RecordBatch& in, std::uint64_t first_row,
                      std::span<const DirtyMark> marks) = 0;
  bool failed_ = false;
};

/// Where dirty rows are kept. Thread-safe.
class DirtySink {
 public:
  virtual ~DirtySink() = default;
  virtual std::unique_ptr<DirtyBlock> Open(const syncjob::Block& block) = 0;
};

}  // namespace culvert::runner
