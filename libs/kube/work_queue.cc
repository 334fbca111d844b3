// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/work_queue.h"

#include "libs/base/check.h"

#include <algorithm>
#include <utility>

namespace culvert::kube {
namespace {

constexpr int kDoublingsMax = 40;

}  // namespace

void WorkQueue::Add(const ObjectKey& key, Priority priority) {
  const MutexLock lock(mutex_);
  Enqueue(key, SteadyTime::min(), priority);
}

void WorkQueue::AddAfter(const ObjectKey& key, std::chrono::milliseconds delay) {
  const MutexLock lock(mutex_);
  Enqueue(key, delay.count() <= 0 ? SteadyTime::min() : clock_.SteadyNow() + delay,
          Priority::kHigh);
}

void WorkQueue::AddRateLimited(const ObjectKey& key) {
  const MutexLock lock(mutex_);
  Entry& entry = entries_[key];
  const int doublings = std::min(entry.failures, kDoublingsMax);
  ++entry.failures;
  ++retries_;
  std::chrono::milliseconds delay = options_.backoff_initial;
  for (int i = 0; i < doublings && delay < options_.backoff_max; ++i) delay *= 2;
  Enqueue(key, clock_.SteadyNow() + std::min(delay, options_.backoff_max), Priority::kHigh);
}

void WorkQueue::Forget(const ObjectKey& key) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.failures = 0;
  if (!found->second.working && !found->second.due) entries_.erase(found);
}

void WorkQueue::Enqueue(const ObjectKey& key, SteadyTime due, Priority priority) {
  ++adds_;
  Entry& entry = entries_[key];
  const bool waits = entry.due.has_value();
  if (waits && *entry.due <= due && entry.priority <= priority) return;
  if (waits && !entry.working) Unschedule(key, entry);
  if (!waits) entry.order = next_order_++;
  entry.priority = waits ? std::min(entry.priority, priority) : priority;
  entry.due = waits ? std::min(*entry.due, due) : due;
  // A key at work gets its slot when the worker is done.
  if (!entry.working) Schedule(key, entry);
}

void WorkQueue::Schedule(const ObjectKey& key, Entry& entry) {
  CULVERT_CHECK(entry.due.has_value());
  const SteadyTime now = clock_.SteadyNow();
  entry.ready = *entry.due <= now;
  entry.since = entry.ready ? now : *entry.due;
  if (entry.ready) entry.due = SteadyTime::min();
  (entry.ready ? ready_ : delayed_).insert(Slot{*entry.due, entry.priority, entry.order, key});
  changed_.notify_one();
}

void WorkQueue::Unschedule(const ObjectKey& key, const Entry& entry) {
  CULVERT_CHECK(entry.due.has_value());
  (entry.ready ? ready_ : delayed_).erase(Slot{*entry.due, entry.priority, entry.order, key});
}

std::optional<ObjectKey> WorkQueue::TakeReady() {
  const SteadyTime now = clock_.SteadyNow();
  while (!delayed_.empty() && delayed_.begin()->due <= now) {
    Slot slot = std::move(delayed_.extract(delayed_.begin()).value());
    Entry& entry = entries_.at(slot.key);
    entry.ready = true;
    slot.due = SteadyTime::min();
    entry.due = slot.due;
    ready_.insert(std::move(slot));
  }
  if (ready_.empty()) return std::nullopt;
  Slot slot = std::move(ready_.extract(ready_.begin()).value());
  Entry& entry = entries_.at(slot.key);
  entry.due.reset();
  entry.ready = false;
  entry.working = true;
  if (on_taken_) on_taken_(now - entry.since);
  entry.since = now;
  ++working_;
  return std::move(slot.key);
}

std::optional<ObjectKey> WorkQueue::TryTake() {
  const MutexLock lock(mutex_);
  return TakeReady();
}

std::optional<ObjectKey> WorkQueue::Take(const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    if (auto key = TakeReady()) return key;
    const SteadyTime due = delayed_.empty() ? SteadyTime::max() : delayed_.begin()->due;
    const auto sooner = [this, due] {
      return !ready_.empty() || (!delayed_.empty() && delayed_.begin()->due < due);
    };
    if (delayed_.empty()) {
      changed_.wait(mutex_, stop, sooner);
    } else {
      changed_.wait_for(mutex_, stop, due - clock_.SteadyNow(), sooner);
    }
  }
  return std::nullopt;
}

void WorkQueue::Done(const ObjectKey& key) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(key);
  CULVERT_CHECK(found != entries_.end() && found->second.working);
  Entry& entry = found->second;
  entry.working = false;
  --working_;
  if (entry.due) {
    Schedule(key, entry);
  } else if (entry.failures == 0) {
    entries_.erase(found);
  }
}

void WorkQueue::SetOnTaken(std::function<void(std::chrono::nanoseconds)> on_taken) {
  const MutexLock lock(mutex_);
  on_taken_ = std::move(on_taken);
}

WorkQueue::Load WorkQueue::load() const {
  const MutexLock lock(mutex_);
  const SteadyTime now = clock_.SteadyNow();
  Load load{.ready = ready_.size(), .adds = adds_, .retries = retries_};
  for (auto slot = delayed_.begin(); slot != delayed_.end() && slot->due <= now; ++slot) {
    ++load.ready;
  }
  if (working_ == 0) return load;
  for (const auto& [key, entry] : entries_) {
    if (!entry.working) continue;
    const std::chrono::nanoseconds at_work = now - entry.since;
    load.unfinished += at_work;
    load.longest = std::max(load.longest, at_work);
  }
  return load;
}

std::size_t WorkQueue::depth() const {
  const MutexLock lock(mutex_);
  return ready_.size() + delayed_.size();
}

std::size_t WorkQueue::working() const {
  const MutexLock lock(mutex_);
  return working_;
}

std::uint64_t WorkQueue::adds_total() const {
  const MutexLock lock(mutex_);
  return adds_;
}

std::uint64_t WorkQueue::retries_total() const {
  const MutexLock lock(mutex_);
  return retries_;
}

}  // namespace culvert::kube
