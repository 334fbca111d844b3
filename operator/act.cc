// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/act.h"

#include "libs/base/json.h"
#include "libs/base/log.h"
#include "libs/syncjob/plan_parcel.h"
#include "operator/liveness.h"
#include "operator/names.h"
#include "operator/obstacle.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

namespace culvert::control {
namespace {

using nlohmann::json;

constexpr std::size_t kLogBytesMax = std::size_t{64} * 1024 * 1024;

std::string VersionOf(const json& object) {
  return object.value(json::json_pointer("/metadata/resourceVersion"), "");
}
std::string UidOf(const json& object) {
  return object.value(json::json_pointer("/metadata/uid"), "");
}

bool IsOwnedBy(const json& object, const std::string& uid) {
  const auto meta = kube::ParseMeta(object);
  if (!meta) return false;
  const kube::OwnerReference* const owner = meta->Controller();
  return owner != nullptr && owner->uid == uid;
}

Error Stale(const std::string& what) { return Aborted("an old view of the run: " + what); }

/// Where what the decision saw is not there any more: its watch will tell.
Error StaleIfGone(Error error, const std::string& what) {
  return error.code == ErrorCode::kNotFound ? Stale(what + " is gone") : std::move(error);
}

/// All pages.
Status ListAll(const OpContext& ctx, kube::Client& client, const kube::Resource& resource,
               kube::ListOptions options, const std::function<Status(const json&)>& on_item) {
  do {
    CULVERT_ASSIGN_OR_RETURN(const kube::ListPageResult page,
                             client.List(ctx, resource, options, on_item));
    options.continue_token = page.continue_token;
  } while (!options.continue_token.empty());
  return {};
}

json CleanDocument(const json& object) {
  return {{"apiVersion", object.value("apiVersion", "")},
          {"kind", object.value("kind", "")},
          {"metadata",
           {{"name", object.value(json::json_pointer("/metadata/name"), "")},
            {"namespace", object.value(json::json_pointer("/metadata/namespace"), "")}}},
          {"spec", object.value("spec", json::object())}};
}

}  // namespace

/// One decision being carried out.
class Actor::Pass {
 public:
  Pass(const OpContext& ctx, Actor& actor, const SyncJobObject& job)
      : ctx_(ctx), actor_(actor), client_(actor.client_), job_(job) {}

  enum class Done : std::uint8_t { kYes, kRefused, kUnreadable };

  Result<Done> Do(const CreateInput& action) {
    CULVERT_TRY(Fence(action.run));
    std::vector<json> documents = {CleanDocument(live_)};
    const auto add = [&](const std::string& name) -> Status {
      for (const json& known : documents) {
        if (known["kind"] == "DataSource" && known["metadata"]["name"] == name) return {};
      }
      const auto object =
          client_.Get(ctx_, DataSources(), {.name_space = action.run.key.name_space, .name = name});
      if (!object) return Fail(StaleIfGone(object.error(), "DataSource '" + name + "'"));
      documents.push_back(CleanDocument(*object));
      return {};
    };
    for (const char* side : {"source", "target"}) {
      const json::json_pointer name(std::string("/spec/") + side +
                                    "/maxCompute/dataSourceRef/name");
      if (const std::string text = live_.value(name, ""); !text.empty()) CULVERT_TRY(add(text));
    }
    return Create(Kind::kRecord, MakeInput(actor_.options_.pods, action.run, documents));
  }

  Result<Done> Do(const CreateJob& action) {
    CULVERT_TRY(Fence(action.request.run));
    if (action.held) CULVERT_TRY(FenceTarget(*action.held, action.request.step));
    return Create(Kind::kJob, MakeJob(actor_.options_.pods, action.request));
  }

  Result<Done> Do(const DeleteJob& action) {
    if (action.heard) {
      CULVERT_ASSIGN_OR_RETURN(const bool speaks, SomeUnheardPodSpeaks(action));
      if (speaks) return Fail(Stale("a pod has spoken"));  // its watch will tell
    }
    return Delete(Kind::kJob, Jobs(), action.key, action.uid);
  }

  Result<Done> Do(const DeleteRecord& action) {
    return Delete(Kind::kRecord, ConfigMaps(), action.key, action.uid);
  }

