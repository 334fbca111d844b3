// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/base/mutex.h"
#include "libs/maxcompute/wire/codec.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "runner/engine/source.h"
#include "runner/engine/target.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// A source and a target in memory that misbehave on demand.

namespace culvert::test {

/// Coded by `codec`, whole.
std::vector<std::byte> Coded(maxcompute::wire::Codec codec, std::span<const std::byte> plain);
/// The reverse.
std::vector<std::byte> Plain(maxcompute::wire::Codec codec, std::span<const std::byte> coded);

/// `id bigint, name string`.
std::vector<record::Column> TestColumns();
/// Rows first .. first + rows - 1 of TestColumns.
record::RecordBatch TestRows(std::uint64_t first, std::uint64_t rows);
/// Those as a record stream with its trailer.
std::vector<std::byte> TestStream(std::uint64_t first, std::uint64_t rows);

/// How one opened download ends before its time.
struct ReadFault {
  std::optional<Error> on_open = std::nullopt;
  std::uint64_t cut_after = UINT64_MAX;  // bytes delivered before the reader fails
  bool clean_end = false;                // ends there instead of failing
  std::uint64_t flip_byte = UINT64_MAX;  // this byte has a bit flipped
  std::uint64_t flip_from_end = 0;       // so has this one, counted from the end
};

/// One unit of TestRows. Each Open takes the next fault of the queue, none when it is empty.
class FakeSource final : public runner::CodedSource {
 public:
  explicit FakeSource(maxcompute::wire::Codec codec = maxcompute::wire::Codec::kIdentity)
      : codec_(codec) {}
  void Push(ReadFault fault) { faults_.push_back(std::move(fault)); }
  std::vector<runner::SourceRange> opened() const;
  /// Rows that a full range lacks at its end: a source that changed.
  std::uint64_t missing_rows = 0;

  Result<std::unique_ptr<runner::CodedReader>> Open(const OpContext& ctx,
                                                    const runner::SourceRange& range) override;

 private:
  maxcompute::wire::Codec codec_;
  mutable Mutex mutex_;
  std::deque<ReadFault> faults_;
  std::vector<runner::SourceRange> opened_;
};

/// One block on the fake target, as decoded by its codec.
struct FakeBlock {
  std::vector<std::byte> plain;
  std::uint64_t rows = 0;
};

/// Sessions in memory; a block is kept only when its stream is whole and valid.
class FakeTarget final : public runner::Target {
 public:
  explicit FakeTarget(std::vector<record::Column> columns) : layout_(std::move(columns)) {}

  enum class WriteFault { kNone, kFailWrite, kFailFinish, kKeepThenFail };
  std::deque<WriteFault> write_faults;
  /// What Commit does, in turn; applied and answered when empty.
  enum class CommitFault { kNone, kApplyThenFail, kFailOnly, kRefuse, kSettle, kLose };
  std::deque<CommitFault> commit_faults;
  std::map<std::size_t, runner::SessionState> states;
  std::map<std::size_t, std::map<std::uint64_t, FakeBlock>> blocks;
  std::map<std::size_t, Error> load_errors;  // what Load says of a session
  std::uint64_t field_bytes_max = 0;
  int commits = 0;
  int opened = 0;

  Result<std::unique_ptr<runner::BlockWriter>> OpenBlock(const OpContext& ctx, std::size_t session,
                                                         std::uint64_t block_id,
                                                         maxcompute::wire::Codec codec) override;
  Result<runner::SessionView> Load(const OpContext& ctx, std::size_t session) override;
  Status Commit(const OpContext& ctx, std::size_t session) override;
  bool has_sessions() const override { return true; }

 private:
  class Writer;
  maxcompute::wire::RecordLayout layout_;
  Mutex mutex_;
};

}  // namespace culvert::test
