// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/firing.h"

#include "libs/base/digest.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace culvert::schedule {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

// Planned times that are due, and may still start a run; the rest of those due is missed.
class DueTimes {
 public:
  DueTimes(const FiringRules& rules, const FiringState& state, sys_seconds now)
      : rules_(rules), state_(state), now_(now), due_until_(now - rules.jitter) {}

  std::optional<seconds> deadline() const {
    if (rules_.starting_deadline) return rules_.starting_deadline;
    if (rules_.catch_up == CatchUp::kNone) return kInTime;
    return std::nullopt;
  }
  sys_seconds due_until() const { return due_until_; }

  /// The newest that may start, as many as the rules let wait, ascending.
  std::vector<sys_seconds> Waiting() const {
    const bool several =
        rules_.catch_up == CatchUp::kAll && rules_.concurrency != Concurrency::kReplace;
    const std::size_t kept_max = several ? std::max<std::size_t>(1, rules_.catch_up_max) : 1;
    std::vector<sys_seconds> waiting;
    auto time = rules_.timetable.Previous(due_until_ + seconds(1));
    while (time && *time > state_.decided_until && waiting.size() < kept_max && !TooLate(*time)) {
      waiting.push_back(*time);
      time = rules_.timetable.Previous(*time);
    }
    std::ranges::reverse(waiting);
    return waiting;
  }

  /// Those before `end` that nobody started.
  void CountMissed(sys_seconds end, FiringDecision& decision) const {
    const auto last = rules_.timetable.Previous(end);
    if (!last || *last <= state_.decided_until) return;
    decision.decided_until = *last;
    auto time = rules_.timetable.Next(state_.decided_until);
    for (; time && *time < end; time = rules_.timetable.Next(*time)) {
      if (Known(*time) != nullptr) continue;
      if (decision.missed == kMissedCountMax) {
        decision.missed_more = true;
        decision.last_missed = last;
        return;
      }
      ++decision.missed;
      decision.last_missed = time;
    }
  }

  const KnownRun* Known(sys_seconds planned) const {
    const auto found = std::ranges::find(state_.runs, planned, &KnownRun::planned);
    return found == state_.runs.end() ? nullptr : &*found;
  }

 private:
  bool TooLate(sys_seconds planned) const {
    const auto limit = deadline();
    return limit && planned + rules_.jitter + *limit < now_;
  }

  const FiringRules& rules_;
  const FiringState& state_;
  sys_seconds now_;
  sys_seconds due_until_;
};

}  // namespace

FiringDecision DecideFirings(const FiringRules& rules, const FiringState& state, sys_seconds now) {
  FiringDecision decision;
  decision.decided_until = state.decided_until;
  if (rules.suspend) return decision;
  const DueTimes due(rules, state, now);
  const std::vector<sys_seconds> waiting = due.Waiting();
  due.CountMissed(waiting.empty() ? due.due_until() + seconds(1) : waiting.front(), decision);
  const bool allow = rules.concurrency == Concurrency::kAllow;
  bool running = std::ranges::any_of(state.runs, &KnownRun::running);
  std::optional<sys_seconds> held;
  for (const sys_seconds planned : waiting) {
    const bool there = due.Known(planned) != nullptr;
    if (!there && running && !allow) {
      held = planned;
      decision.stop_running = rules.concurrency == Concurrency::kReplace;
      break;
    }
    if (!there) {
      decision.start.push_back(planned);
      running = true;
    }
    decision.decided_until = planned;
  }
  const auto next = rules.timetable.Next(std::max(due.due_until(), state.decided_until));
  if (next) decision.look_again = *next + rules.jitter;
  if (held && due.deadline()) {
    const sys_seconds missed_at = *held + rules.jitter + *due.deadline() + seconds(1);
    decision.look_again = std::min(decision.look_again.value_or(missed_at), missed_at);
  }
  return decision;
}

seconds JitterOf(std::string_view uid, seconds jitter_max) {
  if (jitter_max <= seconds(0)) return seconds(0);
  const std::string digest = Sha256Hex(uid);
  std::uint64_t number = 0;
  std::from_chars(digest.data(), digest.data() + 15, number, 16);
  return seconds(
      static_cast<std::int64_t>(number % (static_cast<std::uint64_t>(jitter_max.count()) + 1)));
}

}  // namespace culvert::schedule
