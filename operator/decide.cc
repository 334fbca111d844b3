// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/decide.h"

#include "libs/base/json.h"
#include "libs/base/text.h"
#include "libs/base/time_format.h"
#include "operator/failure.h"
#include "operator/liveness.h"
#include "operator/pod_problem.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

namespace culvert::control {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using syncjob::Condition;
using syncjob::ConditionStatus;
using syncjob::Step;

constexpr seconds kLookAtTarget{15};  // a waiting run is also woken when a claim changes
constexpr seconds kLookAtPods{30};    // for problems that show by time only
constexpr seconds kLookAtEnd{5};      // while pods are being stopped
constexpr seconds kLookAtLag{1};
constexpr seconds kPodsLag{10};  // a watch that is later than this has other troubles
constexpr minutes kBackoffMax{10};
constexpr minutes kCredentialsBackoffMax{30};
// An overwriting session that somebody else has open cannot be aborted; it expires after a day.
constexpr std::chrono::hours kOverwriteExpiry{25};
// A commit that was decided is asked for until the sessions cannot be there any more.
constexpr std::chrono::hours kCommitPatience{48};

constexpr std::array kAlwaysThere = std::to_array<std::string_view>(
    {syncjob::kValidated, syncjob::kPlanned, syncjob::kTransferred, syncjob::kCommitted,
     syncjob::kSuspended, syncjob::kSucceeded});

std::string Number(std::uint64_t number) { return std::to_string(number); }

class Decider {
 public:
  Decider(const Observed& see, const Policy& policy, WallTime now)
      : see_(see),
        policy_(policy),
        now_(now),
        job_(*see.job),
        spec_(see.job->job.spec),
        status_(out_.status) {
    status_ = job_.status;
    run_ = {.key = job_.meta.key, .uid = job_.meta.uid, .attempt = status_.attempt};
  }

  Decision Run() {
    if (job_.meta.IsBeingDeleted()) {
      ReleaseWhenQuiet();
      return std::move(out_);
    }
    Initialise();
    const bool again = status_.attempt > 0 && status_.run_nonce != job_.job.run_nonce;
    if (status_.IsTerminal() && !(again && job_.problem.empty())) {
      Finished();
    } else if (status_.IsTerminal()) {
      RunAnew();
    } else if (!job_.problem.empty()) {
      Invalid();
    } else if (status_.attempt == 0) {
      Begin();
    } else {
      GoOn();
    }
    return std::move(out_);
  }

 private:
  // Conditions.

  void Initialise() {
    status_.observed_generation = job_.meta.generation;
    for (Condition& condition : status_.conditions) {
      condition.observed_generation = job_.meta.generation;
    }
    for (const std::string_view type : kAlwaysThere) {
      if (syncjob::FindCondition(status_.conditions, type) != nullptr) continue;
      const bool suspended = type == syncjob::kSuspended;
      Tell(type, suspended ? ConditionStatus::kFalse : ConditionStatus::kUnknown,
           suspended ? "NotSuspended" : "Pending", "");
    }
  }

  void Tell(std::string_view type, ConditionStatus status, std::string reason,
            std::string message) {
    syncjob::SetCondition(status_.conditions,
                          {.type = std::string(type),
                           .status = status,
                           .reason = std::move(reason),
                           .message = std::move(message),
                           .observed_generation = job_.meta.generation},
                          now_);
  }

  /// Where the run is, as the summary and for those who watch progress.
  void Progressing(const std::string& reason, const std::string& message) {
    Tell(syncjob::kSucceeded, ConditionStatus::kUnknown, reason, message);
    Tell(syncjob::kReconciling, ConditionStatus::kTrue, reason, message);
    syncjob::RemoveCondition(status_.conditions, syncjob::kStalled);
  }

  void NotSuspended() { Tell(syncjob::kSuspended, ConditionStatus::kFalse, "NotSuspended", ""); }

  void Note(bool warning, std::string reason, std::string action, std::string note) {
    out_.events.push_back({.warning = warning,
                           .reason = std::move(reason),
                           .action = std::move(action),
                           .note = std::move(note)});
  }

  void LookAgain(std::chrono::milliseconds delay) {
    if (!out_.look_again || delay < *out_.look_again) out_.look_again = delay;
  }

  // What is there.

  const JobObject* JobOf(Step step) const {
    for (const JobPtr& job : see_.jobs) {
      if (job->attempt == run_.attempt && job->step == syncjob::StepName(step)) return job.get();
    }
    return nullptr;
  }

  const RecordObject* RecordOf(std::string_view kind) const {
    for (const RecordPtr& record : see_.records) {
      const bool part = kind == "plan" && !record->plan && record->problem.empty();
      if (record->attempt == run_.attempt && record->kind == kind && !part) return record.get();
    }
    return nullptr;
  }

  const syncjob::PlanSummary* Plan() const {
    const RecordObject* const record = RecordOf("plan");
    return record != nullptr && record->plan ? &*record->plan : nullptr;
  }

  const syncjob::CommitDecision* Decided() const {
    const RecordObject* const record = RecordOf("decision");
    return record != nullptr && record->decision ? &*record->decision : nullptr;
  }
  bool MayCommit() const { return Decided() != nullptr && Decided()->commit; }

  std::vector<PodPtr> PodsOf(const JobObject& job) const {
    std::vector<PodPtr> pods;
    for (const PodPtr& pod : see_.pods) {
      if (pod->job_uid == job.meta.uid) pods.push_back(pod);
    }
    return pods;
  }

  /// A pod of the step that may still run, of whichever Job: nothing takes its place before.
  const PodObject* AlivePod(std::string_view step) const {
    for (const PodPtr& pod : see_.pods) {
      if (pod->attempt == run_.attempt && pod->step == step && pod->IsAlive()) return pod.get();
    }
    return nullptr;
  }

  // Stopping.

