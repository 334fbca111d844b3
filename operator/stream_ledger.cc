// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/stream_ledger.h"

#include <algorithm>
#include <tuple>

namespace culvert::control {

std::int32_t StreamLedger::Sum(const std::string& data_source, std::string_view except) const {
  std::int32_t sum = 0;
  for (const auto& [uid, entry] : entries_) {
    if (uid == except || entry.streams == 0) continue;
    const bool uses = std::ranges::any_of(
        entry.pools, [&](const StreamPool& pool) { return pool.data_source == data_source; });
    if (uses) sum += entry.streams;
  }
  return sum;
}

bool StreamLedger::SomebodyBefore(const Need& need, const std::string& data_source) const {
  return std::ranges::any_of(entries_, [&](const auto& one) {
    const Entry& entry = one.second;
    if (one.first == need.uid || entry.waiting_since.empty()) return false;
    const bool uses = std::ranges::any_of(
        entry.pools, [&](const StreamPool& pool) { return pool.data_source == data_source; });
    return uses && std::tie(entry.waiting_since, one.first) < std::tie(need.since, need.uid);
  });
}

bool StreamLedger::Take(const Need& need) {
  const MutexLock lock(mutex_);
  Entry& entry = entries_[need.uid];
  if (entry.streams > 0) return true;
  const bool room = std::ranges::all_of(need.pools, [&](const StreamPool& pool) {
    return Sum(pool.data_source, need.uid) + need.streams <= pool.limit &&
           !SomebodyBefore(need, pool.data_source);
  });
  entry.pools = need.pools;
  if (!room) {
    entry.waiting_since = need.since;
    return false;
  }
  entry.streams = need.streams;
  entry.taken = true;
  entry.waiting_since.clear();
  return true;
}

void StreamLedger::Saw(const std::string& uid, const std::vector<StreamPool>& pools,
                       std::int32_t streams, bool terminal) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(uid);
  if (terminal || (streams == 0 && found == entries_.end())) {
    if (found != entries_.end()) entries_.erase(found);
    return;
  }
  Entry& entry = entries_[uid];
  if (streams == 0) {
    if (entry.taken) return;  // a moment ago
    if (entry.waiting_since.empty()) {
      entries_.erase(uid);
    } else {
      entry.streams = 0;
    }
    return;
  }
  entry.pools = pools;
  entry.streams = streams;
  entry.taken = false;
  entry.waiting_since.clear();
}

void StreamLedger::Release(const std::string& uid) {
  const MutexLock lock(mutex_);
  entries_.erase(uid);
}

std::int32_t StreamLedger::Held(const std::string& data_source) const {
  const MutexLock lock(mutex_);
  return Sum(data_source, "");
}

}  // namespace culvert::control
