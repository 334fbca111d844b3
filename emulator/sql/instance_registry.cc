// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/instance_registry.h"

#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace culvert::emulator::sql {
namespace {

constexpr std::string_view kKind = "instance";
constexpr std::size_t kStoredTextMax = std::size_t{1024} * 1024;  // of a result kept on disk

std::int64_t Seconds(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.Now().time_since_epoch()).count();
}

std::string Encode(const InstanceView& view) {
  return DumpJson(nlohmann::json{{"project", view.project},
                                 {"owner", view.owner},
                                 {"task", static_cast<int>(view.task)},
                                 {"task_name", view.task_name},
                                 {"guid", view.guid},
                                 {"priority", view.priority},
                                 {"source", view.source},
                                 {"format", view.format},
                                 {"text", view.text.substr(0, kStoredTextMax)},
                                 {"start", view.start_seconds},
                                 {"end", view.end_seconds}});
}

Result<InstanceView> Decode(const std::string& id, std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const nlohmann::json json, ParseJson(text));
  InstanceView view;
  view.id = id;
  CULVERT_ASSIGN_OR_RETURN(view.project, JsonString(json, "project"));
  CULVERT_ASSIGN_OR_RETURN(view.owner, JsonString(json, "owner"));
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t task, JsonInt64(json, "task"));
  if (task < 0 || task > static_cast<int>(TaskStatus::kCancelled)) {
    return Fail(DataLoss("instance " + id + " has an unknown state"));
  }
  view.task = static_cast<TaskStatus>(task);
  CULVERT_ASSIGN_OR_RETURN(view.task_name, JsonString(json, "task_name"));
  CULVERT_ASSIGN_OR_RETURN(view.guid, JsonString(json, "guid"));
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t priority, JsonInt64(json, "priority"));
  view.priority = static_cast<int>(priority);
  CULVERT_ASSIGN_OR_RETURN(view.source, JsonString(json, "source"));
  CULVERT_ASSIGN_OR_RETURN(view.format, JsonString(json, "format"));
  CULVERT_ASSIGN_OR_RETURN(view.text, JsonString(json, "text"));
  CULVERT_ASSIGN_OR_RETURN(view.start_seconds, JsonInt64(json, "start"));
  CULVERT_ASSIGN_OR_RETURN(view.end_seconds, JsonInt64(json, "end"));
  return view;
}

Error NoInstance(std::string_view id) {
  return NotFound("instance " + std::string(id) + " does not exist").Because("NoSuchInstance");
}

}  // namespace

Result<std::unique_ptr<InstanceRegistry>> InstanceRegistry::Load(Executor& executor,
                                                                 DurableStore& durable,
                                                                 Clock& clock, Logger& log) {
  std::unique_ptr<InstanceRegistry> registry(new InstanceRegistry(executor, durable, clock, log));
  CULVERT_TRY(registry->LoadHistory());
  registry->Start();
  return registry;
}

Status InstanceRegistry::LoadHistory() {
  CULVERT_ASSIGN_OR_RETURN(const auto records, durable_.Load(kKind));
  std::vector<DurableChange> changes;
  const MutexLock lock(mutex_);
  for (const auto& [id, value] : records) {
    auto entry = std::make_shared<Entry>();
    CULVERT_ASSIGN_OR_RETURN(entry->view, Decode(id, value));
    entry->rows_dropped = true;
    if (!entry->view.terminated()) {
      entry->view.task = TaskStatus::kFailed;
      entry->view.end_seconds = Seconds(clock_);
      entry->view.format = "text";
      entry->view.text = "ODPS-0010000:System internal error - the service ended while it ran";
      changes.push_back({std::string(kKind), id, Encode(entry->view)});
    }
    entries_[id] = std::move(entry);
  }
  return changes.empty() ? Status() : durable_.Write(changes);
}

void InstanceRegistry::Start() {
  for (int i = 0; i < kWorkers; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) { Work(stop); });
  }
}