  /// Stops every Job that may still run. True once nothing of the run can be alive any more.
  bool StopAll() {
    StopJobs();
    if (!AnythingAlive(see_.jobs, see_.pods)) return true;
    for (const PodPtr& pod : see_.pods) {
      if (const auto problem = ProblemOf(*pod, now_); problem && problem->reason == "PodLost") {
        Progressing(problem->reason, problem->message);
      }
    }
    LookAgain(kLookAtEnd);
    return false;
  }

  void StopJobs() {
    for (const JobPtr& job : see_.jobs) {
      if (MayStillRun(*job, see_.pods)) Delete(*job);
    }
  }

  void Delete(const JobObject& job) {
    if (job.meta.IsBeingDeleted()) return;
    out_.actions.push_back(DeleteJob{.key = job.meta.key, .uid = job.meta.uid});
  }

  void ReleaseWhenQuiet() {
    if (see_.held.empty()) return;
    if (AnythingAlive(see_.jobs, see_.pods)) {
      LookAgain(kLookAtEnd);
      return;
    }
    for (const TargetClaim& claim : see_.held) {
      out_.actions.push_back(ReleaseTarget{.target = claim.target, .uid = job_.meta.uid});
    }
  }

  // The ends of a run.

  void End(ConditionStatus status, const std::string& reason, const std::string& message) {
    Tell(syncjob::kSucceeded, status, reason, message);
    syncjob::RemoveCondition(status_.conditions, syncjob::kReconciling);
    if (status == ConditionStatus::kFalse) {
      Tell(syncjob::kStalled, ConditionStatus::kTrue, reason, message);
    } else {
      syncjob::RemoveCondition(status_.conditions, syncjob::kStalled);
    }
    NotSuspended();
    status_.completion_time = FormatRfc3339(now_);
    status_.streams = 0;
    status_.pause.reset();
  }

  /// Ends the run in failure, once nothing of it is alive. `where`: the condition of the step.
  void FailRun(std::string_view where, const Failure& failure) {
    if (!StopAll()) {
      if (!IsProblemTold()) Progressing("Stopping", failure.message);
      return;
    }
    if (!where.empty() && !syncjob::IsTrue(status_.conditions, where)) {
      Tell(where, ConditionStatus::kFalse, failure.reason, failure.message);
    }
    TellCommitted(failure);
    ListFailedShards();
    End(ConditionStatus::kFalse, failure.reason, failure.message);
    Note(true, failure.reason, "Fail", failure.message);
  }

  bool IsProblemTold() const {
    const Condition* const told = syncjob::FindCondition(status_.conditions, syncjob::kSucceeded);
    return told != nullptr && told->reason == "PodLost";
  }

  /// What a failed run says of rows that are visible already.
  void TellCommitted(const Failure& failure) {
    if (syncjob::IsTrue(status_.conditions, syncjob::kCommitted)) return;
    const syncjob::PlanSummary* const plan = Plan();
    const bool some = MayCommit() && plan != nullptr && plan->has_sessions;
    if (!some) {
      Tell(syncjob::kCommitted, ConditionStatus::kFalse, failure.reason, "nothing was committed");
      return;
    }
    const RecordObject* const reports = RecordOf("reports");
    const bool shards_commit =
        !plan->consistency_commit && reports != nullptr && !reports->reports.empty();
    std::string reason = failure.reason;
    std::string message = failure.message;
    const bool says_itself = reason == "CommitOutcomeUnknown" || reason == "VerificationFailed";
    if (shards_commit || failure.committed > 0) {
      reason = says_itself ? reason : "PartiallyCommitted";
      message = shards_commit
                    ? Number(reports->reports.size()) + " of " + Number(plan->status.shards) +
                          " shards are committed; " + message
                    : message;
    }
    Tell(syncjob::kCommitted, ConditionStatus::kFalse, reason, message);
  }

  void ListFailedShards() {
    status_.failed_shards.clear();
    const JobObject* const transfer = JobOf(Step::kTransfer);
    if (transfer == nullptr) return;
    std::set<std::uint64_t> listed;
    for (const PodPtr& pod : PodsOf(*transfer)) {
      const auto failure = JudgePod(*pod);
      if (!failure || failure->kind == FailureClass::kStopped) continue;
      const std::uint64_t shard = ShardOf(*transfer, *pod);
      const RecordObject* const reports = RecordOf("reports");
      if (reports != nullptr && reports->reports.contains(shard)) continue;
      if (!listed.insert(shard).second) continue;
      status_.failed_shards.push_back({.shard = static_cast<std::int64_t>(shard),
                                       .reason = failure->reason,
                                       .message = CutText(failure->message, 512)});
      if (status_.failed_shards.size() == syncjob::kFailedShardsMax) return;
    }
  }

  static std::uint64_t ShardOf(const JobObject& job, const PodObject& pod) {
    const auto index = static_cast<std::uint64_t>(pod.index);
    return index < job.shards.size() ? job.shards[index] : index;
  }

  void Succeed(const syncjob::RunReport& report, std::uint64_t partitions) {
    const syncjob::PlanSummary& plan = *Plan();
    const bool nothing = !plan.has_sessions || plan.targets.empty();
    Tell(syncjob::kTransferred, ConditionStatus::kTrue, "Transferred", "");
    Tell(syncjob::kCommitted, ConditionStatus::kTrue, nothing ? "NothingToCommit" : "Committed",
         "");
    status_.report = ReportOf(report, partitions);
    syncjob::ProgressStatus progress = status_.progress.value_or(syncjob::ProgressStatus{});
    progress.rows = progress.rows_total = report.totals.rows_read;
    progress.bytes = report.totals.bytes_raw;
    progress.shards = progress.shards_total = report.shards;
    progress.percent = 100;
    progress.rows_per_second = progress.bytes_per_second = progress.eta_seconds = 0;
    status_.progress = progress;
    status_.failed_shards.clear();
    std::string message = Number(report.totals.rows_written) + " rows";
    if (report.totals.rows_dirty > 0) {
      message += ", " + Number(report.totals.rows_dirty) + " dirty rows left out";
    }
    End(ConditionStatus::kTrue, "Succeeded", message);
    Note(false, "Succeeded", "Finish", message);
    ReleaseWhenQuiet();
  }

