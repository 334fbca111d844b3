// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/operator/bare_writer.h"

#include "libs/syncjob/status.h"
#include "operator/child_objects.h"
#include "operator/claims.h"
#include "operator/decide.h"

#include <memory>
#include <utility>
#include <variant>

namespace culvert::bench {
namespace {

using namespace culvert::control;
using nlohmann::json;

DataSourcePtr SeenDataSource(const Workload& workload, int number) {
  DataSourceObject seen;
  seen.data_source = workload.Plan(number, 1).source_data_source;
  seen.meta.key = {.name_space = seen.data_source.name_space, .name = seen.data_source.name};
  return std::make_shared<const DataSourceObject>(std::move(seen));
}

template <typename A>
const A* Find(const Decision& decision) {
  for (const Action& action : decision.actions) {
    if (const auto* found = std::get_if<A>(&action)) return found;
  }
  return nullptr;
}

/// Asks the operator's own judgement what to write, with what it would see.
class Writer {
 public:
  Writer(const OpContext& ctx, kube::Client& client, const Workload& workload, int number)
      : ctx_(ctx), client_(client), name_space_(workload.name_space) {
    see_.source = see_.target = SeenDataSource(workload, number);
  }

  Status Write(json object) {
    CULVERT_TRY(Look(object));
    const Decision begin = Decide(see_, {}, ctx_.clock.Now());
    const auto* const wanted = Find<ClaimTarget>(begin);
    if (wanted == nullptr) return Fail(Internal("the operator would not begin"));
    const TargetClaim claim{.target = wanted->target, .holders = {wanted->holder}};
    CULVERT_TRY(client_.Create(ctx_, ConfigMaps(), name_space_, MakeClaim(name_space_, claim)));
    see_.claim = claim;
    see_.held = {claim};

    object["status"] = syncjob::StatusToJson(begin.status);
    CULVERT_ASSIGN_OR_RETURN(object,
                             client_.ReplaceStatus(ctx_, SyncJobs(), see_.job->meta.key, object));
    CULVERT_TRY(Look(object));
    const Decision plan = Decide(see_, {}, ctx_.clock.Now());
    const auto* const input = Find<CreateInput>(plan);
    const auto* const job = Find<CreateJob>(plan);
    if (input == nullptr || job == nullptr) return Fail(Internal("the operator would not plan"));
    const RunnerPods pods{.image = "culvert-runner:bench", .version = "0"};
    // The DataSource's document is as long as the SyncJob's.
    CULVERT_TRY(client_.Create(ctx_, ConfigMaps(), name_space_,
                               MakeInput(pods, input->run, {Document(object), Document(object)})));
    CULVERT_TRY(client_.Create(ctx_, Jobs(), name_space_, MakeJob(pods, job->request)));
    return {};
  }

 private:
  Status Look(const json& object) {
    CULVERT_ASSIGN_OR_RETURN(SyncJobObject seen, ProjectSyncJob(object));
    see_.job = std::make_shared<const SyncJobObject>(std::move(seen));
    return {};
  }

  static json Document(const json& object) {
    return {{"apiVersion", object["apiVersion"]},
            {"kind", object["kind"]},
            {"metadata", {{"name", object["metadata"]["name"]}}},
            {"spec", object["spec"]}};
  }

  const OpContext& ctx_;
  kube::Client& client_;
  const std::string name_space_;
  Observed see_;
};

}  // namespace

Result<json> Submit(const OpContext& ctx, kube::Client& client, const Workload& workload,
                    int number) {
  return client.Create(ctx, SyncJobs(), workload.name_space, workload.SyncJob(number));
}

Status WriteToFirstJob(const OpContext& ctx, kube::Client& client, const Workload& workload,
                       int number) {
  CULVERT_ASSIGN_OR_RETURN(json object, Submit(ctx, client, workload, number));
  return Writer(ctx, client, workload, number).Write(std::move(object));
}

}  // namespace culvert::bench