InstanceRegistry::~InstanceRegistry() {
  for (std::jthread& worker : workers_) worker.request_stop();
  {
    const MutexLock lock(mutex_);
    for (const auto& [id, entry] : entries_) entry->stop.request_stop();
  }
  changed_.notify_all();
  workers_.clear();
}

std::string InstanceRegistry::NewId() {
  // As the service's ids: time, then what makes it unique; order of text is order of submission.
  std::string digits;
  for (const char c : FormatRfc3339(clock_.Now(), Subseconds::kMilliseconds)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  std::string number = std::to_string(++submitted_ % 1'000'000);
  number.insert(0, 6 - number.size(), '0');
  return digits + "g" + number + RandomHex128().substr(0, 8);
}

Result<std::string> InstanceRegistry::Submit(const std::string& project, const std::string& owner,
                                             Job job) {
  auto entry = std::make_shared<Entry>();
  InstanceView& view = entry->view;
  {
    const MutexLock lock(mutex_);
    if (queue_.size() >= kQueueMax) {
      return Fail(ResourceExhausted("too many instances are waiting").Because("FlowExceeded"));
    }
    view.id = NewId();
  }
  view.project = record::FoldName(project);
  view.owner = owner;
  view.task_name = job.task_name;
  view.guid = job.guid;
  view.priority = job.priority;
  view.source = job.xml;
  view.start_seconds = Seconds(clock_);
  entry->job = std::move(job);
  CULVERT_TRY(durable_.Write({{std::string(kKind), view.id, Encode(view)}}));
  std::string id = view.id;
  std::vector<std::string> gone;
  {
    const MutexLock lock(mutex_);
    entries_[id] = entry;
    // 0 is the most urgent; equals go in order.
    const auto place = std::ranges::upper_bound(
        queue_, view.priority, {}, [](const EntryPtr& waiting) { return waiting->view.priority; });
    queue_.insert(place, entry);
    gone = Trim();
  }
  changed_.notify_all();
  if (!gone.empty()) {
    std::vector<DurableChange> changes;
    changes.reserve(gone.size());
    for (std::string& old : gone) {
      changes.push_back({std::string(kKind), std::move(old), std::nullopt});
    }
    CULVERT_TRY(durable_.Write(changes));
  }
  return id;
}

std::vector<std::string> InstanceRegistry::Trim() {
  while (with_rows_.size() > kResultsKept) {
    with_rows_.front()->rows.reset();
    with_rows_.front()->rows_dropped = true;
    with_rows_.pop_front();
  }
  std::vector<std::string> gone;
  auto entry = entries_.begin();
  while (entries_.size() > kHistoryMax && entry != entries_.end()) {
    if (!entry->second->view.terminated()) {
      ++entry;
      continue;
    }
    gone.push_back(entry->first);
    entry = entries_.erase(entry);
  }
  return gone;
}

void InstanceRegistry::Work(const std::stop_token& stop) {
  while (true) {
    EntryPtr entry;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
      if (stop.stop_requested()) return;
      entry = std::move(queue_.front());
      queue_.pop_front();
      entry->view.task = TaskStatus::kRunning;
    }
    Run(entry);
  }
}

void InstanceRegistry::Run(const EntryPtr& entry) {
  const OpContext context{.stop = entry->stop.get_token(),
                          .deadline = clock_.SteadyNow() + kTimeMax,
                          .clock = clock_,
                          .log = log_};
  Session session{
      .project = entry->view.project, .schema = entry->job.schema, .settings = entry->job.settings};
  Result<Outcome> outcome = executor_.RunScript(context, std::move(session), entry->job.query);
  if (outcome) {
    Finish(entry, TaskStatus::kSuccess, *std::move(outcome));
    return;
  }
  const bool cancelled = outcome.error().code == ErrorCode::kCancelled;
  Outcome failure;
  failure.text = outcome.error().message;
  if (!failure.text.starts_with("ODPS-")) {
    failure.text =
        (cancelled ? "ODPS-0110999:Instance cancelled - " : "ODPS-0010000:") + failure.text;
  }
  Finish(entry, cancelled ? TaskStatus::kCancelled : TaskStatus::kFailed, std::move(failure));
}

