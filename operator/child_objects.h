// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/plan.h"
#include "libs/syncjob/plan_record.h"
#include "libs/syncjob/step_message.h"
#include "operator/names.h"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The Kubernetes objects that a run is made of, as JSON. Pure: equal input, equal object.
// docs/adr/0008-pods-and-their-contract.md is their specification.

namespace culvert::control {

/// What all pods have in common, from the operator's flags.
struct RunnerPods {
  std::string image = {};
  std::string image_pull_policy = "IfNotPresent";
  std::string service_account = "default";
  std::string version = {};  // of the operator
  int port = 9090;
  /// Where they may find endpoints: entries of http::EndpointRules, all of which are checked.
  std::vector<std::string> endpoint_allow = {"default"};
  std::vector<std::string> endpoint_refuse = {};
};

/// What one Job needs.
struct JobRequest {
  RunId run = {};
  syncjob::Step step = syncjob::Step::kPlan;
  std::string runner = {};                   // `spec.runner` as JSON; empty: nothing said
  std::string queue = {};                    // Kueue's, for the Jobs that move data
  std::vector<std::string> secrets = {};     // of the DataSources
  std::vector<std::string> ca_bundles = {};  // ConfigMaps
  /// How long a pod waits for a key; more than the runner waits anyway means nothing.
  std::chrono::seconds credentials_wait = syncjob::kCredentialsWait;
  std::string since = {};              // plan: when the attempt began
  std::optional<RunId> previous = {};  // plan: the attempt whose plan is taken over
  std::optional<syncjob::PlanSummary> plan =
      {};                                  // all but plan: what to carry out; plan: of `previous`
  std::vector<std::uint64_t> shards = {};  // transfer: those that are left
  std::string dirty_claim = {};            // PersistentVolumeClaim of dirty rows; empty: none
  bool final_reports = false;              // commit: the reports are in a record of their own
};

nlohmann::json MakeJob(const RunnerPods& pods, const JobRequest& request);
/// A digest of what makes pods differ when `spec.runner.resources` changes.
std::string ResourcesHash(std::string_view runner);
/// `logLevel` of `spec.runner` as JSON; empty where nothing is said.
std::string RunnerLogLevel(std::string_view runner);

/// `…-input`: the documents of the run, nothing but names of Secrets among them.
nlohmann::json MakeInput(const RunnerPods& pods, const RunId& run,
                         const std::vector<nlohmann::json>& documents);
/// `…-plan`, the record itself, last; before it the parts that it needs, which mean nothing
/// without it.
std::vector<nlohmann::json> MakePlanRecord(const RunnerPods& pods, const RunId& run,
                                           const syncjob::Plan& plan);
/// `…-reports` with these reports.
nlohmann::json MakeReports(const RunnerPods& pods, const RunId& run,
                           const std::vector<syncjob::ShardReport>& reports);
/// `…-decision`, with the reports that the commit compares.
nlohmann::json MakeDecision(const RunnerPods& pods, const RunId& run,
                            const syncjob::CommitDecision& decision,
                            const std::vector<syncjob::ShardReport>& reports);
/// `…-final`: the reports for a commit whose decision was made before there were any.
nlohmann::json MakeFinalReports(const RunnerPods& pods, const RunId& run,
                                const std::vector<syncjob::ShardReport>& reports);
/// `…-knobs`.
nlohmann::json MakeKnobs(const RunnerPods& pods, const RunId& run, std::string_view knobs);

/// `reports` as a merge patch or part of an object: file name -> text.
nlohmann::json ReportFiles(const std::vector<syncjob::ShardReport>& reports);

}  // namespace culvert::control
