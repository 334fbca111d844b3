// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/wire/codec.h"
#include "libs/record/record_batch.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <variant>

namespace culvert::runner {

/// Rows `start` .. `start + rows - 1` of one source unit (index into Plan::sources).
struct SourceRange {
  std::size_t unit = 0;
  std::uint64_t start = 0;
  std::uint64_t rows = 0;
};

/// One range being read as a coded record stream with its trailer. One thread at a time.
class CodedReader {
 public:
  virtual ~CodedReader() = default;
  /// How the bytes are coded; may differ from what the plan asked for.
  virtual maxcompute::wire::Codec codec() const = 0;
  /// Next bytes, valid until the next call; empty at the end of the body.
  virtual Result<std::span<const std::byte>> Read(const OpContext& ctx) = 0;
};

/// Rows that come as record streams (a MaxCompute table). The same range gives the same rows every
/// time, or fails with reason SourceChanged. Thread-safe.
class CodedSource {
 public:
  virtual ~CodedSource() = default;
  /// One try; the caller resumes where it stands. SessionExpired and SourceChanged are final.
  virtual Result<std::unique_ptr<CodedReader>> Open(const OpContext& ctx,
                                                    const SourceRange& range) = 0;
};

/// One range being read as typed batches. One thread at a time.
class BatchReader {
 public:
  virtual ~BatchReader() = default;
  /// Appends the next rows to `batch`, which is empty; leaves it empty at the end of the range.
  virtual Status Next(const OpContext& ctx, record::RecordBatch& batch) = 0;
};

/// Rows that are made or decoded here (the stream endpoint). The same range gives the same rows
/// every time. Thread-safe.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual Result<std::unique_ptr<BatchReader>> Open(const OpContext& ctx,
                                                    const SourceRange& range) = 0;
};

/// Where a run's rows come from. The pointee outlives the run.
using Source = std::variant<CodedSource*, BatchSource*>;

}  // namespace culvert::runner
