// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/cluster.h"

#include "operator/names.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>

namespace culvert::control::model {
namespace {

using nlohmann::json;
using syncjob::ExitCode;

// Of a pod, for the model only: whether it did what it is for, and what it came to.
constexpr const char* kActed = "model/acted";
constexpr const char* kExit = "model/exit";
constexpr const char* kReason = "model/reason";
constexpr const char* kShard = "model/shard";

constexpr int kKilledBySignal = 137;

bool FailsJob(int exit_code) {
  constexpr std::array kCodes{10, 11, 12, 13, 14, 15, 16, 17, 41};
  return std::ranges::find(kCodes, exit_code) != kCodes.end();
}
bool IsIgnored(int exit_code) { return exit_code == 20 || exit_code == 21 || exit_code == 143; }

/// One look at what is there, and the steps that follow from it.
class Possible {
 public:
  Possible(Catalogue& catalogue, const Shape& shape, const State& state, std::vector<Step>& steps)
      : catalogue_(catalogue), shape_(shape), state_(state), steps_(steps) {}

  void Add() {
    if (IsOrphaned()) CollectGarbage();
    for (const Id id : state_.api.objects) {
      const Stored& one = catalogue_.Of(id);
      if (one.kind == Kind::kJob) OfJob(one);
      if (one.kind == Kind::kPod) OfPod(one);
    }
    if (shape_.rival) OfRival();
    if (state_.faults == 0) return;
    State next = Worse();
    if (LoseSessions(next.warehouse)) Offer("the service forgets the open sessions", next, true);
  }

 private:
  State Worse() const {
    State next = state_;
    --next.faults;
    return next;
  }
  void Offer(std::string what, State next, bool adverse = false, std::string crime = "") {
    steps_.push_back({.what = std::move(what),
                      .adverse = adverse,
                      .next = std::move(next),
                      .crime = std::move(crime)});
  }
  const Stored* Find(std::string_view path) const {
    return catalogue_.Find(state_.api.objects, path);
  }
  std::string RecordPath(std::int32_t attempt, const char* kind) const {
    const RunId run{
        .key = {.name_space = kNamespace, .name = "copy"}, .uid = kRunUid, .attempt = attempt};
    return "configmaps/" + ChildName(run, kind);
  }
  std::vector<const Stored*> PodsOf(const Stored& job) const {
    std::vector<const Stored*> pods;
    for (const Id id : state_.api.objects) {
      const Stored& one = catalogue_.Of(id);
      if (one.kind == Kind::kPod && one.pod->job_uid == job.job->meta.uid) pods.push_back(&one);
    }
    return pods;
  }

  // The garbage collector.
  bool IsOrphaned() const {
    if (Find(kRunPath) != nullptr) return false;
    return std::ranges::any_of(state_.api.objects, [&](Id id) {
      const Kind kind = catalogue_.Of(id).kind;
      return kind == Kind::kJob || kind == Kind::kRecord;
    });
  }
  void CollectGarbage() {
    State next = state_;
    std::erase_if(next.api.objects, [&](Id id) {
      const Kind kind = catalogue_.Of(id).kind;
      return kind == Kind::kJob || kind == Kind::kRecord;
    });
    Offer("the garbage collector removes the Jobs and records of the SyncJob", next);
  }

