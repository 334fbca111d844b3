// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/record_stage.h"

#include "runner/engine/convert_batch.h"

#include <utility>

namespace culvert::runner {
namespace {

namespace wire = maxcompute::wire;

class PassThroughStage final : public RecordStage {
 public:
  explicit PassThroughStage(const StageInput& input) : validator_(input.spec.source_layout()) {}

  Result<Taken> Take(const OpContext& /*ctx*/, std::span<const std::byte> window) override {
    CULVERT_ASSIGN_OR_RETURN(const wire::Consumed consumed, validator_.Consume(window));
    return Taken{.window_bytes = consumed.total_bytes,
                 .rows = consumed.records,
                 .rows_dirty = 0,
                 .rows_filtered = 0,
                 .records = window.first(consumed.record_bytes)};
  }
  Status Finish() const override { return validator_.Finish(); }
  wire::StreamTotals target_totals() const override { return validator_.totals(); }
  bool has_metrics() const override { return validator_.has_metrics(); }

 private:
  wire::RecordValidator validator_;
};

class TranscodeStage final : public RecordStage {
 public:
  TranscodeStage(wire::RecordTranscoder transcoder, ByteBuffer& buffer)
      : transcoder_(std::move(transcoder)), buffer_(buffer) {}

  Result<Taken> Take(const OpContext& /*ctx*/, std::span<const std::byte> window) override {
    buffer_.Clear();
    CULVERT_ASSIGN_OR_RETURN(const wire::Consumed consumed, transcoder_.Consume(window, buffer_));
    return Taken{.window_bytes = consumed.total_bytes,
                 .rows = consumed.records,
                 .rows_dirty = 0,
                 .rows_filtered = 0,
                 .records = buffer_.Readable()};
  }
  Status Finish() const override { return transcoder_.Finish(); }
  wire::StreamTotals target_totals() const override { return transcoder_.target_totals(); }

 private:
  wire::RecordTranscoder transcoder_;
  ByteBuffer& buffer_;
};

class TypedStage final : public RecordStage {
 public:
  TypedStage(const StageInput& input, BatchConverter converter)
      : spec_(input.spec),
        dirty_(input.dirty),
        kept_(input.kept),
        buffer_(input.buffer),
        row_(input.first_row),
        decoder_(input.spec.source_layout()),
        converter_(std::move(converter)),
        in_(record::RecordBatch::Make(input.spec.source_layout().columns())) {}

  Result<Taken> Take(const OpContext& ctx, std::span<const std::byte> window) override {
    buffer_.Clear();
    in_.Clear();
    CULVERT_ASSIGN_OR_RETURN(const wire::Consumed consumed, decoder_.Decode(window, in_));
    const BatchConverter::Lost lost = converter_.Convert(in_, row_, ctx.log, dirty_, out_);
    if (kept_ != nullptr) CULVERT_TRY(kept_->Add(ctx, in_, row_, converter_.marks()));
    wire::EncodeBatch(spec_.target_layout(), out_, buffer_, totals_);
    row_ += in_.rows;
    return Taken{.window_bytes = consumed.total_bytes,
                 .rows = in_.rows,
                 .rows_dirty = lost.dirty,
                 .rows_filtered = lost.filtered,
                 .records = buffer_.Readable()};
  }
  Status Finish() const override { return decoder_.Finish(); }
  wire::StreamTotals target_totals() const override { return totals_; }

 private:
  const CopySpec& spec_;
  DirtyRows& dirty_;
  DirtyBlock* kept_;
  ByteBuffer& buffer_;
  std::uint64_t row_;
  wire::BatchDecoder decoder_;
  BatchConverter converter_;
  record::RecordBatch in_;
  record::RecordBatch out_;
  wire::StreamTotals totals_;
};

}  // namespace

Result<std::unique_ptr<RecordStage>> MakeStage(const StageInput& input) {
  switch (input.spec.route()) {
    case syncjob::Route::kPassThrough:
      return std::make_unique<PassThroughStage>(input);
    case syncjob::Route::kTranscode: {
      CULVERT_ASSIGN_OR_RETURN(auto origins, input.spec.Origins(input.unit));
      auto transcoder = wire::RecordTranscoder::Make(input.spec.source_layout(),
                                                     input.spec.target_layout(), std::move(origins),
                                                     {.empty_as_null = input.spec.empty_as_null()});
      if (!transcoder) {
        return Fail(std::move(transcoder.error()).Because("SchemaMismatch"));
      }
      return std::make_unique<TranscodeStage>(*std::move(transcoder), input.buffer);
    }
    case syncjob::Route::kTyped: {
      CULVERT_ASSIGN_OR_RETURN(BatchConverter converter,
                               BatchConverter::Make(input.spec, input.unit, input.field_bytes_max));
      return std::make_unique<TypedStage>(input, std::move(converter));
    }
  }
  return Fail(Internal("the plan names no route"));
}

}  // namespace culvert::runner
