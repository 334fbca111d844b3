// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/wire/codec.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace culvert::runner {

/// One block being written: a record stream with its trailer, coded as opened. One thread at a
/// time.
class BlockWriter {
 public:
  virtual ~BlockWriter() = default;  // before Finish: the target keeps nothing of the block
  virtual Status Write(const OpContext& ctx, std::span<const std::byte> bytes) = 0;
  /// Success: the target holds the whole block. Error: it may or may not; the block is written
  /// again under the same id, which replaces it.
  virtual Status Finish(const OpContext& ctx) = 0;
};

/// What became of an upload session.
enum class SessionState : std::uint8_t {
  kOpen,       // takes blocks, not committed
  kSettling,   // a commit is under way
  kCommitted,  // rows are visible
  kLost,       // expired, cancelled, critical or gone: takes nothing any more
};

struct BlockOnTarget {
  std::uint64_t block_id = 0;
  std::uint64_t rows = 0;
};

struct SessionView {
  SessionState state = SessionState::kOpen;
  std::string state_name;  // as the target calls it, for messages
  std::uint64_t field_bytes_max = 0;
  std::vector<BlockOnTarget> blocks;
};

/// Where rows go: blocks of upload sessions (indices into Plan::sessions) that become visible by a
/// commit. Thread-safe.
class Target {
 public:
  virtual ~Target() = default;
  /// One try. SessionExpired is final.
  virtual Result<std::unique_ptr<BlockWriter>> OpenBlock(const OpContext& ctx, std::size_t session,
                                                         std::uint64_t block_id,
                                                         maxcompute::wire::Codec codec) = 0;
  /// The session as the target sees it now; a session that it does not know any more is kLost.
  /// Retried inside.
  virtual Result<SessionView> Load(const OpContext& ctx, std::size_t session) = 0;
  /// Sends one commit, never repeated by itself. On any error the caller asks Load what became of
  /// it.
  virtual Status Commit(const OpContext& ctx, std::size_t session) = 0;
  /// False for a target that counts or prints: there is nothing to load or commit.
  virtual bool has_sessions() const = 0;
};

}  // namespace culvert::runner
