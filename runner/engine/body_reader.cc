// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/body_reader.h"

#include <utility>

namespace culvert::runner {

namespace wire = maxcompute::wire;

BodyReader::BodyReader(CodedReader& reader, BlockResult& result, Tap tap)
    : reader_(reader), result_(result), tap_(std::move(tap)) {
  if (reader.codec() != wire::Codec::kIdentity) {
    decompressor_ = wire::MakeDecompressor(reader.codec());
  }
}

Result<std::span<const std::byte>> BodyReader::ReadCoded(const OpContext& ctx) {
  std::span<const std::byte> bytes;
  {
    const WaitTimer timer(ctx.clock, result_.read_wait_ns);
    CULVERT_ASSIGN_OR_RETURN(bytes, reader_.Read(ctx));
  }
  result_.bytes_read += bytes.size();
  if (tap_ && !bytes.empty()) {
    if (Status tapped = tap_(ctx, bytes); !tapped) {
      tap_failed_ = true;
      return Fail(std::move(tapped.error()));
    }
  }
  return bytes;
}

Result<bool> BodyReader::Fill(const OpContext& ctx, ByteBuffer& window) {
  if (decompressor_ == nullptr) {
    CULVERT_ASSIGN_OR_RETURN(const std::span<const std::byte> bytes, ReadCoded(ctx));
    window.Append(bytes);
    return !bytes.empty();
  }
  for (;;) {
    while (!coded_.empty() || more_output_) {
      const std::span<std::byte> room = window.Reserve(kWindowBytes).first(kWindowBytes);
      CULVERT_ASSIGN_OR_RETURN(const wire::Step step, decompressor_->Decompress(coded_, room));
      if (step.consumed == 0 && step.produced == 0 && !coded_.empty()) {
        return Fail(DataLoss("a compressed body does not go on where it should"));
      }
      coded_ = coded_.subspan(step.consumed);
      window.Commit(step.produced);
      more_output_ = step.produced == room.size();
      if (step.produced > 0) return true;
    }
    CULVERT_ASSIGN_OR_RETURN(coded_, ReadCoded(ctx));
    if (coded_.empty()) {
      CULVERT_TRY(decompressor_->Finish());
      return false;
    }
  }
}

}  // namespace culvert::runner
