// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/durable_store.h"
#include "emulator/instance_results.h"
#include "emulator/sql/executor.h"
#include "libs/base/clock.h"
#include "libs/base/log.h"
#include "libs/base/mutex.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace culvert::emulator::sql {

enum class TaskStatus : std::uint8_t { kWaiting, kRunning, kSuccess, kFailed, kCancelled };

/// What a client submits.
struct Job {
  std::string xml;  // the `<Job>` element as it came, for `?source`
  std::string task_name = "AnonymousSQLTask";
  std::string query;
  std::map<std::string, std::string> settings;
  int priority = 9;
  std::string guid;
  std::string schema;  // curr_schema of the request
};

/// One instance at one moment.
struct InstanceView {
  std::string id;
  std::string project;
  std::string owner;
  TaskStatus task = TaskStatus::kWaiting;
  std::string task_name;
  std::string guid;
  int priority = 9;
  std::string source;
  std::string format = "text";
  std::string text;  // result, or why it failed
  std::int64_t start_seconds = 0;
  std::int64_t end_seconds = 0;  // 0 while it runs
  bool terminated() const { return task != TaskStatus::kWaiting && task != TaskStatus::kRunning; }
};

/// The SQL instances of all projects: a queue, a few workers, and a history that survives a
/// restart. The same GUID twice makes two instances, as the service does not deduplicate. Rows of
/// results are kept in memory for the last kResultsKept queries. Thread-safe.
class InstanceRegistry final : public InstanceResults {
 public:
  static constexpr int kWorkers = 4;
  static constexpr std::size_t kQueueMax = 1000;
  static constexpr std::size_t kHistoryMax = 10'000;
  static constexpr std::size_t kResultsKept = 200;
  static constexpr std::chrono::hours kTimeMax{1};

  /// Everything handed in must outlive the registry. Instances that ran when the last process ended
  /// are failed: nobody knows how far they got.
  static Result<std::unique_ptr<InstanceRegistry>> Load(Executor& executor, DurableStore& durable,
                                                        Clock& clock, Logger& log);
  ~InstanceRegistry() override;  // stops what runs and joins
  InstanceRegistry(const InstanceRegistry&) = delete;
  InstanceRegistry& operator=(const InstanceRegistry&) = delete;

  /// The new instance's id. It is on disk when this returns. kResourceExhausted when the queue is
  /// full.
  Result<std::string> Submit(const std::string& project, const std::string& owner, Job job);
  /// kNotFound/NoSuchInstance.
  Result<InstanceView> Get(std::string_view project, std::string_view id) const;
  /// The instance after it has ended or `budget` has passed, whichever is first.
  Result<InstanceView> Wait(std::string_view project, std::string_view id,
                            std::chrono::milliseconds budget) const;
  /// Asks a waiting or running instance to end. kNotFound; kFailedPrecondition when it has ended.
  Status Stop(std::string_view project, std::string_view id);
  /// By id, thus by time.
  std::vector<InstanceView> List(std::string_view project) const;

  Result<ResultSet> Find(std::string_view project, std::string_view instance) const override;

 private:
  struct Entry {
    InstanceView view;
    Job job;
    std::stop_source stop;
    std::optional<ResultSet> rows;
    bool rows_dropped = false;
  };
  using EntryPtr = std::shared_ptr<Entry>;

  InstanceRegistry(Executor& executor, DurableStore& durable, Clock& clock, Logger& log)
      : executor_(executor), durable_(durable), clock_(clock), log_(log) {}
  Status LoadHistory();
  void Start();
  void Work(const std::stop_token& stop);
  void Run(const EntryPtr& entry);
  void Finish(const EntryPtr& entry, TaskStatus status, Outcome outcome);
  std::string NewId() REQUIRES(mutex_);
  /// Drops what is beyond the limits; the ids whose records may go.
  std::vector<std::string> Trim() REQUIRES(mutex_);
  EntryPtr FindEntry(std::string_view project, std::string_view id) const REQUIRES(mutex_);

  Executor& executor_;
  DurableStore& durable_;
  Clock& clock_;
  Logger& log_;
  mutable Mutex mutex_;
  mutable CondVar changed_;
  std::map<std::string, EntryPtr, std::less<>> entries_ GUARDED_BY(mutex_);  // by id
  std::deque<EntryPtr> queue_ GUARDED_BY(mutex_);
  std::deque<EntryPtr> with_rows_ GUARDED_BY(mutex_);  // oldest first
  std::uint64_t submitted_ GUARDED_BY(mutex_) = 0;
  std::vector<std::jthread> workers_;  // last: joined before the rest goes
};

}  // namespace culvert::emulator::sql
