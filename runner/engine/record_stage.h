// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/dirty_rows.h"
#include "runner/engine/dirty_sink.h"

#include <cstdint>
#include <memory>
#include <span>

namespace culvert::runner {

/// What one step took from the window, and what it made.
struct Taken {
  std::size_t window_bytes = 0;  // to drop from the window; 0: more bytes are needed
  std::uint64_t rows = 0;        // whole source rows among them, those that go no further included
  std::uint64_t rows_dirty = 0;
  std::uint64_t rows_filtered = 0;
  std::span<const std::byte> records;  // whole target records, in the window or in the stage's
                                       // buffer; valid until the next step
};

/// One of the three routes: checks the records of one download and makes target records of them.
/// Not thread-safe.
class RecordStage {
 public:
  virtual ~RecordStage() = default;
  /// kDataLoss when the bytes break a rule of the stream.
  virtual Result<Taken> Take(const OpContext& ctx, std::span<const std::byte> window) = 0;
  /// Success only when the trailer was read and agreed.
  virtual Status Finish() const = 0;
  /// Of the target records made so far.
  virtual maxcompute::wire::StreamTotals target_totals() const = 0;
  /// True when the trailer carried what an upload must not repeat.
  virtual bool has_metrics() const { return false; }
};

/// A stage of the plan's route for rows of source unit `unit`, the first of them number
/// `first_row`. `buffer` (reused between downloads), `spec` and `dirty` must outlive it.
struct StageInput {
  const CopySpec& spec;
  std::size_t unit = 0;
  std::uint64_t first_row = 0;
  std::uint64_t field_bytes_max = 0;
  DirtyRows& dirty;
  DirtyBlock* kept = nullptr;  // of the block; null: dirty rows are not kept
  ByteBuffer& buffer;
};
Result<std::unique_ptr<RecordStage>> MakeStage(const StageInput& input);

}  // namespace culvert::runner
