// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/status_json.h"

#include "libs/base/json.h"

#include <nlohmann/json.hpp>

namespace culvert::plugin {
namespace {

using nlohmann::json;

json ShardJson(const ShardView& shard) {
  json object = {{"shard", shard.shard}, {"state", StateName(shard.state)}};
  if (!shard.pod.empty()) object["pod"] = shard.pod;
  if (shard.rows_total > 0) {
    object["rows"] = shard.rows;
    object["rowsTotal"] = shard.rows_total;
  }
  if (shard.rows_per_second > 0) object["rowsPerSecond"] = shard.rows_per_second;
  if (!shard.reason.empty()) object["reason"] = shard.reason;
  if (!shard.message.empty()) object["message"] = shard.message;
  if (shard.exit_code) object["exitCode"] = *shard.exit_code;
  if (shard.failed_pods > 0) object["failedPods"] = shard.failed_pods;
  return object;
}

json StepJson(const StepView& step) {
  json object = {{"step", step.name}, {"state", StateName(step.state)}};
  if (!step.job.empty()) object["job"] = step.job;
  if (step.seconds) object["seconds"] = *step.seconds;
  if (step.shards_total > 0) {
    object["shardsDone"] = step.shards_done;
    object["shardsTotal"] = step.shards_total;
  }
  object["pods"] = json::array();
  for (const ShardView& shard : step.shards) object["pods"].push_back(ShardJson(shard));
  return object;
}

json RunJson(const RunView& run) {
  json object = {{"name", run.name},
                 {"namespace", run.name_space},
                 {"uid", run.uid},
                 {"source", run.source},
                 {"target", run.target},
                 {"suspended", run.suspended},
                 {"summary", SummaryOf(run)},
                 {"failed", HasFailed(run)},
                 {"ageSeconds", run.age_seconds},
                 {"status", syncjob::StatusToJson(run.status)},
                 {"steps", json::array()}};
  for (const StepView& step : run.steps) object["steps"].push_back(StepJson(step));
  return object;
}

}  // namespace

std::string StatusJson(const std::vector<RunView>& runs) {
  json items = json::array();
  for (const RunView& run : runs) items.push_back(RunJson(run));
  return DumpJsonPretty({{"items", std::move(items)}}) + "\n";
}

}  // namespace culvert::plugin