  Result<Done> Do(const RecordPlan& action) {
    auto plan = ReadPlan(*action.pod);
    if (!plan) {
      // Damaged, gone with its pod, or written by a runner of another version.
      const bool lost = plan.error().code == ErrorCode::kDataLoss ||
                        plan.error().code == ErrorCode::kNotFound ||
                        plan.error().code == ErrorCode::kInvalidArgument;
      if (!lost) return Fail(std::move(plan.error()));
      ctx_.log.Warn("a plan cannot be read", {{"namespace", action.run.key.name_space},
                                              {"name", action.run.key.name},
                                              {"pod", action.pod->meta.key.name},
                                              {"err", ToString(plan.error())}});
      return Done::kUnreadable;
    }
    const std::string name = action.run.key.ToString();
    if (plan->attempt != action.run.attempt || plan->job != name) {
      return Fail(InvalidArgument("pod " + action.pod->meta.key.name + " planned attempt " +
                                  std::to_string(plan->attempt) + " of " + plan->job)
                      .Because("AttemptMismatch"));
    }
    for (const json& map : MakePlanRecord(actor_.options_.pods, action.run, *plan)) {
      CULVERT_TRY(Create(Kind::kRecord, map));
    }
    return Done::kYes;
  }

  Result<Done> Do(const RecordReports& action) {
    const json fresh = MakeReports(actor_.options_.pods, action.run, action.reports);
    const kube::ObjectKey key = KeyOf(fresh);
    auto current = client_.Get(ctx_, ConfigMaps(), key);
    if (!current) {
      if (current.error().code != ErrorCode::kNotFound) return Fail(std::move(current.error()));
      auto created = client_.Create(ctx_, ConfigMaps(), key.name_space, fresh);
      if (created) return Noted(Kind::kRecord, key, *created);
      if (created.error().code != ErrorCode::kAlreadyExists) {
        return Fail(std::move(created.error()));
      }
      return Fail(Stale("its reports were recorded meanwhile"));
    }
    if (!IsOwnedBy(*current, action.run.uid)) return Fail(NameConflict(key, "ConfigMap"));
    bool changed = false;
    for (const auto& [file, text] : fresh["data"].items()) {
      json& data = (*current)["data"];
      if (data.contains(file)) continue;  // the first report of a shard stays
      data[file] = text;
      changed = true;
    }
    if (!changed) return Noted(Kind::kRecord, key, *current);
    CULVERT_ASSIGN_OR_RETURN(const json written,
                             client_.Replace(ctx_, ConfigMaps(), key, *current));
    return Noted(Kind::kRecord, key, written);
  }

  Result<Done> Do(const RecordDecision& action) {
    // That an attempt is over may be said at any time, that it may commit only of the one at hand.
    if (action.decision.commit) CULVERT_TRY(Fence(action.run));
    const json wanted =
        MakeDecision(actor_.options_.pods, action.run, action.decision, action.reports);
    const kube::ObjectKey key = KeyOf(wanted);
    auto created = client_.Create(ctx_, ConfigMaps(), key.name_space, wanted);
    if (created) return Noted(Kind::kRecord, key, *created);
    if (created.error().code != ErrorCode::kAlreadyExists) return Fail(std::move(created.error()));
    CULVERT_ASSIGN_OR_RETURN(const json existing, client_.Get(ctx_, ConfigMaps(), key));
    if (!IsOwnedBy(existing, action.run.uid)) return Fail(NameConflict(key, "ConfigMap"));
    const auto decided = syncjob::ParseDecision(
        existing.value(json::json_pointer("/data/" + std::string(syncjob::kDecisionFile)), ""));
    if (!decided) return Fail(InvalidArgument(decided.error().message).Because("PlanInvalid"));
    const bool same = decided->commit == action.decision.commit &&
                      (!decided->commit || decided->plan_hash == action.decision.plan_hash);
    if (!same) return Fail(Stale("it was decided otherwise"));
    return Noted(Kind::kRecord, key, existing);
  }

  Result<Done> Do(const RecordFinalReports& action) {
    return Create(Kind::kRecord,
                  MakeFinalReports(actor_.options_.pods, action.run, action.reports));
  }