  static syncjob::ReportStatus ReportOf(const syncjob::RunReport& report,
                                        std::uint64_t partitions) {
    syncjob::ReportStatus told{.start_time = report.started,
                               .completion_time = report.finished,
                               .rows_read = report.totals.rows_read,
                               .rows_written = report.totals.rows_written,
                               .rows_dirty = report.totals.rows_dirty,
                               .bytes_read = report.totals.bytes_read,
                               .bytes_written = report.totals.bytes_written,
                               .read_wait_seconds = report.totals.read_wait_ms / 1000,
                               .write_wait_seconds = report.totals.write_wait_ms / 1000,
                               .throttle_wait_seconds = report.totals.throttle_wait_ms / 1000,
                               .seconds = static_cast<std::uint64_t>(std::max(0.0, report.seconds)),
                               .bottleneck = report.bottleneck,
                               .route = report.totals.route,
                               .verified = report.verified,
                               .committed_partitions = report.committed_partitions,
                               .committed_partitions_total = partitions};
    if (told.committed_partitions.size() > syncjob::kCommittedPartitionsMax) {
      told.committed_partitions.resize(syncjob::kCommittedPartitionsMax);
    }
    return told;
  }

  /// A run that is over: gives back what it holds, and cleans up when its time has come.
  void Finished() {
    status_.streams = 0;
    // What an operator with an old view of the world started behind our back.
    StopJobs();
    ReleaseWhenQuiet();
    if (see_.jobs.empty() && see_.records.empty()) return;
    std::optional<seconds> ttl = policy_.default_ttl;
    if (job_.job.ttl_seconds_after_finished) ttl = seconds(*job_.job.ttl_seconds_after_finished);
    const auto completed = ParseRfc3339(status_.completion_time);
    if (!ttl || !completed) return;
    if (now_ < *completed + *ttl) {
      LookAgain(std::chrono::duration_cast<std::chrono::milliseconds>(*completed + *ttl - now_));
      return;
    }
    // Records first: a Job that is made again by mistake finds no plan to carry out.
    for (const RecordPtr& record : see_.records) {
      if (record->meta.IsBeingDeleted()) continue;
      out_.actions.push_back(DeleteRecord{.key = record->meta.key, .uid = record->meta.uid});
    }
    for (const JobPtr& job : see_.jobs) {
      if (!MayStillRun(*job, see_.pods)) Delete(*job);
    }
  }

  /// Another runNonce: the next attempt, once nothing of the last is alive.
  void RunAnew() {
    if (spec_.suspend) {
      Finished();
      return;
    }
    if (!StopAll()) return;
    const Condition* const committed =
        syncjob::FindCondition(status_.conditions, syncjob::kCommitted);
    if (committed != nullptr && (committed->reason == "PartiallyCommitted" ||
                                 committed->reason == "CommitOutcomeUnknown")) {
      Note(true, committed->reason, "RunAgain",
           "rows of the last run may be visible: appending them again doubles them");
    }
    Abandon("RunAgain");
    NextAttempt("another runNonce");
    status_.first_attempt = status_.attempt;
    status_.run_nonce = job_.job.run_nonce;
  }

  void Invalid() {
    Tell(syncjob::kValidated, ConditionStatus::kFalse, "InvalidSpec", job_.problem);
    if (status_.attempt > 0) {
      // Something of the knobs; what runs goes on until a person corrects it.
      Tell(syncjob::kStalled, ConditionStatus::kTrue, "InvalidSpec", job_.problem);
      return;
    }
    status_.run_nonce = job_.job.run_nonce;
    Tell(syncjob::kCommitted, ConditionStatus::kFalse, "InvalidSpec", "nothing was committed");
    End(ConditionStatus::kFalse, "InvalidSpec", job_.problem);
    Note(true, "InvalidSpec", "Validate", job_.problem);
  }

  // The beginning.

  bool SourcesReady() {
    const auto check = [this](const std::string& name, const DataSourcePtr& data_source) {
      std::string what;
      if (data_source == nullptr) {
        what =
            "there is no DataSource '" + name + "' in namespace '" + job_.meta.key.name_space + "'";
      } else if (!data_source->problem.empty()) {
        what = "DataSource '" + name + "': " + data_source->problem;
      } else {
        return true;
      }
      Tell(syncjob::kValidated, ConditionStatus::kUnknown, "WaitingForDataSource", what);
      Progressing("WaitingForDataSource", what);
      return false;
    };
    const auto* source = std::get_if<syncjob::MaxComputeSource>(&spec_.source);
    const auto* target = std::get_if<syncjob::MaxComputeTarget>(&spec_.target);
    return (source == nullptr || check(source->data_source, see_.source)) &&
           (target == nullptr || check(target->data_source, see_.target));
  }

  void Begin() {
    if (spec_.suspend) {
      SuspendedByUser();
      return;
    }
    NotSuspended();
    if (!SourcesReady()) return;
    Tell(syncjob::kValidated, ConditionStatus::kTrue, "Valid", "");
    if (!EnsureTarget() || !EnsureStreams()) {
      // Nothing has begun: the attempt's number is written with the streams that it holds.
      if (!out_.refused) return;
    }
    status_.attempt = 1;
    status_.first_attempt = 1;
    status_.run_nonce = job_.job.run_nonce;
    status_.start_time = FormatRfc3339(now_);
    Progressing("Planning", "");
    LookAgain(std::chrono::milliseconds(0));
  }

  // What is held.

  const ClaimHolder* Mine(const std::string& target) const {
    const auto found = std::ranges::find(see_.held, target, &TargetClaim::target);
    return found == see_.held.end() ? nullptr : FindHolder(*found, job_.meta.uid);
  }

  std::vector<std::string> WantedPartitions() const {
    std::vector<std::string> wanted;
    if (const syncjob::PlanSummary* const plan = Plan(); plan != nullptr) {
      for (const std::string& partition : plan->targets) {
        if (partition.empty()) return {};
        wanted.push_back(CanonicalPartition(partition));
      }
      std::ranges::sort(wanted);
      return wanted;
    }
    const auto& table = std::get<syncjob::MaxComputeTarget>(spec_.target);
    if (!table.partition.empty() && !table.partition_from_source) {
      wanted.push_back(CanonicalPartition(table.partition));
    }
    return wanted;
  }

