// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/log.h"
#include "libs/base/mutex.h"
#include "libs/base/result.h"

#include <cstdint>
#include <cstdio>
#include <deque>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace culvert::emulator {

/// What happened to the data, in order, for a checker: session.open, block.begin, block.accept,
/// commit.begin, commit.applied, commit.replied, truncate.applied, read. One JSON object a line:
/// `{"seq":1,"ns":123,"at":"2026-01-02T03:04:05Z","event":"block.begin","session":"..","block":3}`:
/// `ns` by the monotonic clock, `at` by the wall's. Thread-safe: `seq` is the order of the calls.
class EventLog {
 public:
  /// Appends to `file` (empty: memory only); the last kKeptMax lines are also kept in memory.
  static Result<std::unique_ptr<EventLog>> Open(const std::string& file, const Clock& clock);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void Append(std::string_view event, std::initializer_list<LogField> fields);
  /// Lines kept whose seq is greater than `after`.
  std::string Lines(std::uint64_t after) const;

  static constexpr std::size_t kKeptMax = 100'000;

 private:
  explicit EventLog(const Clock& clock) : clock_(clock) {}
  const Clock& clock_;
  mutable Mutex mutex_;
  std::FILE* file_ GUARDED_BY(mutex_) = nullptr;
  std::uint64_t next_ GUARDED_BY(mutex_) = 1;
  std::deque<std::string> kept_ GUARDED_BY(mutex_);
};

}  // namespace culvert::emulator
