// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/knobs.h"

#include "libs/base/json.h"
#include "operator/child_objects.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace culvert::control {

void WriteKnobsWhenChanged(Look& look, const syncjob::PlanSummary& plan) {
  const RecordObject* const record = look.RecordOf("knobs");
  const syncjob::Speed& wanted = look.spec.speed;
  const bool same_rates =
      wanted.mbps == plan.speed.mbps && wanted.records_per_second == plan.speed.records_per_second;
  const bool planned = wanted.throttle == plan.speed.throttle && (!wanted.throttle || same_rates) &&
                       wanted.concurrent >= plan.speed.concurrent;
  const std::string log_level = RunnerLogLevel(look.job.runner);
  if (record == nullptr && planned && log_level.empty()) return;
  const std::int32_t pods = plan.status.small ? 1 : plan.Pods();
  nlohmann::json knobs = {{"throttle", wanted.throttle}};
  if (wanted.throttle && wanted.mbps > 0) knobs["mbps"] = wanted.mbps / pods;
  if (wanted.throttle && wanted.records_per_second > 0) {
    knobs["recordsPerSecond"] = wanted.records_per_second / pods;
  }
  if (wanted.concurrent < plan.speed.concurrent) {
    knobs["streams"] = std::max(1, wanted.concurrent / pods);
  }
  if (!log_level.empty()) knobs["logLevel"] = log_level;
  const std::string text = DumpJson(knobs);
  if (record != nullptr && record->knobs == text) return;
  look.Do(WriteKnobs{.run = look.run, .knobs = text});
}

}  // namespace culvert::control