  /// One writer for each partition of a target. False while it is not ours.
  bool EnsureTarget() {
    const syncjob::PlanSummary* const plan = Plan();
    // The plan knows which table it writes, whatever became of the DataSource since.
    const std::string target = plan != nullptr ? plan->target : TargetOf(job_, see_.target.get());
    if (target.empty() || (plan != nullptr && plan->targets.empty())) return true;
    const std::vector<std::string> wanted = WantedPartitions();
    const ClaimHolder* const mine = Mine(target);
    if (mine != nullptr && (mine->partitions == wanted || plan == nullptr)) return true;
    const ClaimHolder* const blocker = see_.claim && see_.claim->target == target
                                           ? FindBlocker(*see_.claim, job_.meta.uid, wanted)
                                           : nullptr;
    if (blocker != nullptr && mine == nullptr) {
      const std::string message = "SyncJob " + blocker->job.ToString() + " writes " + target +
                                  (wanted.empty() ? "" : " " + wanted.front());
      Progressing("WaitingForTarget", message);
      status_.streams = 0;
      out_.waits = true;
      LookAgain(kLookAtTarget);
      // Its holder may be gone without a trace, which the claim's owner must find out.
    }
    out_.actions.push_back(
        ClaimTarget{.target = target,
                    .holder = {.job = job_.meta.key, .uid = job_.meta.uid, .partitions = wanted}});
    return blocker == nullptr || mine != nullptr;
  }

  StreamLedger::Need NeedOf() const {
    StreamLedger::Need need{.uid = job_.meta.uid, .since = job_.meta.creation_timestamp};
    need.streams = spec_.speed.concurrent;
    if (const syncjob::PlanSummary* const plan = Plan(); plan != nullptr) {
      need.streams = plan->speed.concurrent;
    }
    for (const DataSourcePtr& side : {see_.source, see_.target}) {
      if (side == nullptr || !side->problem.empty()) continue;
      const std::string name = side->meta.key.ToString();
      const bool known = std::ranges::any_of(
          need.pools, [&](const StreamPool& pool) { return pool.data_source == name; });
      if (known) continue;
      const std::int32_t limit = side->data_source.concurrent_streams_max;
      need.pools.push_back({.data_source = name, .limit = limit});
      // The plan keeps to the smaller of both limits.
      need.streams = std::min(need.streams, std::max(1, limit));
    }
    return need;
  }

  /// Streams of both DataSources, before pods are started. False while this pass cannot know that
  /// it has them: the status must say so first.
  bool EnsureStreams() {
    if (status_.streams > 0) return true;
    StreamLedger::Need need = NeedOf();
    if (need.pools.empty()) {
      status_.streams = need.streams;  // streams of nobody
      return true;
    }
    out_.refused = status_;
    std::swap(*out_.refused, status_);
    std::string names;
    for (const StreamPool& pool : need.pools) {
      names += (names.empty() ? "" : " and ") + pool.data_source;
    }
    Progressing("WaitingForStreams", Number(static_cast<std::uint64_t>(need.streams)) +
                                         " streams of DataSource " + names +
                                         " are not free (limits.maxConcurrentStreams)");
    std::swap(*out_.refused, status_);
    status_.streams = need.streams;
    out_.actions.push_back(TakeStreams{.need = std::move(need)});
    return false;
  }

  // Attempts.

  void Abandon(const std::string& reason) {
    if (Decided() != nullptr || run_.attempt == 0) return;
    const syncjob::PlanSummary* const plan = Plan();
    out_.actions.push_back(
        RecordDecision{.run = run_,
                       .decision = {.commit = false,
                                    .attempt = run_.attempt,
                                    .plan_hash = plan == nullptr ? "" : plan->status.hash,
                                    .reason = reason},
                       .reports = {}});
  }

  void NextAttempt(const std::string& why) {
    status_.attempt += 1;
    status_.start_time = FormatRfc3339(now_);
    status_.completion_time.clear();
    status_.plan.reset();
    status_.progress.reset();
    status_.pause.reset();
    status_.report.reset();
    status_.failed_shards.clear();
    for (const std::string_view type :
         {syncjob::kPlanned, syncjob::kTransferred, syncjob::kCommitted}) {
      Tell(type, ConditionStatus::kUnknown, "Pending", "");
    }
    Progressing("Retrying", "attempt " + std::to_string(status_.attempt) + ": " + why);
    Note(false, "AttemptStarted", "Plan",
         "attempt " + std::to_string(status_.attempt) + ": " + why);
    LookAgain(std::chrono::milliseconds(0));
  }

  /// The plan cannot be carried out any more: plans anew, where no row can be doubled by it.
  void StartOver(std::string_view where, Failure failure) {
    if (run_.attempt - status_.first_attempt + 1 >= policy_.attempts_max) {
      failure.message += "; that was attempt " + std::to_string(run_.attempt) + ", no more follow";
      FailRun(where, failure);
      return;
    }
    const syncjob::PlanSummary* const plan = Plan();
    const bool replaces = plan == nullptr || plan->replaces || !plan->has_sessions;
    if (MayCommit() && !replaces) {
      const RecordObject* const reports = RecordOf("reports");
      const bool shards_done = reports != nullptr && !reports->reports.empty();
      const bool one_pod = plan->status.small && failure.has_word && failure.committed == 0;
      if (!one_pod) {
        failure.message +=
            "; rows may be committed, and appending them again would double them: "
            "compare the target with the source, then set another runNonce";
        failure.reason =
            shards_done || failure.committed > 0 ? "PartiallyCommitted" : "CommitOutcomeUnknown";
        FailRun(where, failure);
        return;
      }
    }
    if (!StopAll()) return;
    Abandon(failure.reason);
    NextAttempt(failure.message);
  }

  // Pauses.

