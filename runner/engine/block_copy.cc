// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/block_copy.h"

#include "libs/base/log.h"
#include "runner/engine/body_reader.h"
#include "runner/engine/convert_batch.h"
#include "runner/engine/crc_combine.h"
#include "runner/engine/record_stage.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace culvert::runner {
namespace {

namespace wire = maxcompute::wire;

constexpr std::size_t kKeptBufferBytes = std::size_t{1024} * 1024;
constexpr int kForwardTriesMax = 2;

Error SourceChanged(const syncjob::Block& block, std::uint64_t rows) {
  return DataLoss("the source gave " + std::to_string(rows) + " rows where the plan has " +
                  std::to_string(block.rows) + "; start the run anew")
      .Because("SourceChanged");
}

/// Errors that no repetition of the block can cure.
bool IsFinal(const Error& error) {
  return error.reason == "SourceChanged" || error.reason == "SessionExpired" ||
         error.reason == "DirtyLimitExceeded";
}

}  // namespace

/// Counts the failures of one block and waits between them.
class BlockCopier::Tries {
 public:
  Tries(const RetryPolicy& policy, std::uint64_t seed, const Clock& clock)
      : policy_(policy), backoff_(policy, seed), give_up_(clock.SteadyNow() + policy.budget) {}

  /// Waits before the next try, or returns `error` when there is none.
  Status Wait(const OpContext& ctx, Error error) {
    ++attempts_;
    const SteadyTime now = ctx.clock.SteadyNow();
    if (IsFinal(error) || now >= give_up_ ||
        !ShouldRetry(policy_, Idempotency::kIdempotent, error, attempts_)) {
      return Fail(std::move(error));
    }
    const SteadyTime until = now + backoff_.Next(error);
    if (until >= ctx.deadline) return Fail(std::move(error));
    if (policy_.on_retry) policy_.on_retry(error);
    if (attempts_ == 1) {
      ctx.log.Warn("block copy interrupted, trying again", {{"error", ToString(error)}});
    }
    if (!ctx.clock.SleepUntil(until, ctx.stop)) return Fail(Cancelled("stopped"));
    return {};
  }
  /// Row `row` of the block was reached. Further than ever before: the count begins anew.
  void Reached(std::uint64_t row, const Clock& clock) {
    if (row <= furthest_) return;
    furthest_ = row;
    attempts_ = 0;
    backoff_.Reset();
    give_up_ = clock.SteadyNow() + policy_.budget;
  }

 private:
  RetryPolicy policy_;
  Backoff backoff_;
  SteadyTime give_up_;
  int attempts_ = 0;
  std::uint64_t furthest_ = 0;
};

/// One try at a block.
struct BlockCopier::Run {
  const syncjob::Block& block;
  BlockResult& result;
  std::optional<BlockSink> sink;
  wire::ContentHash hash;
  wire::StreamTotals totals = {};         // of the target records written
  std::uint64_t rows = 0;                 // source rows taken
  bool forward = false;                   // bodies may be forwarded as they come
  bool target_failed = false;             // the last error was the target's
  std::unique_ptr<DirtyBlock> kept = {};  // null: dirty rows are not kept
};

BlockCopier::BlockCopier(const CopySpec& spec, const CopyServices& services, std::uint64_t seed)
    : spec_(spec), services_(services), seed_(seed) {}

BlockCopier::~BlockCopier() { services_.progress->buffer_bytes -= counted_buffers_; }

void BlockCopier::CountBuffers() {
  const std::uint64_t held = window_.capacity() + records_.capacity() + coded_.capacity();
  if (held == counted_buffers_) return;
  services_.progress->buffer_bytes += held - counted_buffers_;  // wraps round where it shrank
  counted_buffers_ = held;
}

void BlockCopier::Count(std::uint64_t rows, std::uint64_t bytes, std::uint64_t dirty) {
  services_.progress->rows += rows;
  services_.progress->bytes_raw += bytes;
  services_.progress->dirty += dirty;
  counted_rows_ += rows;
  counted_bytes_ += bytes;
  counted_dirty_ += dirty;
}

