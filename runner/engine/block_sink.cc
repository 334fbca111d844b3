// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/block_sink.h"

#include <cstddef>

namespace culvert::runner {
namespace {

namespace wire = maxcompute::wire;

constexpr std::size_t kCodedWriteBytes = std::size_t{256} * 1024;

}  // namespace

Status BlockSink::Open(const OpContext& ctx) {
  if (writer_ != nullptr) return {};
  const WaitTimer timer(ctx.clock, result_.write_wait_ns);
  CULVERT_ASSIGN_OR_RETURN(
      writer_, where_.target.OpenBlock(ctx, where_.session, where_.block_id, where_.codec));
  return {};
}

Status BlockSink::Coded(const OpContext& ctx, std::span<const std::byte> bytes) {
  CULVERT_TRY(Open(ctx));
  const WaitTimer timer(ctx.clock, result_.write_wait_ns);
  CULVERT_TRY(writer_->Write(ctx, bytes));
  result_.bytes_written += bytes.size();
  return {};
}

Status BlockSink::Compress(const OpContext& ctx, std::span<const std::byte> bytes) {
  if (compressor_ == nullptr) {
    compressor_ = wire::MakeCompressor(where_.codec);
    scratch_.Clear();
  }
  while (!bytes.empty()) {
    const std::span<std::byte> room = scratch_.Reserve(kCodedWriteBytes);
    CULVERT_ASSIGN_OR_RETURN(const wire::Step step, compressor_->Compress(bytes, room));
    bytes = bytes.subspan(step.consumed);
    scratch_.Commit(step.produced);
    if (step.consumed == 0 && step.produced == 0) {
      return Fail(Internal("the compressor takes no more bytes"));
    }
    if (scratch_.size() >= kCodedWriteBytes) {
      CULVERT_TRY(Coded(ctx, scratch_.Readable()));
      scratch_.Clear();
    }
  }
  return {};
}

Status BlockSink::CompressTail(const OpContext& ctx) {
  for (bool finished = false; !finished;) {
    const std::span<std::byte> room = scratch_.Reserve(kCodedWriteBytes);
    CULVERT_ASSIGN_OR_RETURN(const wire::Compressor::Tail tail, compressor_->Finish(room));
    scratch_.Commit(tail.produced);
    finished = tail.finished;
    CULVERT_TRY(Coded(ctx, scratch_.Readable()));
    scratch_.Clear();
  }
  return {};
}

Status BlockSink::Records(const OpContext& ctx, std::span<const std::byte> records) {
  if (records.empty()) return {};
  return where_.codec == wire::Codec::kIdentity ? Coded(ctx, records) : Compress(ctx, records);
}

Status BlockSink::Finish(const OpContext& ctx, const wire::StreamTotals& totals) {
  ByteBuffer trailer;
  wire::EncodeTrailer(totals, trailer);
  CULVERT_TRY(Records(ctx, trailer.Readable()));
  if (compressor_ != nullptr) CULVERT_TRY(CompressTail(ctx));
  return FinishCoded(ctx);
}

Status BlockSink::FinishCoded(const OpContext& ctx) {
  CULVERT_TRY(Open(ctx));
  const WaitTimer timer(ctx.clock, result_.write_wait_ns);
  return writer_->Finish(ctx);
}

}  // namespace culvert::runner