  static std::chrono::milliseconds Backoff(std::int32_t count, minutes max) {
    const int doublings = std::min(count - 1, 10);
    return std::min<std::chrono::milliseconds>(minutes(1LL << doublings), max);
  }

  bool IsPaused() const {
    if (!status_.pause) return false;
    const auto resume = ParseRfc3339(status_.pause->resume_time);
    return resume && now_ < *resume;
  }

  static bool IsAboutCredentials(std::string_view reason) {
    return reason.starts_with("Credentials");
  }

  /// No pods for a while. The Job goes, so that the next one begins without the delays of this one.
  void PauseFor(const JobObject& job, const Failure& failure, minutes backoff_max) {
    syncjob::Pause pause;
    const bool same = status_.pause && IsAboutCredentials(status_.pause->reason) ==
                                           IsAboutCredentials(failure.reason);
    pause.reason = failure.reason;
    pause.message = CutText(failure.message, 512);
    pause.count = same ? status_.pause->count + 1 : 1;
    pause.start_time = same ? status_.pause->start_time : FormatRfc3339(now_);
    const auto delay = Backoff(pause.count, backoff_max);
    pause.resume_time = FormatRfc3339(now_ + delay);
    status_.pause = pause;
    Delete(job);
    Note(true, failure.reason, "Pause", failure.message);
    ShowPause();
  }

  void ShowPause() {
    const syncjob::Pause& pause = *status_.pause;
    status_.streams = 0;
    const std::string message = pause.message + "; goes on at " + pause.resume_time;
    if (IsAboutCredentials(pause.reason)) {
      Tell(syncjob::kSuspended, ConditionStatus::kTrue, pause.reason, message);
      Progressing(pause.reason, message);
    } else {
      Progressing("Retrying", pause.reason + ": " + message);
    }
    if (const auto resume = ParseRfc3339(pause.resume_time); resume && *resume > now_) {
      // A second more: times are recorded in whole seconds.
      LookAgain(std::chrono::duration_cast<std::chrono::milliseconds>(*resume - now_) +
                std::chrono::milliseconds(1));
    }
  }

  bool PauseIsOlderThan(seconds age) const {
    if (!status_.pause) return false;
    const auto begin = ParseRfc3339(status_.pause->start_time);
    return begin && now_ - *begin > age;
  }

  void PauseForCredentials(std::string_view where, const JobObject& job, Failure failure) {
    if (status_.pause && IsAboutCredentials(status_.pause->reason) &&
        PauseIsOlderThan(seconds(job_.job.credential_timeout_seconds))) {
      failure.message = "since " + status_.pause->start_time + ": " + failure.message;
      failure.reason = "CredentialsExpired";
      FailRun(where, failure);
      return;
    }
    PauseFor(job, failure, kCredentialsBackoffMax);
  }

  /// A failure that may pass: another Job, after a while.
  void Retry(std::string_view where, const JobObject& job, Failure failure) {
    const bool commits = job.step == syncjob::StepName(Step::kCommit) ||
                         (MayCommit() && job.step == syncjob::StepName(Step::kWork));
    const bool again = status_.pause && !IsAboutCredentials(status_.pause->reason);
    bool too_often = again && status_.pause->count >= policy_.retries_max;
    if (failure.reason == "OverwriteConflict") {
      too_often = PauseIsOlderThan(kOverwriteExpiry);
    } else if (commits) {
      too_often = PauseIsOlderThan(kCommitPatience);
    }
    if (!too_often) {
      PauseFor(job, failure, kBackoffMax);
      return;
    }
    const std::string tries = "after " + std::to_string(status_.pause->count + 1) + " tries: ";
    const bool own_word = failure.reason == "OOMKilled" || failure.reason == "OverwriteConflict";
    failure.message = tries + (own_word ? "" : failure.reason + ": ") + failure.message;
    if (commits) {
      failure.reason = "CommitOutcomeUnknown";
    } else if (!own_word) {
      failure.reason = "RetriesExhausted";
    }
    FailRun(where, failure);
  }

  /// Jobs and pods are watched apart: what a pod said may reach us behind the end of its Job.
  bool MayStillSpeak(const JobObject& job) {
    const auto ended = ParseRfc3339(job.ended);
    if (!ended || now_ > *ended + kPodsLag) return false;
    const std::vector<PodPtr> pods = PodsOf(job);
    const bool all_ended = !pods.empty() && std::ranges::none_of(pods, [](const PodPtr& pod) {
      return pod->IsAlive();
    });
    if (all_ended && job.failed) return false;
    LookAgain(kLookAtLag);
    return true;
  }

  void OnFailedJob(std::string_view where, const JobObject& job) {
    if (MayStillSpeak(job)) return;
    auto failure = Worst(PodsOf(job));
    if (!failure) {
      failure = Failure{.kind = FailureClass::kTransient,
                        .reason = "JobFailed",
                        .message = "Job " + job.meta.key.name + " failed (" + job.failure +
                                   ") and left no pod that says why"};
    }
    switch (failure->kind) {
      case FailureClass::kTerminal:
      case FailureClass::kPoison:
        FailRun(where, *failure);
        return;
      case FailureClass::kNewAttempt:
        StartOver(where, *failure);
        return;
      case FailureClass::kCredentials:
        PauseForCredentials(where, job, *failure);
        return;
      case FailureClass::kOutOfMemory:
      case FailureClass::kCrashed:
      case FailureClass::kTransient:
      case FailureClass::kStopped:
        Retry(where, job, *failure);
        return;
    }
  }

  /// The user's suspend, or our own pause, or the deadline. True: the pass is over.
  bool IsHeld() {
    const JobObject* const commit = JobOf(Step::kCommit);
    const bool committing = commit != nullptr && !commit->complete;
    if (!MayCommit() && DeadlinePassed()) {
      FailRun(WhereNow(), {.kind = FailureClass::kTerminal,
                           .reason = "DeadlineExceeded",
                           .message = "the run took longer than activeDeadlineSeconds (" +
                                      std::to_string(*job_.job.active_deadline_seconds) + " s)"});
      return true;
    }
    if (spec_.suspend && !committing) {
      SuspendedByUser();
      return true;
    }
    if (IsPaused()) {
      KeepReports();
      StopAll();
      ShowPause();
      return true;
    }
    NotSuspended();
    return false;
  }

