// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/report.h"
#include "libs/syncjob/step_message.h"
#include "tests/model/model_client.h"
#include "tests/model/shape.h"

#include <array>
#include <cstdint>
#include <string>

namespace culvert::control::model {

/// What really happened on the warehouse's side, which the operator never sees: upload sessions and
/// the rows of the target partition. Plain bytes, so that states can be compared.
struct Warehouse {
  enum SessionState : std::uint8_t { kNone, kOpen, kCommitted, kLost };
  struct Session {
    std::uint8_t state = kNone;
    std::uint8_t blocks = 0;  // one bit a shard
    bool operator==(const Session&) const = default;
  };
  /// By attempt and shard; with consistencyCommit only that of shard 0.
  std::array<std::array<Session, kShards>, kAttemptsMax> sessions = {};
  /// The attempt whose session an attempt uses: an overwriting session that is open is taken over.
  std::array<std::uint8_t, kAttemptsMax> session_of = {};
  std::array<std::uint8_t, kAttemptsMax> held = {};  // shards whose blocks were sent, one bit each
  std::array<std::uint8_t, kShards> visible = {};    // how often the rows of a shard are there
  bool old_rows = true;                              // those from before the run
  bool operator==(const Warehouse&) const = default;

  Session& Of(const Shape& shape, std::int32_t attempt, std::uint64_t shard) {
    const auto own = static_cast<std::size_t>(attempt);
    return sessions[session_of[own]][shape.consistency_commit ? 0 : shard];
  }
};

/// What a pod came to that did what it is for.
struct Deed {
  int exit_code = 0;
  std::string reason = {};
  std::string crime = {};  // an invariant that was broken by it
};

/// The essence of the runner's steps, as docs/ordering.md and runner/ have them. `previous`: the
/// latest attempt before whose plan is on record, 0: none.
Deed OpenSessions(const Shape& shape, Warehouse& warehouse, std::int32_t attempt,
                  std::int32_t previous);
Deed PrepareTarget(const Shape& shape, Warehouse& warehouse, std::int32_t attempt);
Deed TransferShard(const Shape& shape, Warehouse& warehouse, std::int32_t attempt,
                   std::uint64_t shard);
Deed CommitRun(const Shape& shape, Warehouse& warehouse, std::int32_t attempt);
Deed WorkAll(const Shape& shape, Warehouse& warehouse, std::int32_t attempt);
/// The service forgets the sessions that are open. True: there were some.
bool LoseSessions(Warehouse& warehouse);

}  // namespace culvert::control::model
