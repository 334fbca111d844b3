// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/plan_step.h"

#include "operator/pauses.h"
#include "operator/step_job.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace culvert::control {
namespace {

using syncjob::Step;

void AddOnce(std::vector<std::string>& names, const std::string& name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
}

/// The latest attempt before this one whose plan is on record: it may have left sessions open.
void AddPrevious(const Look& look, JobRequest& request) {
  for (const RecordPtr& record : look.see.records) {
    if (!record->plan || record->attempt >= look.run.attempt) continue;
    if (request.previous && request.previous->attempt > record->attempt) continue;
    request.previous = look.run;
    request.previous->attempt = record->attempt;
    request.plan = *record->plan;
  }
}

/// What comes where the plan of this pod turns out to be lost.
Unreadable WithoutPlan(const Look& look, const JobObject& job, const PodObject& pod) {
  Look lost(look.see, look.policy, look.now);
  lost.status = look.status;
  AskAgain(lost, syncjob::kPlanned, job,
           "the plan that pod " + pod.meta.key.name + " made cannot be read");
  Unreadable instead{.status = lost.status, .events = std::move(lost.out.events)};
  if (!lost.status.IsTerminal())
    instead.again = DeleteJob{.key = job.meta.key, .uid = job.meta.uid};
  return instead;
}

}  // namespace

void PlanStep(Look& look) {
  const JobObject* const job = look.JobOf(Step::kPlan);
  if (job == nullptr) {
    if (look.RecordOf("input") == nullptr) look.Do(CreateInput{.run = look.run});
    JobRequest request = RequestFor(look, Step::kPlan);
    request.since = look.status.start_time;
    for (const DataSourcePtr& side : {look.see.source, look.see.target}) {
      if (side == nullptr) continue;
      AddOnce(request.secrets, side->data_source.credentials_secret);
      AddOnce(request.ca_bundles, side->data_source.ca_bundle_config_map);
    }
    AddPrevious(look, request);
    StartJob(look, std::move(request), "Planning");
    return;
  }
  for (const PodPtr& pod : look.PodsOf(*job)) {
    const auto word = syncjob::ParseStepMessage(pod->last_word);
    if (pod->phase != "Succeeded" || !word || !word->plan) continue;
    look.Do(RecordPlan{.run = look.run, .pod = pod});
    look.out.unreadable = WithoutPlan(look, *job, *pod);
    look.Progressing("Planning", "");
    return;
  }
  if (!RunsOn(look, syncjob::kPlanned, *job, "Planning")) return;
  look.Progressing("Planning", LastTrouble(look, *job));
}

}  // namespace culvert::control