  void SuspendedByUser() {
    KeepReports();
    const bool quiet = StopAll();
    status_.streams = 0;
    if (!quiet && IsProblemTold()) return;
    const std::string message = quiet ? "spec.suspend is true" : "stopping the pods";
    Tell(syncjob::kSuspended, ConditionStatus::kTrue, "SuspendedByUser", message);
    Tell(syncjob::kSucceeded, ConditionStatus::kUnknown, "Suspended", message);
    syncjob::RemoveCondition(status_.conditions, syncjob::kReconciling);
  }

  bool DeadlinePassed() {
    if (!job_.job.active_deadline_seconds) return false;
    const auto begin = ParseRfc3339(status_.start_time);
    if (!begin) return false;
    const WallTime end = *begin + seconds(*job_.job.active_deadline_seconds);
    if (now_ > end) return true;
    LookAgain(std::chrono::duration_cast<std::chrono::milliseconds>(end - now_) +
              std::chrono::milliseconds(1));
    return false;
  }

  std::string_view WhereNow() const {
    return Plan() == nullptr ? syncjob::kPlanned : syncjob::kTransferred;
  }

  // The steps.

  void GoOn() {
    Tell(syncjob::kValidated, ConditionStatus::kTrue, "Valid", "");
    if (IsHeld()) return;
    if (RecordOf("plan") == nullptr && !SourcesReady()) return;
    if (!EnsureTarget()) return;
    if (!EnsureStreams()) {
      // Whether they were there is known when they are taken; then comes the next pass.
      Progressing(Plan() == nullptr ? "Planning" : "Transferring", "");
      LookAgain(std::chrono::milliseconds(0));
      return;
    }
    const RecordObject* const record = RecordOf("plan");
    if (record == nullptr) {
      PlanStep();
      return;
    }
    if (!record->plan) {
      FailRun(syncjob::kPlanned,
              {.kind = FailureClass::kTerminal,
               .reason = "PlanInvalid",
               .message = "the recorded plan in ConfigMap " + record->meta.key.name +
                          " cannot be read: " + record->problem});
      return;
    }
    const syncjob::PlanSummary& plan = *record->plan;
    if (!status_.plan) status_.pause.reset();  // it went forward
    status_.plan = plan.status;
    Tell(syncjob::kPlanned, ConditionStatus::kTrue, "Planned",
         Number(plan.status.rows) + " rows in " + Number(plan.status.shards) + " shards");
    if (Decided() != nullptr && !Decided()->commit) {
      // An operator before this one had decided so and came no further.
      StartOver(syncjob::kTransferred,
                {.kind = FailureClass::kNewAttempt,
                 .reason = Decided()->reason,
                 .message = "the attempt was abandoned: " + Decided()->reason});
      return;
    }
    if (plan.status.small) {
      WorkStep(plan);
    } else {
      StepByStep(plan);
    }
  }

  JobRequest RequestFor(Step step) const {
    JobRequest request{.run = run_, .step = step, .runner = job_.runner, .queue = job_.queue};
    if (const syncjob::PlanSummary* const plan = Plan(); plan != nullptr) {
      request.plan = *plan;
      request.secrets = plan->secrets;
      request.ca_bundles = plan->ca_bundles;
    }
    return request;
  }

  /// Watches over a Job that runs. True: the pass is over.
  bool IsDisturbed(std::string_view where, const JobObject& job) {
    if (job.meta.IsBeingDeleted()) {
      LookAgain(kLookAtEnd);
      return true;
    }
    if (job.IsFinished()) return false;
    if (job.resources != ResourcesHash(job_.runner) && MayStillRun(job, see_.pods)) {
      Delete(job);
      Note(false, "ResourcesChanged", "Restart",
           "the pods of " + job.meta.key.name + " are replaced: spec.runner.resources changed");
      LookAgain(kLookAtEnd);
      return true;
    }
    const std::vector<PodPtr> pods = PodsOf(job);
    const auto failure = Worst(pods);
    if (failure && failure->kind == FailureClass::kCredentials) {
      PauseForCredentials(where, job, *failure);
      return true;
    }
    if (WaitsInVain(job, pods, now_)) {
      Delete(job);
      LookAgain(kLookAtEnd);
      return true;
    }
    if (const auto problem = FindProblem(job, pods, now_)) {
      Progressing(problem->reason, problem->message);
      LookAgain(kLookAtPods);
      return true;
    }
    LookAgain(kLookAtPods);
    return false;
  }

  /// What went wrong in a Job that goes on all the same, for people.
  std::string LastTrouble(const JobObject& job) const {
    const auto failure = Worst(PodsOf(job));
    if (!failure) return {};
    return "last failure, of pod " + std::to_string(failure->index) + ": " + failure->reason +
           ": " + failure->message;
  }

  /// Starts a step's Job unless a pod of an earlier one may still run.
  void Start(JobRequest request, const std::string& reason) {
    const std::string_view step = syncjob::StepName(request.step);
    if (const PodObject* const alive = AlivePod(step); alive != nullptr) {
      const auto problem = ProblemOf(*alive, now_);
      if (problem) {
        Progressing(problem->reason, problem->message);
      } else {
        Progressing(reason, "waits for the end of pod " + alive->meta.key.name);
      }
      LookAgain(kLookAtEnd);
      return;
    }
    Progressing(reason, "");
    out_.actions.push_back(CreateJob{.request = std::move(request)});
  }

  /// A Job that is complete without what it was for: its pods are gone, so it runs again.
  void RunAgain(const JobObject& job, const std::string& reason) {
    if (MayStillSpeak(job)) return;
    if (!job.meta.IsBeingDeleted()) {
      out_.actions.push_back(
          DeleteJob{.key = job.meta.key, .uid = job.meta.uid, .only_if_silent = true});
    }
    Progressing(reason, "what the pod of " + job.meta.key.name + " said is lost; it runs again");
    LookAgain(kLookAtEnd);
  }