// The run cannot succeed any more: what makes it fail is kept for whoever looks for the cause.
Status BlockCopier::CheckDirty(const OpContext& ctx, Run& run, std::uint64_t dirty) {
  if (dirty == 0) return {};
  const std::uint64_t limit = syncjob::DirtyRowsMax(spec_.plan());
  std::optional<Error> passed;
  if (const std::uint64_t found = services_.progress->dirty; found > limit) {
    passed = DirtyLimitPassed(found, limit, *services_.dirty);
  } else if (services_.dirty_window != nullptr) {
    passed = services_.dirty_window->Add(ctx.clock.SteadyNow(), this, dirty);
  }
  if (!passed) return {};
  CULVERT_TRY(FinishDirty(ctx, run));
  return Fail(*std::move(passed));
}

// Before the block is whole on the target: nobody may think it done while its dirty rows are not
// kept.
Status BlockCopier::FinishDirty(const OpContext& ctx, Run& run) {
  return run.kept ? run.kept->Finish(ctx) : Status();
}

void BlockCopier::TakeBack() {
  if (services_.dirty_window != nullptr && counted_dirty_ > 0) services_.dirty_window->Forget(this);
  services_.progress->rows -= counted_rows_;
  services_.progress->bytes_raw -= counted_bytes_;
  services_.progress->dirty -= counted_dirty_;
  counted_rows_ = counted_bytes_ = counted_dirty_ = 0;
}

Status BlockCopier::Throttle(const OpContext& ctx, std::uint64_t rows, std::uint64_t bytes,
                             BlockResult& result) {
  CountBuffers();
  CULVERT_ASSIGN_OR_RETURN(const auto waited, services_.speed_limit->Acquire(ctx, rows, bytes));
  result.throttle_wait_ns += static_cast<std::uint64_t>(waited.count());
  return {};
}

Result<BlockResult> BlockCopier::Copy(const OpContext& ctx, const syncjob::Block& block) {
  BlockResult result;
  Tries tries(services_.retry, seed_ ^ block.block_id, ctx.clock);
  for (;;) {
    counted_rows_ = counted_bytes_ = counted_dirty_ = 0;
    result.rows_read = result.rows_written = result.rows_dirty = result.rows_filtered = 0;
    result.bytes_raw = result.content_hash = 0;
    Status copied = CopyOnce(ctx, block, tries, result);
    // A record of many megabytes is rare: what it made the buffers grow to is given back.
    for (ByteBuffer* buffer : {&window_, &records_, &coded_}) {
      if (buffer->capacity() > kKeptBufferBytes) *buffer = ByteBuffer();
    }
    CountBuffers();
    if (copied) {
      services_.progress->blocks += 1;
      if (services_.dirty_window != nullptr) services_.dirty_window->Settle(this);
      return result;
    }
    TakeBack();
    if (Status waited = tries.Wait(ctx, std::move(copied.error())); !waited) {
      return Fail(std::move(waited.error()).With("block", std::to_string(block.block_id)));
    }
  }
}

Status BlockCopier::CopyOnce(const OpContext& ctx, const syncjob::Block& block, Tries& tries,
                             BlockResult& result) {
  Run run{.block = block,
          .result = result,
          .sink = std::nullopt,
          .hash = wire::ContentHash(spec_.target_layout())};
  Begin(run);
  if (BatchSource* const* typed = std::get_if<BatchSource*>(&services_.source)) {
    CULVERT_TRY(CopyBatches(ctx, run, **typed));
  } else {
    CULVERT_TRY(CopyCoded(ctx, run, tries));
  }
  result.rows_read = run.rows;
  result.rows_written = run.rows - result.rows_dirty - result.rows_filtered;
  result.content_hash = run.hash.value();
  return {};
}

void BlockCopier::Begin(Run& run) {
  run.sink.emplace(BlockSink::Where{.target = *services_.target,
                                    .session = static_cast<std::size_t>(run.block.session),
                                    .block_id = run.block.block_id,
                                    .codec = spec_.target_codec()},
                   run.result, coded_);
  run.hash = wire::ContentHash(spec_.target_layout());
  if (services_.dirty_sink != nullptr) run.kept = services_.dirty_sink->Open(run.block);
  run.totals = {};
  run.rows = 0;
  run.result.rows_dirty = run.result.rows_filtered = run.result.bytes_raw = 0;
}

