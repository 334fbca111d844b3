// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/run_view.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "libs/kube/object.h"
#include "libs/syncjob/step_message.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <set>
#include <utility>

namespace culvert::plugin {
namespace {

using nlohmann::json;

constexpr std::string_view kIndexAnnotation = "batch.kubernetes.io/job-completion-index";
constexpr std::string_view kShardsAnnotation = "culvert.dev/shards";
constexpr std::size_t kShardsMax = 1'000;

/// The member at `pointer`, or null: objects come from a server, and a view is no place to be
/// strict.
const json& At(const json& object, const char* pointer) {
  static const json nothing;
  const json::json_pointer path(pointer);
  return object.is_structured() && object.contains(path) ? object.at(path) : nothing;
}

std::string Text(const json& object, const char* pointer) {
  const json& found = At(object, pointer);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::int64_t Number(const json& object, const char* pointer) {
  const json& found = At(object, pointer);
  return found.is_number_integer() ? found.get<std::int64_t>() : 0;
}

std::string Entry(const json& object, const char* map, std::string_view key) {
  const json& found = At(object, map);
  if (!found.is_object()) return {};
  const auto entry = found.find(key);
  return entry != found.end() && entry->is_string() ? entry->get<std::string>() : std::string();
}

std::optional<std::int64_t> ToNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<WallTime> Time(const json& object, const char* pointer) {
  const auto time = ParseRfc3339(Text(object, pointer));
  return time ? std::optional<WallTime>(*time) : std::nullopt;
}

std::int64_t Seconds(WallTime from, WallTime until) {
  return std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::seconds>(until - from).count());
}

/// `0,2-4`: what a Job says of its indexes; numbers from kShardsMax on are left out.
std::set<std::int64_t> Indexes(const std::string& text) {
  std::set<std::int64_t> indexes;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::size_t dash = part.find('-');
    const auto first = ToNumber(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : ToNumber(part.substr(dash + 1));
    if (!first || !last) continue;
    const auto end = std::min<std::int64_t>(*last, kShardsMax - 1);
    for (std::int64_t index = std::max<std::int64_t>(0, *first); index <= end; ++index) {
      indexes.insert(index);
    }
  }
  return indexes;
}

bool HasCondition(const json& object, std::string_view type) {
  const json& conditions = At(object, "/status/conditions");
  if (!conditions.is_array()) return false;
  return std::ranges::any_of(conditions, [type](const json& condition) {
    return Text(condition, "/type") == type && Text(condition, "/status") == "True";
  });
}

const json& Container(const json& pod) {
  static const json nothing;
  const json& all = At(pod, "/status/containerStatuses");
  if (!all.is_array()) return nothing;
  for (const json& one : all) {
    if (Text(one, "/name") == "runner") return one;
  }
  return nothing;
}

/// Why a pod that was made does not run.
void SeeWaiting(const json& pod, ShardView& view) {
  const json& container = Container(pod);
  view.reason = Text(container, "/state/waiting/reason");
  view.message = Text(container, "/state/waiting/message");
  if (!view.reason.empty() && view.reason != "ContainerCreating") return;
  view.reason.clear();
  view.message.clear();
  const json& conditions = At(pod, "/status/conditions");
  if (!conditions.is_array()) return;
  for (const json& condition : conditions) {
    if (Text(condition, "/type") != "PodScheduled" || Text(condition, "/status") != "False")
      continue;
    view.reason = Text(condition, "/reason");
    view.message = Text(condition, "/message");
  }
}

/// What a pod that ended left behind.
void SeeTerminated(const json& pod, ShardView& view) {
  const json& container = Container(pod);
  const json& ended = At(container, "/state/terminated");
  view.reason = Text(ended, "/reason");
  view.message = Text(ended, "/message");
  if (ended.is_object()) view.exit_code = static_cast<int>(Number(ended, "/exitCode"));
  if (Text(pod, "/status/reason") == "Evicted") {
    view.reason = "Evicted";
    view.message = Text(pod, "/status/message");
    return;
  }
  const auto left = syncjob::ParseStepMessage(view.message);
  if (!left) return;
  view.message = left->message;
  view.reason = left->reason;
  if (left->shard) {
    view.rows = view.rows_total = left->shard->rows_read;
  } else if (left->run) {
    view.rows = view.rows_total = left->run->totals.rows_read;
  }
}

void SeeProgress(const json& progress, ShardView& view) {
  view.rows = JsonUint64Or(progress, "rows", 0).value_or(0);
  view.rows_total = JsonUint64Or(progress, "rowsTotal", 0).value_or(0);
  view.rows_per_second = JsonUint64Or(progress, "ratePerSecond", 0).value_or(0);
}

State PodState(const json& pod) {
  const std::string phase = Text(pod, "/status/phase");
  if (phase == "Running") return State::kRunning;
  if (phase == "Succeeded") return State::kSucceeded;
  if (phase == "Failed") return State::kFailed;
  return State::kPending;
}

/// The pods of one index of one Job, oldest first.
using Pods = std::vector<const json*>;

ShardView ViewPods(std::int64_t shard, const Pods& pods, const RunObjects& objects) {
  ShardView view;
  view.shard = shard;
  if (pods.empty()) return view;
  const json& newest = *pods.back();
  view.pod = Text(newest, "/metadata/name");
  for (std::size_t i = 0; i + 1 < pods.size(); ++i) {
    view.earlier_pods.push_back(Text(*pods[i], "/metadata/name"));
  }
  view.state = PodState(newest);
  view.failed_pods = static_cast<std::size_t>(std::ranges::count_if(
      pods, [](const json* pod) { return PodState(*pod) == State::kFailed; }));
  switch (view.state) {
    case State::kPending:
      SeeWaiting(newest, view);
      break;
    case State::kRunning:
      if (const auto found = objects.progress.find(view.pod); found != objects.progress.end()) {
        SeeProgress(found->second, view);
      }
      break;
    default:
      SeeTerminated(newest, view);
      break;
  }
  return view;
}

class StepBuilder {
 public:
  StepBuilder(const RunObjects& objects, const RunView& run, WallTime now)
      : objects_(objects), run_(run), now_(now) {}

