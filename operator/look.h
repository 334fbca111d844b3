// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/syncjob/plan_record.h"
#include "libs/syncjob/status.h"
#include "libs/syncjob/step_message.h"
#include "libs/syncjob/types.h"
#include "operator/decision.h"
#include "operator/names.h"
#include "operator/observed.h"
#include "operator/policy.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::control {

// When to look again where nothing may happen that a watch tells.
inline constexpr std::chrono::seconds kLookAtPods{30};  // for problems that show by time only
inline constexpr std::chrono::seconds kLookAtEnd{5};    // while pods are being stopped

/// One look at a run: what is there, and the decision as it takes shape. What is decided about one
/// noun is in a file of its own, as functions of a look.
class Look {
 public:
  /// All must outlive it. The status begins as the one on record.
  Look(const Observed& observed, const Policy& policy_for_all, WallTime time);
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;

  // What is there, of the attempt at hand.
  const JobObject* JobOf(syncjob::Step step) const;
  /// The record of that kind; of a plan in pieces the one that has the summary.
  const RecordObject* RecordOf(std::string_view kind) const;
  const syncjob::PlanSummary* Plan() const;
  const syncjob::CommitDecision* Decided() const;
  bool MayCommit() const;
  std::vector<PodPtr> PodsOf(const JobObject& one) const;
  /// A pod of the step that may still run, of whichever Job: nothing takes its place before.
  const PodObject* AlivePod(std::string_view step) const;

  // The decision.
  void Do(Action action) { out.actions.push_back(std::move(action)); }
  void Delete(const JobObject& one);
  void LookAgain(std::chrono::milliseconds delay);
  void Note(bool warning, std::string reason, std::string action, std::string note);

  // Conditions.
  /// All that are always there, for the generation at hand.
  void Initialise();
  void Tell(std::string_view type, syncjob::ConditionStatus value, std::string reason,
            std::string message);
  /// Where the run is, as the summary and for those who watch progress.
  void Progressing(const std::string& reason, const std::string& message);
  void NotSuspended();

  const Observed& see;
  const Policy& policy;
  const WallTime now;
  const SyncJobObject& job;
  const syncjob::SyncJobSpec& spec;
  const RunId run;
  Decision out;
  syncjob::SyncJobStatus& status;  // of `out`
};

}  // namespace culvert::control