  Result<Done> Do(const WriteKnobs& action) {
    const json wanted = MakeKnobs(actor_.options_.pods, action.run, action.knobs);
    const kube::ObjectKey key = KeyOf(wanted);
    auto current = client_.Get(ctx_, ConfigMaps(), key);
    if (!current) {
      if (current.error().code != ErrorCode::kNotFound) return Fail(std::move(current.error()));
      return Create(Kind::kRecord, wanted);
    }
    if (!IsOwnedBy(*current, action.run.uid)) return Fail(NameConflict(key, "ConfigMap"));
    if ((*current)["data"] == wanted["data"]) return Noted(Kind::kRecord, key, *current);
    (*current)["data"] = wanted["data"];
    CULVERT_ASSIGN_OR_RETURN(const json written,
                             client_.Replace(ctx_, ConfigMaps(), key, *current));
    return Noted(Kind::kRecord, key, written);
  }

  Result<Done> Do(const TakeStreams& action) {
    return actor_.ledger_.Take(action.need) ? Done::kYes : Done::kRefused;
  }

  Result<Done> Do(const ClaimTarget& action) {
    const kube::ObjectKey key = ClaimKey(action.target);
    auto current = client_.Get(ctx_, ConfigMaps(), key);
    if (!current) {
      if (current.error().code != ErrorCode::kNotFound) return Fail(std::move(current.error()));
      TargetClaim claim{.target = action.target, .holders = {action.holder}};
      CULVERT_ASSIGN_OR_RETURN(
          const json created,
          client_.Create(ctx_, ConfigMaps(), key.name_space, MakeClaim(key.name_space, claim)));
      claimed_ = true;
      return Noted(Kind::kClaim, key, created);
    }
    CULVERT_ASSIGN_OR_RETURN(ClaimObject seen, ProjectClaim(*current));
    TargetClaim& claim = seen.claim;
    while (const ClaimHolder* const blocker =
               FindBlocker(claim, action.holder.uid, action.holder.partitions)) {
      CULVERT_ASSIGN_OR_RETURN(const bool gone, actor_.IsGone(ctx_, *blocker));
      if (!gone) return Done::kRefused;
      const std::string uid = blocker->uid;
      std::erase_if(claim.holders, [&](const ClaimHolder& one) { return one.uid == uid; });
    }
    std::erase_if(claim.holders,
                  [&](const ClaimHolder& one) { return one.uid == action.holder.uid; });
    claim.holders.push_back(action.holder);
    CULVERT_ASSIGN_OR_RETURN(const Done done, Replace(seen, claim));
    claimed_ = true;
    return done;
  }

  Result<Done> Do(const ReleaseTarget& action) {
    const kube::ObjectKey key = ClaimKey(action.target);
    auto current = client_.Get(ctx_, ConfigMaps(), key);
    if (!current) {
      if (current.error().code == ErrorCode::kNotFound) return Done::kYes;
      return Fail(std::move(current.error()));
    }
    CULVERT_ASSIGN_OR_RETURN(ClaimObject seen, ProjectClaim(*current));
    TargetClaim claim = seen.claim;
    std::erase_if(claim.holders, [&](const ClaimHolder& one) { return one.uid == action.uid; });
    if (claim == seen.claim) return Done::kYes;
    return Replace(seen, claim);
  }

  Result<json> WriteStatus(const syncjob::SyncJobStatus& status) {
    const json object = {{"apiVersion", kApiVersion},
                         {"kind", "SyncJob"},
                         {"metadata",
                          {{"name", job_.meta.key.name},
                           {"namespace", job_.meta.key.name_space},
                           {"uid", job_.meta.uid},
                           {"resourceVersion", job_.meta.resource_version}}},
                         {"status", syncjob::StatusToJson(status)}};
    auto written = client_.ReplaceStatus(ctx_, SyncJobs(), job_.meta.key, object);
    if (!written) return Fail(StaleIfGone(std::move(written.error()), "the SyncJob"));
    CULVERT_TRY(Noted(Kind::kSyncJob, job_.meta.key, *written));
    return written;
  }

 private:
  kube::ObjectKey ClaimKey(const std::string& target) const {
    return {.name_space = actor_.options_.own_namespace, .name = ClaimName(target)};
  }