  void PlanStep() {
    const JobObject* const job = JobOf(Step::kPlan);
    if (job == nullptr) {
      if (RecordOf("input") == nullptr) out_.actions.push_back(CreateInput{.run = run_});
      JobRequest request = RequestFor(Step::kPlan);
      request.since = status_.start_time;
      for (const DataSourcePtr& side : {see_.source, see_.target}) {
        if (side == nullptr) continue;
        AddOnce(request.secrets, side->data_source.credentials_secret);
        AddOnce(request.ca_bundles, side->data_source.ca_bundle_config_map);
      }
      AddPrevious(request);
      Start(std::move(request), "Planning");
      return;
    }
    for (const PodPtr& pod : PodsOf(*job)) {
      const auto word = syncjob::ParseStepMessage(pod->last_word);
      if (pod->phase != "Succeeded" || !word || !word->plan) continue;
      out_.actions.push_back(RecordPlan{.run = run_, .pod = pod});
      Progressing("Planning", "recording the plan");
      return;
    }
    if (IsDisturbed(syncjob::kPlanned, *job)) return;
    if (job->complete) {
      RunAgain(*job, "Planning");
    } else if (job->failed) {
      OnFailedJob(syncjob::kPlanned, *job);
    } else {
      Progressing("Planning", LastTrouble(*job));
    }
  }

  static void AddOnce(std::vector<std::string>& names, const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }

  /// The latest attempt before this one whose plan is on record: it may have left sessions open.
  void AddPrevious(JobRequest& request) const {
    for (const RecordPtr& record : see_.records) {
      if (!record->plan || record->attempt >= run_.attempt) continue;
      if (request.previous && request.previous->attempt > record->attempt) continue;
      request.previous = run_;
      request.previous->attempt = record->attempt;
      request.plan = record->plan;
    }
  }

  /// The report of a run from the Job that committed it.
  bool TakeRunReport(const JobObject& job) {
    for (const PodPtr& pod : PodsOf(job)) {
      const auto word = syncjob::ParseStepMessage(pod->last_word);
      if (pod->phase != "Succeeded" || !word || !word->run) continue;
      Succeed(*word->run, word->partitions);
      return true;
    }
    return false;
  }

  void DecideToCommit(const syncjob::PlanSummary& plan, std::vector<syncjob::ShardReport> reports) {
    out_.actions.push_back(RecordDecision{.run = run_,
                                          .decision = {.commit = true,
                                                       .attempt = run_.attempt,
                                                       .plan_hash = plan.status.hash,
                                                       .reason = ""},
                                          .reports = std::move(reports)});
  }

  void WorkStep(const syncjob::PlanSummary& plan) {
    const JobObject* const job = JobOf(Step::kWork);
    if (Decided() == nullptr) DecideToCommit(plan, {});
    if (job == nullptr) {
      WriteKnobsWhenChanged(plan);
      Start(RequestFor(Step::kWork), "Working");
      return;
    }
    if (TakeRunReport(*job)) return;
    ShowProgress(plan);
    if (IsDisturbed(syncjob::kTransferred, *job)) return;
    if (job->complete) {
      RunAgain(*job, "Working");
    } else if (job->failed) {
      OnFailedJob(syncjob::kTransferred, *job);
    } else {
      WriteKnobsWhenChanged(plan);
      Progressing("Working", LastTrouble(*job));
      Tell(syncjob::kTransferred, ConditionStatus::kUnknown, "Transferring", "");
      LookAgain(policy_.progress_interval);
    }
  }

  void StepByStep(const syncjob::PlanSummary& plan) {
    if (!IsPrepared(plan)) return;
    if (plan.has_sessions && !plan.consistency_commit && Decided() == nullptr) {
      // Each shard of it commits what is its own.
      DecideToCommit(plan, {});
    }
    const std::map<std::uint64_t, syncjob::ShardReport> reports = KeepReports();
    if (DirtyLimitPassed(plan, reports)) return;
    if (reports.size() < plan.status.shards) {
      TransferStep(plan, reports);
      return;
    }
    Tell(syncjob::kTransferred, ConditionStatus::kTrue, "Transferred", "");
    std::vector<syncjob::ShardReport> all;
    all.reserve(reports.size());
    for (const auto& [shard, report] : reports) all.push_back(report);
    ShowProgress(plan);
    CommitStep(plan, std::move(all));
  }

  bool IsPrepared(const syncjob::PlanSummary& plan) {
    const RecordObject* const reports = RecordOf("reports");
    const bool begun =
        JobOf(Step::kTransfer) != nullptr || (reports != nullptr && !reports->reports.empty());
    if (!plan.truncate_by_sql || begun) return true;
    const JobObject* const job = JobOf(Step::kPrepare);
    if (job == nullptr) {
      Start(RequestFor(Step::kPrepare), "Preparing");
      return false;
    }
    if (IsDisturbed(syncjob::kTransferred, *job)) return false;
    if (job->complete) return true;
    if (job->failed) {
      OnFailedJob(syncjob::kTransferred, *job);
    } else {
      Progressing("Preparing", LastTrouble(*job));
    }
    return false;
  }

  /// The shards' reports on record, with those that pods have left since, which are recorded first
  /// of all.
  std::map<std::uint64_t, syncjob::ShardReport> KeepReports() {
    std::map<std::uint64_t, syncjob::ShardReport> reports;
    const syncjob::PlanSummary* const plan = Plan();
    if (plan == nullptr) return reports;
    if (const RecordObject* const record = RecordOf("reports"); record != nullptr) {
      reports = record->reports;
    }
    std::vector<syncjob::ShardReport> fresh;
    for (const PodPtr& pod : see_.pods) {
      if (pod->attempt != run_.attempt || pod->step != syncjob::StepName(Step::kTransfer) ||
          pod->phase != "Succeeded") {
        continue;
      }
      const auto word = syncjob::ParseStepMessage(pod->last_word);
      if (!word || !word->shard || word->shard->shard >= plan->status.shards) continue;
      if (reports.try_emplace(word->shard->shard, *word->shard).second) {
        fresh.push_back(*word->shard);
      }
    }
    if (!fresh.empty()) {
      status_.pause.reset();  // it goes forward
      out_.actions.push_back(RecordReports{.run = run_, .reports = std::move(fresh)});
    }
    return reports;
  }

