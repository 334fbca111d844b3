// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/schedule/timetable.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace culvert::schedule {

/// What becomes of planned times that could not start a run when they came: nobody looked, the
/// schedule was suspended, or another run was in the way.
enum class CatchUp : std::uint8_t {
  kNone,  // a run starts in time or not at all
  kLast,  // the newest of them runs
  kAll    // each runs, up to `catch_up_max` of the newest, in their order
};

/// What a run that comes due while another one runs does.
enum class Concurrency : std::uint8_t {
  kForbid,  // waits, as long as its deadline and `catch_up` let it
  kAllow,   // starts
  kReplace  // starts when the other one has been stopped; older ones that wait are missed
};

struct FiringRules {
  Timetable timetable;
  std::chrono::seconds jitter{0};  // from JitterOf: every run starts so much later than planned
  /// How late a run may still start, counted from its planned time and jitter. Nothing: always, but
  /// with CatchUp::kNone, where it is kInTime.
  std::optional<std::chrono::seconds> starting_deadline = {};
  CatchUp catch_up = CatchUp::kLast;
  std::size_t catch_up_max = 10;
  Concurrency concurrency = Concurrency::kForbid;
  bool suspend = false;
};

inline constexpr std::chrono::seconds kInTime{60};
/// Missed times are counted one by one up to here.
inline constexpr std::int64_t kMissedCountMax = 1'000;

/// A run of the schedule that is there, whoever made it.
struct KnownRun {
  std::chrono::sys_seconds planned;
  bool running = false;
};

struct FiringState {
  /// Every planned time up to here has been decided on; recorded, and at first the time at which
  /// the schedule was made, or its lines or zone were changed.
  std::chrono::sys_seconds decided_until;
  std::vector<KnownRun> runs;
};

/// What to do, in this order: create the runs of `start` under their names (RunName), where one
/// that is there already is as good; then record `decided_until` and add `missed`, in one write
/// under the version that the decision was made from. Whoever dies in between is made good by the
/// next: the same planned time has the same name.
struct FiringDecision {
  std::vector<std::chrono::sys_seconds> start;  // planned times, ascending
  bool stop_running = false;                    // Replace: stop the runs that run, and look again
  std::int64_t missed = 0;
  bool missed_more = false;  // there are more than kMissedCountMax
  std::optional<std::chrono::sys_seconds> last_missed = {};
  std::chrono::sys_seconds decided_until;
  /// When to decide again, if nothing changes before; nothing: only when something changes. A run
  /// that ends, and a changed spec, are changes.
  std::optional<std::chrono::sys_seconds> look_again = {};
};
FiringDecision DecideFirings(const FiringRules& rules, const FiringState& state,
                             std::chrono::sys_seconds now);

/// The delay from 0 to `jitter_max` of the schedule with this uid: always the same, so that many
/// schedules of one minute are spread and each keeps its rhythm.
std::chrono::seconds JitterOf(std::string_view uid, std::chrono::seconds jitter_max);

}  // namespace culvert::schedule
