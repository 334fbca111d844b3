// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/base/retry.h"
#include "libs/syncjob/plan.h"
#include "runner/engine/block_result.h"
#include "runner/engine/block_sink.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/dirty_rows.h"
#include "runner/engine/dirty_sink.h"
#include "runner/engine/dirty_window.h"
#include "runner/engine/progress.h"
#include "runner/engine/record_stage.h"
#include "runner/engine/source.h"
#include "runner/engine/speed_limit.h"
#include "runner/engine/target.h"

#include <cstdint>

namespace culvert::runner {

/// What all streams of a process share. The pointees outlive the run.
struct CopyServices {
  Source source;
  Target* target = nullptr;
  SpeedLimit* speed_limit = nullptr;
  Progress* progress = nullptr;
  DirtyRows* dirty = nullptr;
  DirtySink* dirty_sink = nullptr;      // null: dirty rows are not kept
  DirtyWindow* dirty_window = nullptr;  // null: there is no such limit
  RetryPolicy retry;                    // of one block; begins anew whenever the block got further
  std::uint64_t field_bytes_max = 8ULL * 1024 * 1024;
};

/// One stream: copies one block after the other, each on the calling thread, reading, changing and
/// writing in one loop with a bounded window. A source that fails in the middle is opened again at
/// the first row not yet taken; a target that fails makes the block be written again, whole, under
/// its id and with the same bytes. Not thread-safe: one per thread.
class BlockCopier {
 public:
  /// `spec` and what `services` points to must outlive it. `seed` feeds the jitter of waits.
  BlockCopier(const CopySpec& spec, const CopyServices& services, std::uint64_t seed);
  ~BlockCopier();
  BlockCopier(const BlockCopier&) = delete;
  BlockCopier& operator=(const BlockCopier&) = delete;

  /// Success: the target holds the whole block, and the sink its dirty rows.
  /// kDataLoss/SourceChanged when the source gives another number of rows than planned.
  /// kFailedPrecondition/DirtyLimitExceeded as soon as this process has found more dirty rows than
  /// the run, or a window of it, may have; those found so far are kept.
  Result<BlockResult> Copy(const OpContext& ctx, const syncjob::Block& block);

 private:
  class Tries;
  struct Run;
  Status CopyOnce(const OpContext& ctx, const syncjob::Block& block, Tries& tries,
                  BlockResult& result);
  void Begin(Run& run);
  Status CopyCoded(const OpContext& ctx, Run& run, Tries& tries);
  Status CopySegment(const OpContext& ctx, Run& run, CodedReader& reader);
  Status PumpSegment(const OpContext& ctx, Run& run, CodedReader& reader, RecordStage& stage,
                     maxcompute::wire::StreamTotals& totals);
  Status ForwardBlock(const OpContext& ctx, Run& run, CodedReader& reader);
  Status CopyBatches(const OpContext& ctx, Run& run, BatchSource& source);
  Status Throttle(const OpContext& ctx, std::uint64_t rows, std::uint64_t bytes,
                  BlockResult& result);
  void Count(std::uint64_t rows, std::uint64_t bytes, std::uint64_t dirty);
  Status CheckDirty(const OpContext& ctx, Run& run, std::uint64_t dirty);
  static Status FinishDirty(const OpContext& ctx, Run& run);
  void TakeBack();
  void CountBuffers();

  const CopySpec& spec_;
  CopyServices services_;
  std::uint64_t seed_;
  ByteBuffer window_;
  ByteBuffer records_;
  ByteBuffer coded_;
  bool metrics_seen_ = false;  // this source adds metrics to trailers: bodies cannot be forwarded
  std::uint64_t counted_rows_ = 0;  // of the block at hand, in services_.progress
  std::uint64_t counted_bytes_ = 0;
  std::uint64_t counted_dirty_ = 0;
  std::uint64_t counted_buffers_ = 0;
};

}  // namespace culvert::runner