  StepView Build(const std::string& name) const {
    StepView step;
    step.name = name;
    const json* const job = FindJob(name);
    if (job != nullptr) {
      step.job = Text(*job, "/metadata/name");
      step.state = JobState(*job);
      SetSeconds(*job, step);
    }
    if (name == "transfer") {
      BuildShards(job, step);
    } else if (job != nullptr) {
      Pods pods;  // of one index, or of none
      for (const auto& [index, some] : PodsOf(name)) {
        pods.insert(pods.end(), some.begin(), some.end());
      }
      step.shards.push_back(ViewPods(0, pods, objects_));
      Sharpen(step);
    }
    if (job == nullptr) step.state = Remembered(name);
    return step;
  }

  bool HasJob(const std::string& name) const { return FindJob(name) != nullptr; }

 private:
  bool Current(const json& child, const std::string& step) const {
    return Entry(child, "/metadata/labels", "culvert.dev/step") == step &&
           Entry(child, "/metadata/labels", "culvert.dev/attempt") ==
               std::to_string(run_.status.attempt) &&
           Entry(child, "/metadata/labels", "culvert.dev/run-uid") == run_.uid;
  }

  const json* FindJob(const std::string& step) const {
    const auto found =
        std::ranges::find_if(objects_.jobs, [&](const json& job) { return Current(job, step); });
    return found == objects_.jobs.end() ? nullptr : &*found;
  }

  /// By their index; -1 for pods of a Job that has none.
  std::map<std::int64_t, Pods> PodsOf(const std::string& step) const {
    std::map<std::int64_t, Pods> by_index;
    for (const json& pod : objects_.pods) {
      if (!Current(pod, step)) continue;
      const auto index = ToNumber(Entry(pod, "/metadata/annotations", kIndexAnnotation));
      by_index[index.value_or(-1)].push_back(&pod);
    }
    for (auto& [index, pods] : by_index) {
      std::ranges::stable_sort(
          pods, {}, [](const json* pod) { return Text(*pod, "/metadata/creationTimestamp"); });
    }
    return by_index;
  }