  bool DirtyLimitPassed(const syncjob::PlanSummary& plan,
                        const std::map<std::uint64_t, syncjob::ShardReport>& reports) {
    std::uint64_t dirty = 0;
    for (const auto& [shard, report] : reports) dirty += report.rows_dirty;
    if (dirty <= plan.dirty_max || (plan.consistency_commit && MayCommit())) return false;
    FailRun(syncjob::kTransferred,
            {.kind = FailureClass::kTerminal,
             .reason = "DirtyLimitExceeded",
             .message = Number(dirty) + " dirty rows, the limit is " + Number(plan.dirty_max)});
    return true;
  }

  void TransferStep(const syncjob::PlanSummary& plan,
                    const std::map<std::uint64_t, syncjob::ShardReport>& reports) {
    const JobObject* const job = JobOf(Step::kTransfer);
    ShowProgress(plan);
    const std::string done =
        Number(reports.size()) + " of " + Number(plan.status.shards) + " shards";
    if (job == nullptr) {
      WriteKnobsWhenChanged(plan);
      JobRequest request = RequestFor(Step::kTransfer);
      for (std::uint64_t shard = 0; !reports.empty() && shard < plan.status.shards; ++shard) {
        if (!reports.contains(shard)) request.shards.push_back(shard);
      }
      Start(std::move(request), "Transferring");
      return;
    }
    Tell(syncjob::kTransferred, ConditionStatus::kUnknown, "Transferring", done);
    if (IsDisturbed(syncjob::kTransferred, *job)) return;
    if (job->complete) {
      RunAgain(*job, "Transferring");
    } else if (job->failed) {
      OnFailedJob(syncjob::kTransferred, *job);
    } else {
      WriteKnobsWhenChanged(plan);
      const std::string trouble = LastTrouble(*job);
      Progressing("Transferring", trouble.empty() ? done : done + "; " + trouble);
      LookAgain(policy_.progress_interval);
    }
  }

  void CommitStep(const syncjob::PlanSummary& plan, std::vector<syncjob::ShardReport> reports) {
    const bool own_record = plan.has_sessions && !plan.consistency_commit;
    const JobObject* const job = JobOf(Step::kCommit);
    if (job == nullptr) {
      if (own_record && RecordOf("final") == nullptr) {
        out_.actions.push_back(RecordFinalReports{.run = run_, .reports = std::move(reports)});
      } else if (Decided() == nullptr) {
        DecideToCommit(plan, std::move(reports));
      }
      JobRequest request = RequestFor(Step::kCommit);
      request.final_reports = own_record;
      Start(std::move(request), "Committing");
      return;
    }
    if (TakeRunReport(*job)) return;
    if (IsDisturbed(syncjob::kCommitted, *job)) return;
    if (job->complete) {
      RunAgain(*job, "Committing");
    } else if (job->failed) {
      OnFailedJob(syncjob::kCommitted, *job);
    } else {
      Progressing("Committing", LastTrouble(*job));
    }
  }

  // What may change while it runs, and what is seen of it.

  void WriteKnobsWhenChanged(const syncjob::PlanSummary& plan) {
    const RecordObject* const record = RecordOf("knobs");
    const syncjob::Speed& wanted = spec_.speed;
    const bool planned = wanted.throttle == plan.speed.throttle &&
                         (!wanted.throttle || wanted.mbps == plan.speed.mbps) &&
                         wanted.concurrent >= plan.speed.concurrent;
    if (record == nullptr && planned) return;
    const std::int32_t pods = plan.status.small ? 1 : plan.Pods();
    nlohmann::json knobs = {{"throttle", wanted.throttle}};
    if (wanted.throttle) knobs["mbps"] = wanted.mbps / pods;
    if (wanted.concurrent < plan.speed.concurrent) {
      knobs["streams"] = std::max(1, wanted.concurrent / pods);
    }
    const std::string text = DumpJson(knobs);
    if (record != nullptr && record->knobs == text) return;
    out_.actions.push_back(WriteKnobs{.run = run_, .knobs = text});
  }

  void ShowProgress(const syncjob::PlanSummary& plan) {
    syncjob::ProgressStatus progress;
    progress.rows_total = plan.status.rows;
    progress.shards_total = plan.status.shards;
    if (const RecordObject* const record = RecordOf("reports"); record != nullptr) {
      progress.shards = record->reports.size();
      for (const auto& [shard, report] : record->reports) {
        progress.rows += report.rows_read;
        progress.bytes += report.bytes_raw;
      }
    }
    progress.rows = std::min(progress.rows + see_.live.rows, progress.rows_total);
    progress.bytes += see_.live.bytes;
    progress.rows_per_second = see_.live.rows_per_second;
    progress.bytes_per_second = see_.live.bytes_per_second;
    const std::uint64_t left = progress.rows_total - progress.rows;
    if (progress.rows_per_second > 0) progress.eta_seconds = left / progress.rows_per_second;
    if (progress.rows_total > 0) {
      progress.percent = static_cast<std::uint64_t>(std::floor(
          100.0 * static_cast<double>(progress.rows) / static_cast<double>(progress.rows_total)));
    }
    status_.progress = progress;
  }

  const Observed& see_;
  const Policy& policy_;
  const WallTime now_;
  const SyncJobObject& job_;
  const syncjob::SyncJobSpec& spec_;
  Decision out_;
  syncjob::SyncJobStatus& status_;
  RunId run_;
};

}  // namespace

Decision Decide(const Observed& see, const Policy& policy, WallTime now) {
  return Decider(see, policy, now).Run();
}

std::string TargetOf(const SyncJobObject& job, const DataSourceObject* target) {
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&job.job.spec.target);
  if (table == nullptr || target == nullptr || !target->problem.empty()) return {};
  return TargetKey(target->data_source, table->table);
}

}  // namespace culvert::control