void InstanceRegistry::Finish(const EntryPtr& entry, TaskStatus status, Outcome outcome) {
  InstanceView view;
  {
    const MutexLock lock(mutex_);
    view = entry->view;
  }
  view.task = status;
  view.format = std::move(outcome.format);
  view.text = std::move(outcome.text);
  view.end_seconds = Seconds(clock_);
  // What a client is told must be what it is told after a restart.
  if (const Status stored = durable_.Write({{std::string(kKind), view.id, Encode(view)}});
      !stored) {
    log_.Error("instance state not stored",
               {{"instance", view.id}, {"error", ToString(stored.error())}});
  }
  {
    const MutexLock lock(mutex_);
    entry->view = std::move(view);
    entry->job.query.clear();
    if (outcome.rows) {
      entry->rows = std::move(outcome.rows);
      with_rows_.push_back(entry);
    }
  }
  changed_.notify_all();
}

InstanceRegistry::EntryPtr InstanceRegistry::FindEntry(std::string_view project,
                                                       std::string_view id) const {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !record::SameName(found->second->view.project, project)) {
    return nullptr;
  }
  return found->second;
}

Result<InstanceView> InstanceRegistry::Get(std::string_view project, std::string_view id) const {
  const MutexLock lock(mutex_);
  const EntryPtr entry = FindEntry(project, id);
  if (entry == nullptr) return Fail(NoInstance(id));
  return entry->view;
}

Result<InstanceView> InstanceRegistry::Wait(std::string_view project, std::string_view id,
                                            std::chrono::milliseconds budget) const {
  std::unique_lock lock(mutex_);
  const EntryPtr entry = FindEntry(project, id);
  if (entry == nullptr) return Fail(NoInstance(id));
  changed_.wait_for(lock, budget, [&] { return entry->view.terminated(); });
  return entry->view;
}

Status InstanceRegistry::Stop(std::string_view project, std::string_view id) {
  EntryPtr waiting;
  {
    const MutexLock lock(mutex_);
    const EntryPtr entry = FindEntry(project, id);
    if (entry == nullptr) return Fail(NoInstance(id));
    if (entry->view.terminated()) {
      return Fail(FailedPrecondition("instance " + std::string(id) + " has ended already")
                      .Because("InvalidStateSetting"));
    }
    entry->stop.request_stop();
    const auto place = std::ranges::find(queue_, entry);
    if (place != queue_.end()) {
      waiting = entry;
      queue_.erase(place);
    }
  }
  if (waiting != nullptr) {
    Outcome outcome;
    outcome.text = "ODPS-0110999:Instance cancelled - stopped";
    Finish(waiting, TaskStatus::kCancelled, std::move(outcome));
  }
  return {};
}

std::vector<InstanceView> InstanceRegistry::List(std::string_view project) const {
  std::vector<InstanceView> views;
  const MutexLock lock(mutex_);
  for (const auto& [id, entry] : entries_) {
    if (record::SameName(entry->view.project, project)) views.push_back(entry->view);
  }
  return views;
}

Result<ResultSet> InstanceRegistry::Find(std::string_view project,
                                         std::string_view instance) const {
  const MutexLock lock(mutex_);
  const EntryPtr entry = FindEntry(project, instance);
  if (entry == nullptr) return Fail(NoInstance(instance));
  const InstanceView& view = entry->view;
  if (!view.terminated()) {
    return Fail(FailedPrecondition("instance " + view.id + " has not ended yet")
                    .Because("InstanceNotTerminate"));
  }
  if (view.task != TaskStatus::kSuccess) {
    return Fail(FailedPrecondition(view.text).Because("TaskFailed"));
  }
  if (!entry->rows) {
    return Fail(
        FailedPrecondition("instance " + view.id +
                           (entry->rows_dropped && view.format == "csv"
                                ? " is too old: its rows are no longer kept, run the query again"
                                : " is no SELECT, it has no rows"))
            .Because("InvalidArgument"));
  }
  return *entry->rows;
}

}  // namespace culvert::emulator::sql
