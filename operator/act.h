// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/client.h"
#include "operator/child_objects.h"
#include "operator/decision.h"
#include "operator/observed.h"
#include "operator/pending_writes.h"
#include "operator/stream_ledger.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace culvert::control {

/// What carrying out a decision came to.
struct ActResult {
  syncjob::SyncJobStatus status = {};  // as it is now
  bool status_written = false;
  bool refused = false;     // a target or streams are not free
  bool unreadable = false;  // the decision's `unreadable` came about
  // What a person must remove. It is in the status, but for a run that is over: what became of that
  // stays, and only its event tells.
  std::optional<Error> obstacle = {};
  std::string obstacle_reason = {};
};

/// Carries decisions out, safe to be repeated or raced at any point: children are created under
/// deterministic names and found again, records are created once, deletes name the uid, claims and
/// the status are written under their resourceVersion. Thread-safe.
class Actor {
 public:
  struct Options {
    RunnerPods pods;
    std::string own_namespace;
  };
  /// `client`, `ledger` and `pending` must outlive it.
  Actor(Options options, kube::Client& client, StreamLedger& ledger, PendingWrites& pending)
      : options_(std::move(options)), client_(client), ledger_(ledger), pending_(pending) {}

  /// Actions in order, then the status if it changed. `write_progress`: whether a change of nothing
  /// but the progress is worth a write now. Errors are those that may pass.
  Result<ActResult> Carry(const OpContext& ctx, const SyncJobObject& job, const Decision& decision,
                          bool write_progress);

  /// Removes the holder `uid` from a claim, if its run is over or gone and nothing of it lives.
  Status ReleaseIfGone(const OpContext& ctx, const ClaimObject& claim, const ClaimHolder& holder);
  /// A child that nobody owns any more.
  Status Remove(const OpContext& ctx, const kube::Resource& resource, const kube::ObjectKey& key,
                const std::string& uid);

 private:
  class Pass;
  Result<bool> IsGone(const OpContext& ctx, const ClaimHolder& holder);

  const Options options_;
  kube::Client& client_;
  StreamLedger& ledger_;
  PendingWrites& pending_;
};

}  // namespace culvert::control
