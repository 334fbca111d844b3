// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/runner/engine/fakes.h"

#include "libs/base/check.h"
#include "libs/record/type.h"

#include <algorithm>
#include <utility>

namespace culvert::test {
namespace {

namespace wire = maxcompute::wire;

class PieceReader final : public runner::CodedReader {
 public:
  PieceReader(wire::Codec codec, std::vector<std::byte> bytes, ReadFault fault)
      : codec_(codec), bytes_(std::move(bytes)), fault_(std::move(fault)) {
    if (fault_.flip_byte < bytes_.size()) bytes_[fault_.flip_byte] ^= std::byte{0x10};
    if (fault_.flip_from_end > 0) bytes_[bytes_.size() - fault_.flip_from_end] ^= std::byte{1};
  }
  wire::Codec codec() const override { return codec_; }
  Result<std::span<const std::byte>> Read(const OpContext& ctx) override {
    CULVERT_TRY(ctx.Check());
    const std::size_t end = std::min<std::uint64_t>(bytes_.size(), fault_.cut_after);
    const std::size_t size = std::min<std::size_t>(1000, end - at_);
    if (size == 0 && fault_.cut_after < bytes_.size() && !fault_.clean_end) {
      return Fail(Unavailable("the connection was reset"));
    }
    const std::span<const std::byte> piece(bytes_.data() + at_, size);
    at_ += size;
    return piece;
  }

 private:
  wire::Codec codec_;
  std::vector<std::byte> bytes_;
  ReadFault fault_;
  std::size_t at_ = 0;
};

std::vector<std::byte> ToVector(const ByteBuffer& buffer) {
  return {buffer.Readable().begin(), buffer.Readable().end()};
}

}  // namespace

std::vector<std::byte> Coded(wire::Codec codec, std::span<const std::byte> plain) {
  if (codec == wire::Codec::kIdentity) return {plain.begin(), plain.end()};
  const auto compressor = wire::MakeCompressor(codec);
  ByteBuffer out;
  while (!plain.empty()) {
    const auto step = compressor->Compress(plain, out.Reserve(4096));
    CULVERT_CHECK(step.has_value());
    plain = plain.subspan(step->consumed);
    out.Commit(step->produced);
  }
  for (bool finished = false; !finished;) {
    const auto tail = compressor->Finish(out.Reserve(4096));
    CULVERT_CHECK(tail.has_value());
    out.Commit(tail->produced);
    finished = tail->finished;
  }
  return ToVector(out);
}

std::vector<std::byte> Plain(wire::Codec codec, std::span<const std::byte> coded) {
  if (codec == wire::Codec::kIdentity) return {coded.begin(), coded.end()};
  const auto decompressor = wire::MakeDecompressor(codec);
  ByteBuffer out;
  for (;;) {
    const auto step = decompressor->Decompress(coded, out.Reserve(65536));
    if (!step) return {};
    coded = coded.subspan(step->consumed);
    out.Commit(step->produced);
    if (coded.empty() && step->produced == 0) break;
  }
  if (!decompressor->Finish()) return {};
  return ToVector(out);
}

std::vector<record::Column> TestColumns() {
  return {{.name = "id",
           .type = record::Type::Parse("bigint").value(),
           .nullable = true,
           .comment = {},
           .default_value = {}},
          {.name = "name",
           .type = record::Type::Parse("string").value(),
           .nullable = true,
           .comment = {},
           .default_value = {}}};
}

record::RecordBatch TestRows(std::uint64_t first, std::uint64_t rows) {
  record::RecordBatch batch = record::RecordBatch::Make(TestColumns());
  for (std::uint64_t row = first; row < first + rows; ++row) {
    batch.columns[0].AppendInt64(static_cast<std::int64_t>(row));
    if (row % 7 == 0) {
      batch.columns[1].AppendNull();
    } else {
      batch.columns[1].AppendBytes("name " + std::to_string(row) + std::string(row % 50, 'x'));
    }
    ++batch.rows;
  }
  return batch;
}

std::vector<std::byte> TestStream(std::uint64_t first, std::uint64_t rows) {
  const wire::RecordLayout layout(TestColumns());
  ByteBuffer out;
  wire::StreamTotals totals;
  wire::EncodeBatch(layout, TestRows(first, rows), out, totals);
  wire::EncodeTrailer(totals, out);
  return ToVector(out);
}

std::vector<runner::SourceRange> FakeSource::opened() const {
  const MutexLock lock(mutex_);
  return opened_;
}

Result<std::unique_ptr<runner::CodedReader>> FakeSource::Open(const OpContext& /*ctx*/,
                                                              const runner::SourceRange& range) {
  ReadFault fault;
  {
    const MutexLock lock(mutex_);
    opened_.push_back(range);
    if (!faults_.empty()) {
      fault = std::move(faults_.front());
      faults_.pop_front();
    }
  }
  if (fault.on_open) return Fail(*fault.on_open);
  const auto stream = TestStream(range.start, range.rows - std::min(range.rows, missing_rows));
  return std::make_unique<PieceReader>(codec_, Coded(codec_, stream), std::move(fault));
}

class FakeTarget::Writer final : public runner::BlockWriter {
 public:
  Writer(FakeTarget& target, std::size_t session, std::uint64_t block_id, wire::Codec codec,
         WriteFault fault)
      : target_(target), session_(session), block_id_(block_id), codec_(codec), fault_(fault) {}