  static kube::ObjectKey KeyOf(const json& object) {
    return {.name_space = object["metadata"]["namespace"], .name = object["metadata"]["name"]};
  }

  static Error NameConflict(const kube::ObjectKey& key, const std::string& kind) {
    return AlreadyExists(kind + " " + key.name +
                         " is there and belongs to somebody else; remove or rename it")
        .Because("NameConflict");
  }

  /// Before anything begins: the run as the API server has it now, not as a cache had it. An
  /// operator that was asleep, or sees an old world, starts nothing that is over.
  Status Fence(const RunId& run) {
    if (!live_.is_null()) return {};
    auto read = client_.Get(ctx_, SyncJobs(), run.key);
    if (!read) return Fail(StaleIfGone(std::move(read.error()), "the SyncJob"));
    json live = *std::move(read);
    if (UidOf(live) != run.uid) return Fail(Stale("the SyncJob is another one now"));
    if (live["metadata"].contains("deletionTimestamp")) return Fail(Stale("it is being deleted"));
    CULVERT_ASSIGN_OR_RETURN(const syncjob::SyncJobStatus status,
                             syncjob::StatusFromJson(live.value("status", json())));
    if (status.attempt != run.attempt || status.IsTerminal()) {
      return Fail(Stale("attempt " + std::to_string(run.attempt) + " is over"));
    }
    live_ = std::move(live);
    return {};
  }

  /// Likewise the claim, which a run before this one may have given back behind a cache's back. A
  /// plan step may begin with what an attempt before it held.
  Status FenceTarget(const ClaimTarget& held, syncjob::Step step) {
    if (claimed_) return {};
    auto current = client_.Get(ctx_, ConfigMaps(), ClaimKey(held.target));
    if (!current) return Fail(StaleIfGone(std::move(current.error()), "its claim of the target"));
    CULVERT_ASSIGN_OR_RETURN(const ClaimObject seen, ProjectClaim(*current));
    const ClaimHolder* const holder = FindHolder(seen.claim, held.holder.uid);
    const bool same = holder != nullptr && (step == syncjob::Step::kPlan ||
                                            holder->partitions == held.holder.partitions);
    if (!same) return Fail(Stale("it does not hold its target"));
    return {};
  }

  Result<Done> Noted(Kind kind, const kube::ObjectKey& key, const json& object) {
    actor_.pending_.Add(
        job_.meta.key,
        {.kind = kind, .key = key, .uid = UidOf(object), .resource_version = VersionOf(object)},
        ctx_.clock.SteadyNow());
    return Done::kYes;
  }

  /// Creates, or finds that it is there and ours.
  Result<Done> Create(Kind kind, const json& object) {
    const kube::Resource resource = kind == Kind::kJob ? Jobs() : ConfigMaps();
    const kube::ObjectKey key = KeyOf(object);
    auto created = client_.Create(ctx_, resource, key.name_space, object);
    if (created) return Noted(kind, key, *created);
    if (created.error().code != ErrorCode::kAlreadyExists) return Fail(std::move(created.error()));
    CULVERT_ASSIGN_OR_RETURN(const json existing, client_.Get(ctx_, resource, key));
    if (!IsOwnedBy(existing, job_.meta.uid)) {
      return Fail(NameConflict(key, object.value("kind", "object")));
    }
    return Noted(kind, key, existing);
  }

  Result<Done> Delete(Kind kind, const kube::Resource& resource, const kube::ObjectKey& key,
                      const std::string& uid) {
    const Status deleted =
        client_.Delete(ctx_, resource, key, {.uid = uid, .resource_version = ""});
    if (!deleted && deleted.error().code == ErrorCode::kAborted) {
      // Another object has the name, or the server could not just then: only a look can tell.
      const auto live = client_.Get(ctx_, resource, key);
      if (live && UidOf(*live) == uid) return Fail(deleted.error());
      if (!live && live.error().code != ErrorCode::kNotFound) return Fail(live.error());
    } else if (!deleted && deleted.error().code != ErrorCode::kNotFound) {
      return Fail(deleted.error());
    }
    actor_.pending_.Add(job_.meta.key, {.kind = kind, .key = key, .uid = uid},
                        ctx_.clock.SteadyNow());
    return Done::kYes;
  }

