// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/kube/object.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <unordered_map>

namespace culvert::kube {

enum class Priority : std::uint8_t { kHigh, kLow };  // kLow: first list, resync

/// Keys to look at, each at most once at a time. A key that is added again while it waits stays
/// where it is; while a worker has it, it comes back when the worker is done, so no change is
/// missed and no two workers hold one key. Delayed keys wait for their time, the earliest of
/// several wins. Thread-safe.
class WorkQueue {
 public:
  struct Options {
    std::chrono::milliseconds backoff_initial{5};
    std::chrono::milliseconds backoff_max{1'000'000};
  };
  /// `clock` must outlive the queue.
  WorkQueue(Clock& clock, Options options) : clock_(clock), options_(options) {}

  void Add(const ObjectKey& key, Priority priority = Priority::kHigh);
  void AddAfter(const ObjectKey& key, std::chrono::milliseconds delay);
  /// Adds after this key's backoff: initial × 2^failures, at most the maximum.
  void AddRateLimited(const ObjectKey& key);
  /// The key succeeded: its backoff begins anew.
  void Forget(const ObjectKey& key);

  /// Waits for a key; nothing once `stop` is requested. Every key taken must be given back by Done.
  std::optional<ObjectKey> Take(const std::stop_token& stop);
  /// The same without waiting.
  std::optional<ObjectKey> TryTake();
  void Done(const ObjectKey& key);

  /// What there is to do now, for metrics.
  struct Load {
    std::size_t ready = 0;  // keys that a worker could take
    std::uint64_t adds = 0;
    std::uint64_t retries = 0;
    std::chrono::nanoseconds unfinished{0};  // how long keys have been at work, summed up
    std::chrono::nanoseconds longest{0};     // the longest of them
  };
  Load load() const;
  /// `waited` is told how long each key was ready before it was taken, under the queue's lock.
  /// Set before the queue is used.
  void SetOnTaken(std::function<void(std::chrono::nanoseconds waited)> on_taken);

  std::size_t depth() const;    // ready and delayed
  std::size_t working() const;  // taken and not done
  std::uint64_t adds_total() const;
  std::uint64_t retries_total() const;

 private:
  struct Entry {
    std::optional<SteadyTime> due;  // when it may be taken; nothing: it does not wait
    bool ready = false;             // its slot is in ready_, else in delayed_
    Priority priority = Priority::kHigh;
    std::uint64_t order = 0;  // first come, first served among equals
    bool working = false;
    SteadyTime since;  // it is ready, or at work
    int failures = 0;
  };
  struct Slot {
    SteadyTime due;  // of a ready key: the beginning of time
    Priority priority = Priority::kHigh;
    std::uint64_t order = 0;
    ObjectKey key;
    auto operator<=>(const Slot&) const = default;
  };
  void Enqueue(const ObjectKey& key, SteadyTime due, Priority priority) REQUIRES(mutex_);
  void Schedule(const ObjectKey& key, Entry& entry) REQUIRES(mutex_);
  void Unschedule(const ObjectKey& key, const Entry& entry) REQUIRES(mutex_);
  std::optional<ObjectKey> TakeReady() REQUIRES(mutex_);

  Clock& clock_;
  const Options options_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::function<void(std::chrono::nanoseconds)> on_taken_ GUARDED_BY(mutex_);
  std::unordered_map<ObjectKey, Entry, ObjectKeyHash> entries_ GUARDED_BY(mutex_);
  std::set<Slot> delayed_ GUARDED_BY(mutex_);  // by time
  std::set<Slot> ready_ GUARDED_BY(mutex_);    // due = min: by priority, then order
  std::uint64_t next_order_ GUARDED_BY(mutex_) = 0;
  std::size_t working_ GUARDED_BY(mutex_) = 0;
  std::uint64_t adds_ GUARDED_BY(mutex_) = 0;
  std::uint64_t retries_ GUARDED_BY(mutex_) = 0;
};

}  // namespace culvert::kube