  Status Write(const OpContext& ctx, std::span<const std::byte> bytes) override {
    CULVERT_TRY(ctx.Check());
    if (fault_ == WriteFault::kFailWrite) return Fail(Unavailable("the upload was reset"));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return {};
  }
  Status Finish(const OpContext& /*ctx*/) override {
    if (fault_ == WriteFault::kFailFinish) return Fail(Unavailable("the upload was reset"));
    FakeBlock block{.plain = Plain(codec_, bytes_)};
    wire::RecordValidator validator(target_.layout_);
    const auto consumed = validator.Consume(block.plain);
    if (!consumed || !validator.Finish()) return Fail(DataLoss("the block is no record stream"));
    block.rows = validator.totals().records;
    const MutexLock lock(target_.mutex_);
    target_.blocks[session_][block_id_] = std::move(block);
    if (fault_ == WriteFault::kKeepThenFail) return Fail(Unavailable("the answer was lost"));
    return {};
  }

 private:
  FakeTarget& target_;
  std::size_t session_;
  std::uint64_t block_id_;
  wire::Codec codec_;
  WriteFault fault_;
  std::vector<std::byte> bytes_;
};

Result<std::unique_ptr<runner::BlockWriter>> FakeTarget::OpenBlock(const OpContext& /*ctx*/,
                                                                   std::size_t session,
                                                                   std::uint64_t block_id,
                                                                   wire::Codec codec) {
  const MutexLock lock(mutex_);
  ++opened;
  if (states[session] != runner::SessionState::kOpen) {
    return Fail(
        FailedPrecondition("the session takes no blocks any more").Because("SessionExpired"));
  }
  WriteFault fault = WriteFault::kNone;
  if (!write_faults.empty()) {
    fault = write_faults.front();
    write_faults.pop_front();
  }
  return std::make_unique<Writer>(*this, session, block_id, codec, fault);
}

Result<runner::SessionView> FakeTarget::Load(const OpContext& /*ctx*/, std::size_t session) {
  const MutexLock lock(mutex_);
  if (const auto error = load_errors.find(session); error != load_errors.end()) {
    return Fail(Error(error->second));
  }
  runner::SessionView view;
  view.field_bytes_max = field_bytes_max;
  view.state = states[session];
  view.state_name = "STATE";
  for (const auto& [id, block] : blocks[session]) {
    view.blocks.push_back({.block_id = id, .rows = block.rows});
  }
  // What settles is settled at the next look.
  if (view.state == runner::SessionState::kSettling) {
    states[session] = runner::SessionState::kCommitted;
  }
  return view;
}

Status FakeTarget::Commit(const OpContext& /*ctx*/, std::size_t session) {
  const MutexLock lock(mutex_);
  ++commits;
  CommitFault fault = CommitFault::kNone;
  if (!commit_faults.empty()) {
    fault = commit_faults.front();
    commit_faults.pop_front();
  }
  switch (fault) {
    case CommitFault::kNone:
      states[session] = runner::SessionState::kCommitted;
      return {};
    case CommitFault::kApplyThenFail:
      states[session] = runner::SessionState::kCommitted;
      return Fail(Unavailable("the answer was lost"));
    case CommitFault::kFailOnly:
      return Fail(Unavailable("status 500"));
    case CommitFault::kRefuse:
      return Fail(PermissionDenied("no"));
    case CommitFault::kSettle:
      states[session] = runner::SessionState::kSettling;
      return Fail(DeadlineExceeded("too slow"));
    case CommitFault::kLose:
      states[session] = runner::SessionState::kLost;
      return Fail(Unavailable("status 500"));
  }
  return {};
}

}  // namespace culvert::test