  // The Job controller.
  /// `what` and the time say which change it is.
  void Change(State& next, const Stored& one, const std::string& what,
              const std::function<void(json&)>& change) const {
    catalogue_.Change(next.api.objects, one, what + " " + std::to_string(state_.tick), change);
  }
  static bool IsTerminating(const Stored& pod) { return pod.pod->meta.IsBeingDeleted(); }
  void Terminate(State& next, const Stored& pod) const {
    Change(next, pod, "terminate",
           [this](json& object) { object["metadata"]["deletionTimestamp"] = TextOf(state_.tick); });
  }
  void EndJob(const Stored& job, const char* type, const char* reason) {
    State next = state_;
    Change(next, job, std::string(type) + " " + reason, [&](json& object) {
      object["status"]["conditions"] =
          json::array({json{{"type", type},
                            {"status", "True"},
                            {"reason", reason},
                            {"lastTransitionTime", TextOf(state_.tick)}}});
    });
    Offer("Job " + job.job->meta.key.name + " is " + type, next);
  }
  void OfJob(const Stored& job) {
    if (state_.faults > 0 && !job.job->IsFinished()) {
      State next = Worse();
      catalogue_.Remove(next.api.objects, job.path);
      Offer("somebody deletes Job " + job.job->meta.key.name, next, true);
    }
    if (job.job->IsFinished()) return;
    const json status = job.object.value("status", json::object());
    const auto done = status.value("done", 0U);
    std::vector<const Stored*> alive;
    std::uint32_t busy = done;
    for (const Stored* pod : PodsOf(job)) {
      if (!pod->pod->IsAlive()) continue;
      alive.push_back(pod);
      busy |= 1U << static_cast<unsigned>(pod->pod->index);
    }
    const std::uint32_t all = (1U << static_cast<unsigned>(job.job->completions)) - 1;
    if (status.contains("fails")) {
      if (alive.empty()) return EndJob(job, "Failed", "PodFailurePolicy");
      State next = state_;
      for (const Stored* pod : alive) {
        if (!IsTerminating(*pod)) Terminate(next, *pod);
      }
      if (next.api.objects != state_.api.objects) {
        Offer("Job " + job.job->meta.key.name + " stops its other pods", next);
      }
      return;
    }
    if (done == all) return EndJob(job, "Complete", "CompletionsReached");
    if (busy != all) MakePods(job, ~busy & all);
    if (status.contains("counted") && alive.empty()) {
      EndJob(job, "Failed", "BackoffLimitExceeded");
    }
  }
  static std::uint64_t ShardOfIndex(const JobObject& job, std::int64_t index) {
    const auto place = static_cast<std::size_t>(index);
    return place < job.shards.size() ? job.shards[place] : place;
  }
  void MakePods(const Stored& job, std::uint32_t indexes) {
    State next = state_;
    int number = job.object.value("status", json::object()).value("made", 0);
    for (std::int64_t index = 0; index < job.job->completions; ++index) {
      if ((indexes & (1U << static_cast<unsigned>(index))) == 0) continue;
      ++number;
      catalogue_.Put(next.api.objects, "pods/" + PodUid(job, number), Pod(job, number, index));
    }
    Change(next, job, "made " + std::to_string(number),
           [number](json& object) { object["status"]["made"] = number; });
    Offer("Job " + job.job->meta.key.name + " makes pods", next);
  }
  static std::string PodUid(const Stored& job, int number) {
    return job.job->meta.uid + "-pod" + std::to_string(number);
  }
  json Pod(const Stored& job, int number, std::int64_t index) const {
    const json& labels = job.object["metadata"]["labels"];
    return {{"metadata",
             {{"name", PodUid(job, number)},
              {"namespace", kNamespace},
              {"uid", PodUid(job, number)},
              {"creationTimestamp", TextOf(state_.tick)},
              {"labels",
               {{labels::kRunUid, labels[labels::kRunUid]},
                {labels::kAttempt, labels[labels::kAttempt]},
                {labels::kStep, labels[labels::kStep]}}},
              {"annotations",
               {{annotations::kIndex, std::to_string(index)},
                {kShard, std::to_string(ShardOfIndex(*job.job, index))}}},
              {"ownerReferences", json::array({json{{"apiVersion", "batch/v1"},
                                                    {"kind", "Job"},
                                                    {"name", job.job->meta.key.name},
                                                    {"uid", job.job->meta.uid},
                                                    {"controller", true}}})}}},
            {"status", {{"phase", "Running"}}}};
  }

