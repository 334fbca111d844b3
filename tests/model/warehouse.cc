// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/warehouse.h"

namespace culvert::control::model {
namespace {

using syncjob::ExitCode;
using Session = Warehouse::Session;

constexpr std::uint8_t kAllBlocks = (1U << kShards) - 1;

std::uint8_t Bit(std::uint64_t shard) { return static_cast<std::uint8_t>(1U << shard); }

Deed Ends(ExitCode code, const char* reason) {
  return {.exit_code = static_cast<int>(code), .reason = reason};
}

/// A session is gone that an earlier pod may have committed.
Deed Lost(const Shape& shape, bool may_have_committed) {
  if (may_have_committed && !shape.truncate) {
    return Ends(ExitCode::kCommitUnknown, "CommitOutcomeUnknown");
  }
  return Ends(ExitCode::kSessionExpired, "SessionExpired");
}

void Show(const Shape& shape, Warehouse& warehouse, Session& session) {
  if (shape.truncate && shape.consistency_commit) {
    warehouse.visible = {};
    warehouse.old_rows = false;
  }
  for (std::uint64_t shard = 0; shard < kShards; ++shard) {
    if ((session.blocks & Bit(shard)) != 0) ++warehouse.visible[shard];
  }
  session.state = Warehouse::kCommitted;
}

std::size_t Index(std::int32_t attempt) { return static_cast<std::size_t>(attempt); }

}  // namespace

Deed OpenSessions(const Shape& shape, Warehouse& warehouse, std::int32_t attempt,
                  std::int32_t previous) {
  warehouse.session_of[Index(attempt)] = static_cast<std::uint8_t>(attempt);
  const bool overwrites = shape.truncate && shape.consistency_commit;
  if (overwrites && previous > 0 && warehouse.Of(shape, previous, 0).state == Warehouse::kOpen) {
    warehouse.session_of[Index(attempt)] = warehouse.session_of[Index(previous)];
    return {};
  }
  for (std::uint64_t shard = 0; shard < kShards; ++shard) {
    warehouse.Of(shape, attempt, shard) = {.state = Warehouse::kOpen, .blocks = 0};
  }
  return {};
}

Deed PrepareTarget(const Shape& shape, Warehouse& warehouse, std::int32_t attempt) {
  for (std::uint64_t shard = 0; shard < kShards; ++shard) {
    const Session& session = warehouse.Of(shape, attempt, shard);
    if (session.state != Warehouse::kOpen || session.blocks != 0) return {};  // prepared before
  }
  Deed deed;
  for (std::size_t other = Index(attempt) + 1; other < kAttemptsMax; ++other) {
    for (const Session& session : warehouse.sessions[other]) {
      if (session.state == Warehouse::kCommitted) {
        deed.crime = "attempt " + std::to_string(attempt) + " truncates what attempt " +
                     std::to_string(other) + " committed";
      }
    }
  }
  warehouse.visible = {};
  warehouse.old_rows = false;
  return deed;
}

Deed TransferShard(const Shape& shape, Warehouse& warehouse, std::int32_t attempt,
                   std::uint64_t shard) {
  Session& session = warehouse.Of(shape, attempt, shard);
  if (session.state == Warehouse::kLost) return Lost(shape, !shape.consistency_commit);
  if (session.state == Warehouse::kOpen) {
    session.blocks |= Bit(shard);
    if (!shape.consistency_commit) Show(shape, warehouse, session);
  }
  warehouse.held[Index(attempt)] |= Bit(shard);
  return {};
}

Deed CommitRun(const Shape& shape, Warehouse& warehouse, std::int32_t attempt) {
  if (!shape.consistency_commit) return {};  // each shard did its own
  Session& session = warehouse.Of(shape, attempt, 0);
  if (session.state == Warehouse::kCommitted) return {};
  if (session.state == Warehouse::kLost) {
    return Ends(ExitCode::kCommitUnknown, "CommitOutcomeUnknown");
  }
  // Blocks of an attempt before, in a session that was taken over, are not this attempt's.
  if (session.blocks != kAllBlocks || warehouse.held[Index(attempt)] != kAllBlocks) {
    return Ends(ExitCode::kTransient, "BlockListMismatch");
  }
  Show(shape, warehouse, session);
  return {};
}

Deed WorkAll(const Shape& shape, Warehouse& warehouse, std::int32_t attempt) {
  Deed deed;
  for (std::uint64_t shard = 0; shard < kShards; ++shard) {
    if (warehouse.Of(shape, attempt, shard).state == Warehouse::kLost) return Lost(shape, true);
  }
  if (shape.truncate && !shape.consistency_commit) {
    deed = PrepareTarget(shape, warehouse, attempt);
  }
  for (std::uint64_t shard = 0; shard < kShards; ++shard) {
    TransferShard(shape, warehouse, attempt, shard);
  }
  Deed end = CommitRun(shape, warehouse, attempt);
  if (!deed.crime.empty()) end.crime = deed.crime;
  return end;
}

bool LoseSessions(Warehouse& warehouse) {
  bool some = false;
  for (auto& of_attempt : warehouse.sessions) {
    for (Session& session : of_attempt) {
      if (session.state != Warehouse::kOpen) continue;
      session = {.state = Warehouse::kLost, .blocks = 0};
      some = true;
    }
  }
  return some;
}

}  // namespace culvert::control::model