Status BlockCopier::CopyCoded(const OpContext& ctx, Run& run, Tries& tries) {
  CodedSource& source = *std::get<CodedSource*>(services_.source);
  const bool may_forward = spec_.route() == syncjob::Route::kPassThrough && !metrics_seen_ &&
                           spec_.target_codec() != wire::Codec::kIdentity;
  for (int forward_tries = 0;;) {
    Status status;
    {
      std::unique_ptr<CodedReader> reader;
      {
        const WaitTimer timer(ctx.clock, run.result.read_wait_ns);
        auto opened = source.Open(ctx, {.unit = static_cast<std::size_t>(run.block.source),
                                        .start = run.block.start + run.rows,
                                        .rows = run.block.rows - run.rows});
        if (opened) {
          reader = *std::move(opened);
        } else {
          status = Fail(std::move(opened.error()));
        }
      }
      if (status) {
        run.forward = may_forward && !metrics_seen_ && run.rows == 0 && !run.sink->opened() &&
                      forward_tries < kForwardTriesMax && reader->codec() == spec_.target_codec();
        forward_tries += static_cast<int>(run.forward);
        status = run.forward ? ForwardBlock(ctx, run, *reader) : CopySegment(ctx, run, *reader);
      }
    }
    if (status) break;
    if (run.target_failed) return status;
    if (run.forward) {
      // Bytes of a body that broke off are on their way: this block must be written anew, and the
      // target forgets an upload that is cut short.
      Begin(run);
      TakeBack();
      if (metrics_seen_ && status.error().reason == "TrailerMetrics") continue;
    } else {
      tries.Reached(run.rows, ctx.clock);
      // All rows are here, but not the trailer that vouches for the last of them: the whole block
      // is copied again.
      if (run.rows >= run.block.rows) return status;
    }
    CULVERT_TRY(tries.Wait(ctx, std::move(status.error())));
  }
  if (run.rows != run.block.rows) return Fail(SourceChanged(run.block, run.rows));
  CULVERT_TRY(FinishDirty(ctx, run));
  return run.forward ? run.sink->FinishCoded(ctx) : run.sink->Finish(ctx, run.totals);
}

Status BlockCopier::CopySegment(const OpContext& ctx, Run& run, CodedReader& reader) {
  run.target_failed = false;
  CULVERT_ASSIGN_OR_RETURN(const std::unique_ptr<RecordStage> stage,
                           MakeStage({.spec = spec_,
                                      .unit = static_cast<std::size_t>(run.block.source),
                                      .first_row = run.block.start + run.rows,
                                      .field_bytes_max = services_.field_bytes_max,
                                      .dirty = *services_.dirty,
                                      .kept = run.kept.get(),
                                      .buffer = records_}));
  wire::StreamTotals segment;  // of the records handed on, should the next step fail
  Status status = PumpSegment(ctx, run, reader, *stage, segment);
  run.totals = run.totals.records == 0 ? segment : CombineTotals(run.totals, segment);
  return status;
}

Status BlockCopier::PumpSegment(const OpContext& ctx, Run& run, CodedReader& reader,
                                RecordStage& stage, wire::StreamTotals& totals) {
  BodyReader body(reader, run.result);
  std::size_t wanted = 0;  // window size below which the last record cannot be whole
  window_.Clear();
  for (bool more = true; more;) {
    CULVERT_ASSIGN_OR_RETURN(more, body.Fill(ctx, window_));
    if (more && window_.size() < wanted) continue;
    for (;;) {
      auto step = stage.Take(ctx, window_.Readable());
      if (!step) {
        // A sink that took some of the rows must not see them again: the block begins anew.
        run.target_failed = run.kept != nullptr && run.kept->failed();
        return Fail(std::move(step.error()));
      }
      const Taken& taken = *step;
      if (taken.window_bytes == 0) break;
      CULVERT_TRY(Throttle(ctx, taken.rows, taken.records.size(), run.result));
      if (spec_.hash()) run.hash.Add(taken.records);
      if (Status written = run.sink->Records(ctx, taken.records); !written) {
        run.target_failed = true;
        return written;
      }
      totals = stage.target_totals();
      run.rows += taken.rows;
      run.result.rows_dirty += taken.rows_dirty;
      run.result.rows_filtered += taken.rows_filtered;
      run.result.bytes_raw += taken.records.size();
      Count(taken.rows, taken.records.size(), taken.rows_dirty);
      CULVERT_TRY(CheckDirty(ctx, run, taken.rows_dirty));
      window_.Consume(taken.window_bytes);
      if (run.rows > run.block.rows) return Fail(SourceChanged(run.block, run.rows));
    }
    // A large record is looked at again only once the window has doubled: its cost stays linear.
    wanted = window_.size() > kWindowBytes ? window_.size() * 2 : 0;
    if (window_.size() > wire::kRecordBytesMax + kWindowBytes) {
      return Fail(OutOfRange("a record is larger than 200 MiB").Because("RecordTooLarge"));
    }
  }
  return stage.Finish();
}