  static State JobState(const json& job) {
    if (HasCondition(job, "Complete") || HasCondition(job, "SuccessCriteriaMet")) {
      return State::kSucceeded;
    }
    if (HasCondition(job, "Failed") || HasCondition(job, "FailureTarget")) return State::kFailed;
    const json& suspend = At(job, "/spec/suspend");
    if (suspend.is_boolean() && suspend.get<bool>()) return State::kSuspended;
    return Number(job, "/status/ready") > 0 ? State::kRunning : State::kPending;
  }

  /// A Job counts its ready pods late: one that runs makes it run.
  static void Sharpen(StepView& step) {
    if (step.state != State::kPending) return;
    const bool runs = std::ranges::any_of(
        step.shards, [](const ShardView& shard) { return shard.state == State::kRunning; });
    if (runs) step.state = State::kRunning;
  }

  void SetSeconds(const json& job, StepView& step) const {
    const auto begin = Time(job, "/status/startTime");
    if (!begin) return;
    auto end = Time(job, "/status/completionTime");
    const json& conditions = At(job, "/status/conditions");
    for (std::size_t i = 0; !end && conditions.is_array() && i < conditions.size(); ++i) {
      if (Text(conditions[i], "/type") == "Failed")
        end = Time(conditions[i], "/lastTransitionTime");
    }
    step.seconds = Seconds(*begin, end.value_or(now_));
  }

  /// A Job of a transfer may hold a part of the shards only: the others are done.
  void BuildShards(const json* job, StepView& step) const {
    const std::uint64_t planned = run_.status.plan ? run_.status.plan->shards : 0;
    std::vector<std::int64_t> of_job;
    std::set<std::int64_t> completed;
    std::set<std::int64_t> failed;
    if (job != nullptr) {
      of_job = ShardsOfJob(*job);
      completed = Indexes(Text(*job, "/status/completedIndexes"));
      failed = Indexes(Text(*job, "/status/failedIndexes"));
    }
    step.shards_total =
        std::min<std::uint64_t>(std::max<std::uint64_t>(planned, of_job.size()), kShardsMax);
    std::map<std::int64_t, Pods> pods = PodsOf("transfer");
    const bool all_done = syncjob::IsTrue(run_.status.conditions, syncjob::kTransferred);
    for (std::uint64_t number = 0; number < step.shards_total; ++number) {
      const auto shard = static_cast<std::int64_t>(number);
      const auto place = std::ranges::find(of_job, shard);
      ShardView view;
      view.shard = shard;
      if (place != of_job.end()) {
        const std::int64_t index = place - of_job.begin();
        view = ViewPods(shard, pods[index], objects_);
        if (completed.contains(index)) view.state = State::kSucceeded;
        if (failed.contains(index)) view.state = State::kFailed;
        if (view.state == State::kWaiting && step.state == State::kSuspended) {
          view.state = State::kSuspended;
        }
      } else if (job != nullptr) {
        view.state = State::kSucceeded;
      }
      if (all_done) view.state = State::kSucceeded;
      if (view.state == State::kSucceeded) {
        ++step.shards_done;
        view.reason.clear();
        view.message.clear();
      }
      step.shards.push_back(std::move(view));
    }
    Sharpen(step);
    AddFailures(step);
  }

  static std::vector<std::int64_t> ShardsOfJob(const json& job) {
    const std::int64_t completions =
        std::clamp<std::int64_t>(Number(job, "/spec/completions"), 0, kShardsMax);
    std::vector<std::int64_t> shards;
    const std::string listed = Entry(job, "/metadata/annotations", kShardsAnnotation);
    std::string_view rest = listed;
    while (!rest.empty() && shards.size() < kShardsMax) {
      const std::string_view part = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      if (const auto number = ToNumber(part)) shards.push_back(*number);
    }
    if (!shards.empty()) return shards;
    for (std::int64_t i = 0; i < completions; ++i) shards.push_back(i);
    return shards;
  }