  // The kubelet and the runner.
  const Stored* JobOf(const Stored& pod) const {
    for (const Id id : state_.api.objects) {
      const Stored& one = catalogue_.Of(id);
      if (one.kind == Kind::kJob && one.job->meta.uid == pod.pod->job_uid) return &one;
    }
    return nullptr;
  }
  std::uint64_t ShardOf(const Stored& pod) const {
    return std::stoull(pod.object["metadata"]["annotations"][kShard].get<std::string>());
  }
  /// Ends the pod, with a word about it or without, and tells its Job.
  void End(State& next, const Stored& pod, int exit_code, const std::string& reason,
           bool has_word = true) {
    const std::string code = std::to_string(exit_code);
    const std::uint64_t committed = Committed(pod);
    const std::string what =
        "end " + code + " " + reason + (has_word ? " told " + std::to_string(committed) : "");
    Change(next, pod, what, [&](json& object) {
      object["status"]["phase"] = exit_code == 0 ? "Succeeded" : "Failed";
      const json ended = {
          {"exitCode", exit_code},
          {"message", has_word ? Word(pod, exit_code, reason, committed) : std::string()},
          {"finishedAt", TextOf(state_.tick)}};
      object["status"]["containerStatuses"] =
          json::array({json{{"name", "runner"}, {"state", {{"terminated", ended}}}}});
    });
    const Stored* const job = JobOf(pod);
    if (job == nullptr || job->job->IsFinished()) return;
    const std::string index = std::to_string(pod.pod->index);
    Change(next, *job, "heard " + index + " " + code, [&](json& object) {
      json& status = object["status"];
      if (exit_code == 0) {
        status["done"] = status.value("done", 0U) | (1U << static_cast<unsigned>(pod.pod->index));
      } else if (FailsJob(exit_code)) {
        status["fails"] = true;
      } else if (!IsIgnored(exit_code)) {
        status["counted"] = true;
      }
    });
  }
  /// Sessions of its attempt that the pod finds committed: it asks before it does anything.
  std::uint64_t Committed(const Stored& pod) const {
    if (pod.pod->step == "plan" || pod.pod->step == "prepare") return 0;
    std::uint64_t committed = 0;
    Warehouse warehouse = state_.warehouse;
    for (std::uint64_t shard = 0; shard < (shape_.consistency_commit ? 1 : kShards); ++shard) {
      const bool other = pod.pod->step == "transfer" && shard != ShardOf(pod);
      if (other && !shape_.consistency_commit) continue;
      if (warehouse.Of(shape_, pod.pod->attempt, shard).state == Warehouse::kCommitted) ++committed;
    }
    return committed;
  }
  std::string Word(const Stored& pod, int exit_code, const std::string& reason,
                   std::uint64_t committed) const {
    const auto step = *syncjob::StepFromName(pod.pod->step);
    if (exit_code == 0) {
      return syncjob::StepMessageToJson(WordOf(shape_, step, pod.pod->attempt, ShardOf(pod)));
    }
    return syncjob::StepMessageToJson({.step = step,
                                       .exit_code = exit_code,
                                       .reason = reason,
                                       .message = "it says " + reason,
                                       .committed = committed});
  }
  bool HasItsFiles(const Stored& pod) const {
    if (pod.pod->step == "plan") return true;
    if (Find(RecordPath(pod.pod->attempt, "plan")) == nullptr) return false;
    if (pod.pod->step == "transfer" || pod.pod->step == "prepare") return true;
    const Stored* const decision = Find(RecordPath(pod.pod->attempt, "decision"));
    return decision != nullptr && decision->record->decision->commit;
  }
  Deed Act(const Stored& pod, Warehouse& warehouse) const {
    const std::int32_t attempt = pod.pod->attempt;
    if (pod.pod->step == "plan") {
      // Only the sessions of the plan that gets on record matter.
      if (Find(RecordPath(attempt, "plan")) != nullptr) return {};
      std::int32_t previous = attempt - 1;
      while (previous > 0 && Find(RecordPath(previous, "plan")) == nullptr) --previous;
      return OpenSessions(shape_, warehouse, attempt, previous);
    }
    if (pod.pod->step == "prepare") return PrepareTarget(shape_, warehouse, attempt);
    if (pod.pod->step == "transfer") {
      return TransferShard(shape_, warehouse, attempt, ShardOf(pod));
    }
    if (pod.pod->step == "commit") return CommitRun(shape_, warehouse, attempt);
    return WorkAll(shape_, warehouse, attempt);
  }
  void OfPod(const Stored& pod) {
    const std::string name = "pod " + pod.pod->meta.key.name;
    const bool alive = pod.pod->IsAlive();
    if (JobOf(pod) == nullptr && !IsTerminating(pod)) {
      State next = state_;
      if (alive) {
        Terminate(next, pod);
      } else {
        catalogue_.Remove(next.api.objects, pod.path);
      }
      Offer("the garbage collector deletes " + name, next);
    }
    if (!alive) {
      if (IsTerminating(pod)) {
        State next = state_;
        catalogue_.Remove(next.api.objects, pod.path);
        Offer(name + " is removed", next);
      } else if (state_.faults > 0 && JobOf(pod) != nullptr) {
        State next = Worse();
        catalogue_.Remove(next.api.objects, pod.path);
        Offer("somebody removes " + name + ", which had ended", next, true);
      }
      return;
    }
    const json& notes = pod.object["metadata"]["annotations"];
    const bool acted = notes.contains(kActed);
    if (acted) {
      State next = state_;
      const int exit_code = std::stoi(notes[kExit].get<std::string>());
      End(next, pod, exit_code, notes[kReason]);
      Offer(name + " ends with exit code " + std::to_string(exit_code), next);
    } else if (HasItsFiles(pod)) {
      State next = state_;
      const Deed deed = Act(pod, next.warehouse);
      Change(next, pod, "act " + std::to_string(deed.exit_code) + deed.reason, [&](json& object) {
        json& marks = object["metadata"]["annotations"];
        marks[kActed] = "yes";
        marks[kExit] = std::to_string(deed.exit_code);
        marks[kReason] = deed.reason;
      });
      Offer(name + " does its work", next, false, deed.crime);
    }
    if (IsTerminating(pod)) {
      State next = state_;
      End(next, pod, static_cast<int>(ExitCode::kCancelled), "Cancelled");
      Offer(name + " stops", next);
      return;
    }
    if (state_.faults == 0) return;
    State next = Worse();
    Terminate(next, pod);
    Offer("somebody deletes " + name, next, true);
    Fails(pod, name, kKilledBySignal, "");
    Fails(pod, name, static_cast<int>(ExitCode::kTransient), "Unavailable");
    if (acted) return;
    Fails(pod, name, static_cast<int>(ExitCode::kCredentialsRejected), "CredentialsRejected");
    Fails(pod, name, static_cast<int>(ExitCode::kDenied), "Denied");
    if (pod.pod->step == "transfer" || pod.pod->step == "work") {
      Fails(pod, name, static_cast<int>(ExitCode::kSourceChanged), "SourceChanged");
    }
  }
  void Fails(const Stored& pod, const std::string& name, int exit_code, const std::string& reason) {
    State next = Worse();
    End(next, pod, exit_code, reason, !reason.empty());
    Offer(name + " fails with exit code " + std::to_string(exit_code), next, true);
  }