  Result<bool> SomeUnheardPodSpeaks(const DeleteJob& action) {
    bool speaks = false;
    const kube::ListOptions options{
        .name_space = action.key.name_space,
        .label_selector = std::string(labels::kRunUid) + "=" + job_.meta.uid};
    CULVERT_TRY(ListAll(ctx_, client_, Pods(), options, [&](const json& object) -> Status {
      CULVERT_ASSIGN_OR_RETURN(const PodObject pod, ProjectPod(object));
      const auto word = syncjob::ParseStepMessage(pod.last_word);
      speaks = speaks || (pod.job_uid == action.uid && pod.phase == "Succeeded" &&
                          word.has_value() && !action.heard->contains(pod.meta.uid));
      return {};
    }));
    return speaks;
  }

  /// As the API server has it; kNotFound when the pod is gone.
  Result<std::string> WholeLastWord(const PodObject& pod) {
    std::string text;
    const kube::ListOptions options{.name_space = pod.meta.key.name_space,
                                    .field_selector = "metadata.name=" + pod.meta.key.name};
    CULVERT_TRY(ListAll(ctx_, client_, Pods(), options, [&](const json& object) -> Status {
      if (UidOf(object) == pod.meta.uid) text = LastWordOf(object);
      return {};
    }));
    if (text.empty()) return Fail(NotFound("the pod is gone"));
    return text;
  }

  Result<syncjob::Plan> ReadPlan(const PodObject& pod) {
    std::string text = pod.last_word;
    if (pod.plan_apart) {
      CULVERT_ASSIGN_OR_RETURN(text, WholeLastWord(pod));
    }
    CULVERT_ASSIGN_OR_RETURN(const syncjob::StepMessage word, syncjob::ParseStepMessage(text));
    if (!word.plan) return Fail(DataLoss("the pod left no plan"));
    std::string log;
    if (word.plan->text.empty()) {
      CULVERT_ASSIGN_OR_RETURN(log, client_.PodLog(ctx_, pod.meta.key, "runner", 0, kLogBytesMax));
    }
    return syncjob::Unpack(*word.plan, log);
  }

  Result<Done> Replace(const ClaimObject& seen, const TargetClaim& claim) {
    if (claim.holders.empty()) {
      const Status deleted =
          client_.Delete(ctx_, ConfigMaps(), seen.meta.key,
                         {.uid = seen.meta.uid, .resource_version = seen.meta.resource_version});
      // Gone is what was wanted, whoever did it.
      if (!deleted && deleted.error().code != ErrorCode::kNotFound) return Fail(deleted.error());
      actor_.pending_.Add(job_.meta.key,
                          {.kind = Kind::kClaim, .key = seen.meta.key, .uid = seen.meta.uid},
                          ctx_.clock.SteadyNow());
      return Done::kYes;
    }
    json object = MakeClaim(seen.meta.key.name_space, claim);
    object["metadata"]["resourceVersion"] = seen.meta.resource_version;
    auto written = client_.Replace(ctx_, ConfigMaps(), seen.meta.key, object);
    if (!written && written.error().code == ErrorCode::kNotFound) {
      return Fail(Stale("the claim was removed meanwhile"));
    }
    if (!written) return Fail(std::move(written.error()));
    return Noted(Kind::kClaim, seen.meta.key, *written);
  }

