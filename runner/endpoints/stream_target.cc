// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/endpoints/stream_target.h"

#include "libs/base/byte_buffer.h"
#include "runner/engine/row_text.h"

#include <string>
#include <utility>

namespace culvert::runner {

namespace wire = maxcompute::wire;

class StreamTarget::Discard final : public BlockWriter {
 public:
  Status Write(const OpContext& ctx, std::span<const std::byte> /*bytes*/) override {
    return ctx.Check();
  }
  Status Finish(const OpContext& ctx) override { return ctx.Check(); }
};

class StreamTarget::Printer final : public BlockWriter {
 public:
  explicit Printer(StreamTarget& target)
      : target_(target),
        decoder_(target.layout_),
        batch_(record::RecordBatch::Make(target.layout_.columns())) {}

  Status Write(const OpContext& ctx, std::span<const std::byte> bytes) override {
    CULVERT_TRY(ctx.Check());
    window_.Append(bytes);
    for (;;) {
      batch_.Clear();
      CULVERT_ASSIGN_OR_RETURN(const wire::Consumed consumed,
                               decoder_.Decode(window_.Readable(), batch_));
      if (consumed.total_bytes == 0) return {};
      window_.Consume(consumed.total_bytes);
      lines_.clear();
      for (std::size_t row = 0; row < batch_.rows; ++row) {
        AppendRowJson(target_.layout_.columns(), batch_, row, lines_);
        lines_ += '\n';
      }
      const MutexLock lock(target_.mutex_);
      CULVERT_TRY(target_.print_(lines_));
    }
  }
  Status Finish(const OpContext& /*ctx*/) override { return decoder_.Finish(); }

 private:
  StreamTarget& target_;
  wire::BatchDecoder decoder_;
  record::RecordBatch batch_;
  ByteBuffer window_;
  std::string lines_;
};

Result<std::unique_ptr<BlockWriter>> StreamTarget::OpenBlock(const OpContext& /*ctx*/,
                                                             std::size_t /*session*/,
                                                             std::uint64_t /*block_id*/,
                                                             wire::Codec codec) {
  if (codec != wire::Codec::kIdentity) {
    return Fail(InvalidArgument("a stream target takes plain records only"));
  }
  if (print_) return std::make_unique<Printer>(*this);
  return std::make_unique<Discard>();
}

Result<SessionView> StreamTarget::Load(const OpContext& /*ctx*/, std::size_t /*session*/) {
  return Fail(Internal("a stream target has no sessions"));
}

Status StreamTarget::Commit(const OpContext& /*ctx*/, std::size_t /*session*/) {
  return Fail(Internal("a stream target has nothing to commit"));
}

}  // namespace culvert::runner