  /// What the operator remembers of shards whose pods are gone.
  void AddFailures(StepView& step) const {
    for (const syncjob::FailedShard& failure : run_.status.failed_shards) {
      const auto found = std::ranges::find(step.shards, failure.shard, &ShardView::shard);
      if (found == step.shards.end() || found->state == State::kSucceeded) continue;
      if (!found->reason.empty()) continue;
      found->reason = failure.reason;
      found->message = failure.message;
      if (found->pod.empty()) found->state = State::kFailed;
    }
  }

  /// The state of a step whose Job is not there: not yet, or not any more.
  State Remembered(const std::string& name) const {
    const auto done = [this](std::string_view type) {
      return syncjob::IsTrue(run_.status.conditions, type);
    };
    bool over = false;
    if (name == "plan") over = done(syncjob::kPlanned);
    if (name == "prepare" || name == "transfer") over = done(syncjob::kTransferred);
    if (name == "commit" || name == "work") over = done(syncjob::kCommitted);
    return over ? State::kSucceeded : State::kWaiting;
  }

  const RunObjects& objects_;
  const RunView& run_;
  const WallTime now_;
};

/// The table of one side, or the kind of what is there instead.
std::string SideTitle(const json& sync_job, const std::string& side) {
  std::string table = Text(sync_job, ("/spec/" + side + "/maxCompute/table").c_str());
  if (!table.empty()) return table;
  const json& members = At(sync_job, ("/spec/" + side).c_str());
  return members.is_object() && !members.empty() ? members.begin().key() : std::string();
}

}  // namespace

std::string_view StateName(State state) {
  switch (state) {
    case State::kWaiting:
      return "Waiting";
    case State::kPending:
      return "Pending";
    case State::kRunning:
      return "Running";
    case State::kSuspended:
      return "Suspended";
    case State::kSucceeded:
      return "Succeeded";
    case State::kFailed:
      return "Failed";
  }
  return "Waiting";
}

Result<RunView> ViewRun(const RunObjects& objects, WallTime now) {
  RunView run;
  CULVERT_ASSIGN_OR_RETURN(const kube::ObjectMeta meta, kube::ParseMeta(objects.sync_job));
  run.name = meta.key.name;
  run.name_space = meta.key.name_space;
  run.uid = meta.uid;
  run.resource_version = meta.resource_version;
  run.source = SideTitle(objects.sync_job, "source");
  run.target = SideTitle(objects.sync_job, "target");
  const json& suspend = At(objects.sync_job, "/spec/suspend");
  run.suspended = suspend.is_boolean() && suspend.get<bool>();
  run.run_nonce = Text(objects.sync_job, "/spec/runNonce");
  CULVERT_ASSIGN_OR_RETURN(run.status, syncjob::StatusFromJson(At(objects.sync_job, "/status")));
  if (const auto created = ParseRfc3339(meta.creation_timestamp)) {
    run.age_seconds = Seconds(*created, now);
  }
  if (run.status.attempt == 0) return run;
  const StepBuilder builder(objects, run, now);
  std::vector<std::string> names = {"plan"};
  const bool small = run.status.plan && run.status.plan->small;
  if (small || builder.HasJob("work")) {
    names.emplace_back("work");
  } else {
    if (builder.HasJob("prepare")) names.emplace_back("prepare");
    names.insert(names.end(), {"transfer", "commit"});
  }
  std::vector<StepView> steps;
  steps.reserve(names.size());
  for (const std::string& name : names) steps.push_back(builder.Build(name));
  run.steps = std::move(steps);
  return run;
}

std::string SummaryOf(const RunView& run) {
  const syncjob::Condition* const summary =
      syncjob::FindCondition(run.status.conditions, syncjob::kSucceeded);
  if (summary == nullptr) return "New";
  return summary->reason;
}

bool HasFailed(const RunView& run) {
  return syncjob::IsFalse(run.status.conditions, syncjob::kSucceeded) ||
         syncjob::IsTrue(run.status.conditions, syncjob::kStalled);
}

}  // namespace culvert::plugin