  const OpContext& ctx_;
  Actor& actor_;
  kube::Client& client_;
  const SyncJobObject& job_;
  json live_;             // the SyncJob, once it was read
  bool claimed_ = false;  // the target, in this pass
};

Result<ActResult> Actor::Carry(const OpContext& ctx, const SyncJobObject& job,
                               const Decision& decision, bool write_progress) {
  Pass pass(ctx, *this, job);
  ActResult result{.status = decision.status};
  for (const Action& action : decision.actions) {
    auto done = std::visit([&pass](const auto& one) { return pass.Do(one); }, action);
    if (!done && IsObstacle(done.error())) {
      result.obstacle_reason = ObstacleReason(done.error());
      const auto tell = [&](std::string_view type, syncjob::ConditionStatus status) {
        syncjob::SetCondition(result.status.conditions,
                              {.type = std::string(type),
                               .status = status,
                               .reason = result.obstacle_reason,
                               .message = done.error().message,
                               .observed_generation = job.meta.generation},
                              ctx.clock.Now());
      };
      // What the decision meant to write did not come about.
      result.status = job.status;
      // A run that is over stays over, whatever hinders its clean-up: with another word in its
      // place it would begin anew, and append its rows a second time.
      if (!job.status.IsTerminal()) {
        tell(syncjob::kSucceeded, syncjob::ConditionStatus::kUnknown);
        tell(syncjob::kStalled, syncjob::ConditionStatus::kTrue);
        syncjob::RemoveCondition(result.status.conditions, syncjob::kReconciling);
      }
      result.obstacle = std::move(done.error());
      break;
    }
    if (!done) return Fail(std::move(done.error()));
    if (*done == Pass::Done::kUnreadable) {
      const Unreadable& instead = *decision.unreadable;
      if (instead.again) CULVERT_TRY(pass.Do(*instead.again));
      result.status = instead.status;
      result.unreadable = true;
      break;
    }
    if (*done == Pass::Done::kRefused) {
      result.refused = true;
      if (std::holds_alternative<TakeStreams>(action) && decision.refused) {
        result.status = *decision.refused;
      } else if (!decision.waits) {
        return Fail(Aborted("the target was claimed by another run meanwhile"));
      }
      break;
    }
  }
  if (result.status == job.status) return result;
  syncjob::SyncJobStatus without = result.status;
  without.progress = job.status.progress;
  if (without == job.status && !write_progress) return result;
  CULVERT_TRY(pass.WriteStatus(result.status));
  result.status_written = true;
  if (result.status.streams == 0) ledger_.Saw(job.meta.uid, {}, 0, result.status.IsTerminal());
  return result;
}

Result<bool> Actor::IsGone(const OpContext& ctx, const ClaimHolder& holder) {
  auto live = client_.Get(ctx, SyncJobs(), holder.job);
  if (!live && live.error().code == ErrorCode::kPermissionDenied) return false;  // not ours to see
  if (!live && live.error().code != ErrorCode::kNotFound) return Fail(std::move(live.error()));
  if (live && UidOf(*live) == holder.uid) {
    CULVERT_ASSIGN_OR_RETURN(const syncjob::SyncJobStatus status,
                             syncjob::StatusFromJson(live->value("status", json())));
    if (!status.IsTerminal()) return false;
  }
  const kube::ListOptions options{
      .name_space = holder.job.name_space,
      .label_selector = std::string(labels::kRunUid) + "=" + holder.uid};
  std::vector<JobPtr> jobs;
  std::vector<PodPtr> pods;
  // Jobs first: a pod that one makes meanwhile is among the pods then.
  CULVERT_TRY(ListAll(ctx, client_, Jobs(), options, [&](const json& object) -> Status {
    CULVERT_ASSIGN_OR_RETURN(JobObject job, ProjectJob(object));
    jobs.push_back(std::make_shared<const JobObject>(std::move(job)));
    return {};
  }));
  CULVERT_TRY(ListAll(ctx, client_, Pods(), options, [&](const json& object) -> Status {
    CULVERT_ASSIGN_OR_RETURN(PodObject pod, ProjectPod(object));
    pods.push_back(std::make_shared<const PodObject>(std::move(pod)));
    return {};
  }));
  return !AnythingAlive(jobs, pods);
}

Status Actor::ReleaseIfGone(const OpContext& ctx, const ClaimObject& claim,
                            const ClaimHolder& holder) {
  CULVERT_ASSIGN_OR_RETURN(const bool gone, IsGone(ctx, holder));
  if (!gone) return {};
  SyncJobObject nobody;
  nobody.meta.key = holder.job;
  nobody.meta.uid = holder.uid;
  Pass pass(ctx, *this, nobody);
  CULVERT_TRY(pass.Do(ReleaseTarget{.target = claim.claim.target, .uid = holder.uid}));
  return {};
}

Status Actor::Remove(const OpContext& ctx, const kube::Resource& resource,
                     const kube::ObjectKey& key, const std::string& uid) {
  const Status removed = client_.Delete(ctx, resource, key, {.uid = uid, .resource_version = ""});
  if (removed || removed.error().code == ErrorCode::kNotFound) return {};
  return removed;
}

}  // namespace culvert::control
