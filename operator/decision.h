// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/kube/object.h"
#include "libs/syncjob/plan_record.h"
#include "libs/syncjob/status.h"
#include "operator/child_objects.h"
#include "operator/claims.h"
#include "operator/objects.h"
#include "operator/stream_ledger.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace culvert::control {

/// Records the documents of the run for its plan step, as the API server has them now.
struct CreateInput {
  RunId run = {};
};
/// Makes the holder the only one that may write its partitions, or changes what it holds.
struct ClaimTarget {
  std::string target = {};
  ClaimHolder holder = {};
};
/// Creates the Job, or finds that it is there.
struct CreateJob {
  JobRequest request = {};
  /// What must be held, whatever a cache had said: nothing where no table is written.
  std::optional<ClaimTarget> held = {};
};
struct DeleteJob {
  kube::ObjectKey key = {};
  std::string uid = {};
  /// Set: only where no other pod of it than these (by uid) is there that says what it did.
  std::optional<std::set<std::string>> heard = {};
};
struct DeleteRecord {
  kube::ObjectKey key = {};
  std::string uid = {};
};
/// Reads the plan that the pod hands over and records it. A plan that cannot be read any more:
/// the decision's `unreadable` comes instead.
struct RecordPlan {
  RunId run = {};
  PodPtr pod = {};
};
/// Adds the reports to those on record. One that is on record stays as it is.
struct RecordReports {
  RunId run = {};
  std::vector<syncjob::ShardReport> reports = {};
};
struct RecordDecision {
  RunId run = {};
  syncjob::CommitDecision decision = {};
  std::vector<syncjob::ShardReport> reports = {};
};
struct RecordFinalReports {
  RunId run = {};
  std::vector<syncjob::ShardReport> reports = {};
};
struct WriteKnobs {
  RunId run = {};
  std::string knobs = {};
};
/// Takes the streams of all pools or of none; refused: the decision's `refused` is the status.
struct TakeStreams {
  StreamLedger::Need need = {};
};
struct ReleaseTarget {
  std::string target = {};
  std::string uid = {};
};

using Action = std::variant<CreateInput, CreateJob, DeleteJob, DeleteRecord, RecordPlan,
                            RecordReports, RecordDecision, RecordFinalReports, WriteKnobs,
                            TakeStreams, ClaimTarget, ReleaseTarget>;

struct EventNote {
  bool warning = false;
  std::string reason = {};
  std::string action = {};
  std::string note = {};
  bool operator==(const EventNote&) const = default;
};

/// What is decided instead where a plan that was handed over cannot be read.
struct Unreadable {
  std::optional<DeleteJob> again = {};  // the step's, so that it runs again
  syncjob::SyncJobStatus status = {};
  std::vector<EventNote> events = {};
};

/// What one look at a run came to. Actions are carried out in order, the first that fails ends the
/// pass; then the status is written if it changed.
struct Decision {
  std::vector<Action> actions = {};
  syncjob::SyncJobStatus status = {};
  std::optional<syncjob::SyncJobStatus> refused = {};  // where TakeStreams is refused
  std::optional<Unreadable> unreadable = {};           // where RecordPlan finds no plan
  std::vector<EventNote> events = {};                  // told once the status is written
  std::optional<std::chrono::milliseconds> look_again = {};
  bool waits = false;  // for a target or for streams that others hold
};

}  // namespace culvert::control