Status BlockCopier::ForwardBlock(const OpContext& ctx, Run& run, CodedReader& reader) {
  run.target_failed = false;
  wire::RecordValidator validator(spec_.source_layout());
  BodyReader body(reader, run.result,
                  [&run](const OpContext& inner, std::span<const std::byte> coded) {
                    return run.sink->Coded(inner, coded);
                  });
  std::size_t wanted = 0;
  window_.Clear();
  for (bool more = true; more;) {
    auto filled = body.Fill(ctx, window_);
    if (!filled) {
      run.target_failed = body.tap_failed();
      return Fail(std::move(filled.error()));
    }
    more = *filled;
    if (more && window_.size() < wanted) continue;
    CULVERT_ASSIGN_OR_RETURN(const wire::Consumed consumed, validator.Consume(window_.Readable()));
    const auto records = window_.Readable().first(consumed.record_bytes);
    CULVERT_TRY(Throttle(ctx, consumed.records, records.size(), run.result));
    if (spec_.hash()) run.hash.Add(records);
    run.rows += consumed.records;
    run.result.bytes_raw += records.size();
    Count(consumed.records, records.size(), 0);
    window_.Consume(consumed.total_bytes);
    wanted = consumed.total_bytes == 0 ? window_.size() * 2 : 0;
    if (window_.size() > wire::kRecordBytesMax + kWindowBytes) {
      return Fail(OutOfRange("a record is larger than 200 MiB").Because("RecordTooLarge"));
    }
  }
  CULVERT_TRY(validator.Finish());
  if (validator.has_metrics()) {
    metrics_seen_ = true;
    return Fail(DataLoss("the trailer carries metrics, which an upload must not repeat")
                    .Because("TrailerMetrics"));
  }
  return {};
}

Status BlockCopier::CopyBatches(const OpContext& ctx, Run& run, BatchSource& source) {
  CULVERT_ASSIGN_OR_RETURN(const std::unique_ptr<BatchReader> reader,
                           source.Open(ctx, {.unit = static_cast<std::size_t>(run.block.source),
                                             .start = run.block.start,
                                             .rows = run.block.rows}));
  CULVERT_ASSIGN_OR_RETURN(BatchConverter converter,
                           BatchConverter::Make(spec_, static_cast<std::size_t>(run.block.source),
                                                services_.field_bytes_max));
  record::RecordBatch in = record::RecordBatch::Make(spec_.source_layout().columns());
  record::RecordBatch out;
  for (;;) {
    CULVERT_TRY(ctx.Check());
    in.Clear();
    {
      const WaitTimer timer(ctx.clock, run.result.read_wait_ns);
      CULVERT_TRY(reader->Next(ctx, in));
    }
    if (in.rows == 0) break;
    const BatchConverter::Lost lost =
        converter.Convert(in, run.block.start + run.rows, ctx.log, *services_.dirty, out);
    if (run.kept != nullptr) {
      CULVERT_TRY(run.kept->Add(ctx, in, run.block.start + run.rows, converter.marks()));
    }
    records_.Clear();
    wire::EncodeBatch(spec_.target_layout(), out, records_, run.totals);
    CULVERT_TRY(Throttle(ctx, in.rows, records_.size(), run.result));
    if (spec_.hash()) run.hash.Add(records_.Readable());
    CULVERT_TRY(run.sink->Records(ctx, records_.Readable()));
    run.rows += in.rows;
    run.result.rows_dirty += lost.dirty;
    run.result.rows_filtered += lost.filtered;
    run.result.bytes_raw += records_.size();
    Count(in.rows, records_.size(), lost.dirty);
    CULVERT_TRY(CheckDirty(ctx, run, lost.dirty));
  }
  if (run.rows != run.block.rows) return Fail(SourceChanged(run.block, run.rows));
  CULVERT_TRY(FinishDirty(ctx, run));
  return run.sink->Finish(ctx, run.totals);
}

}  // namespace culvert::runner