  // The rival: an operator's other run, as far as it meets ours.
  void OfRival() {
    const Stored* const rival = Find(kRivalPath);
    if (rival == nullptr || rival->sync_job->status.IsTerminal()) return;
    const std::string path = "configmaps/" + ClaimName(kTarget);
    const Stored* const stored = Find(path);
    const TargetClaim claim =
        stored == nullptr ? TargetClaim{.target = kTarget} : stored->claim->claim;
    if (FindHolder(claim, kRivalUid) != nullptr) {
      State next = state_;
      Change(next, *rival, "ends", [](json& object) {
        object["status"]["conditions"] = json::array(
            {json{{"type", syncjob::kSucceeded}, {"status", "True"}, {"reason", "Succeeded"}}});
      });
      Offer("the rival ends", next);
    } else if (FindBlocker(claim, kRivalUid, {kPartition}) == nullptr && state_.wishes > 0) {
      State next = state_;
      --next.wishes;
      TargetClaim held = claim;
      held.holders.push_back({.job = {.name_space = kNamespace, .name = "rival"},
                              .uid = kRivalUid,
                              .partitions = {kPartition}});
      json object = MakeClaim(kOwnNamespace, held);
      object["metadata"]["uid"] = ClaimName(kTarget);
      catalogue_.Put(next.api.objects, path, std::move(object));
      Offer("the rival claims the target", next, true);
    }
  }

  Catalogue& catalogue_;
  const Shape& shape_;
  const State& state_;
  std::vector<Step>& steps_;
};

}  // namespace

void AddClusterSteps(Catalogue& catalogue, const Shape& shape, const State& state,
                     std::vector<Step>& steps) {
  Possible(catalogue, shape, state, steps).Add();
}

void AddWishes(Catalogue& catalogue, const Shape& shape, const State& state,
               std::vector<Step>& steps) {
  const Stored* const run = catalogue.Find(state.api.objects, kRunPath);
  if (state.wishes == 0 || run == nullptr || shape.rival) return;
  const auto offer = [&](const char* what, const std::function<void(json&)>& change) {
    State next = state;
    --next.wishes;
    if (change == nullptr) {
      catalogue.Remove(next.api.objects, kRunPath);
    } else {
      json object = run->object;
      change(object);
      object["metadata"]["generation"] = object["metadata"]["generation"].get<int>() + 1;
      catalogue.Put(next.api.objects, kRunPath, std::move(object));
    }
    steps.push_back({.what = what, .adverse = true, .next = std::move(next)});
  };
  offer("the user deletes the SyncJob", nullptr);
  if (run->sync_job->status.IsTerminal()) {
    // Running an append again doubles its rows because the user wants it.
    if (!shape.truncate) return;
    offer("the user sets another runNonce", [](json& object) {
      object["spec"]["runNonce"] = object["spec"].value("runNonce", "") + "x";
    });
    return;
  }
  const bool suspended = run->sync_job->job.spec.suspend;
  offer(suspended ? "the user resumes the SyncJob" : "the user suspends the SyncJob",
        [&](json& object) { object["spec"]["suspend"] = !suspended; });
}

}  // namespace culvert::control::model
