// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/firing.h"

#include "libs/base/time_format.h"
#include "libs/schedule/history.h"
#include "libs/schedule/run_name.h"
#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

namespace culvert::schedule {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

FiringRules Rules(const std::string& line, CatchUp catch_up = CatchUp::kLast,
                  Concurrency concurrency = Concurrency::kForbid) {
  FiringRules rules{.timetable = *Timetable::Make(std::vector<std::string>{line}, TimeZone())};
  rules.catch_up = catch_up;
  rules.concurrency = concurrency;
  return rules;
}

/// `start 10:00 11:00 missed 2 until 11:00 look 12:00` of one day.
std::string Text(const FiringDecision& decision) {
  const auto clock = [](sys_seconds time) {
    const std::string text = FormatRfc3339(time);
    return text.substr(11, text.substr(17, 2) == "00" ? 5 : 8);
  };
  std::string text = decision.stop_running ? "stop " : "";
  if (!decision.start.empty()) text += "start ";
  for (const sys_seconds time : decision.start) text += clock(time) + " ";
  if (decision.missed > 0) text += "missed " + std::to_string(decision.missed) + " ";
  text += "until " + clock(decision.decided_until);
  if (decision.look_again) text += " look " + clock(*decision.look_again);
  return text;
}

sys_seconds Clock(const std::string& time) { return At("2025-03-31T" + time + ":00Z"); }

std::string Decide(const FiringRules& rules, const std::string& decided, const std::string& now,
                   std::vector<KnownRun> runs = {}) {
  return Text(
      DecideFirings(rules, {.decided_until = Clock(decided), .runs = std::move(runs)}, Clock(now)));
}

TEST(FiringTest, StartsWhatIsDue) {
  const FiringRules rules = Rules("0 * * * *");
  EXPECT_EQ(Decide(rules, "09:30", "09:59"), "until 09:30 look 10:00");
  EXPECT_EQ(Decide(rules, "09:30", "10:00"), "start 10:00 until 10:00 look 11:00");
  EXPECT_EQ(Decide(rules, "10:00", "10:00"), "until 10:00 look 11:00");
  EXPECT_EQ(Decide(rules, "12:00", "11:30"), "until 12:00 look 13:00");  // a clock that went back
}

TEST(FiringTest, AdoptsWhatIsThere) {
  const FiringRules rules = Rules("0 * * * *");
  EXPECT_EQ(Decide(rules, "09:30", "10:00", {{.planned = Clock("10:00"), .running = true}}),
            "until 10:00 look 11:00");
  EXPECT_EQ(Decide(rules, "09:30", "10:00", {{.planned = Clock("10:00"), .running = false}}),
            "until 10:00 look 11:00");
}

TEST(FiringTest, CatchesUpAsAsked) {
  EXPECT_EQ(Decide(Rules("0 * * * *", CatchUp::kNone), "07:30", "10:30"),
            "missed 3 until 10:00 look 11:00");
  EXPECT_EQ(Decide(Rules("0 * * * *", CatchUp::kNone), "07:30", "10:01"),
            "start 10:00 missed 2 until 10:00 look 11:00");
  EXPECT_EQ(Decide(Rules("0 * * * *", CatchUp::kLast), "07:30", "10:30"),
            "start 10:00 missed 2 until 10:00 look 11:00");
  EXPECT_EQ(Decide(Rules("0 * * * *", CatchUp::kAll, Concurrency::kAllow), "07:30", "10:30"),
            "start 08:00 09:00 10:00 until 10:00 look 11:00");
  FiringRules few = Rules("0 * * * *", CatchUp::kAll, Concurrency::kAllow);
  few.catch_up_max = 2;
  EXPECT_EQ(Decide(few, "05:30", "10:30"), "start 09:00 10:00 missed 3 until 10:00 look 11:00");
}

TEST(FiringTest, WaitsForARunInTheWay) {
  const KnownRun nine{.planned = Clock("09:00"), .running = true};
  EXPECT_EQ(Decide(Rules("0 * * * *"), "09:00", "10:30", {nine}), "until 09:00 look 11:00");
  EXPECT_EQ(Decide(Rules("0 * * * *"), "09:00", "11:30", {nine}),
            "missed 1 until 10:00 look 12:00");
  // One after the other.
  const FiringRules all = Rules("0 * * * *", CatchUp::kAll);
  EXPECT_EQ(Decide(all, "07:30", "10:30"), "start 08:00 until 08:00 look 11:00");
  EXPECT_EQ(Decide(all, "08:00", "10:30", {{.planned = Clock("08:00"), .running = true}}),
            "until 08:00 look 11:00");
  EXPECT_EQ(Decide(all, "08:00", "10:40", {{.planned = Clock("08:00"), .running = false}}),
            "start 09:00 until 09:00 look 11:00");
  // In time or not at all: it is counted when its minute is over.
  const FiringRules none = Rules("0 * * * *", CatchUp::kNone);
  EXPECT_EQ(Decide(none, "09:00", "10:00", {nine}), "until 09:00 look 10:01:01");
  EXPECT_EQ(Decide(none, "09:00", "10:02", {nine}), "missed 1 until 10:00 look 11:00");
}

TEST(FiringTest, ReplacesOnceTheOldRunIsGone) {
  const FiringRules rules = Rules("0 * * * *", CatchUp::kAll, Concurrency::kReplace);
  const KnownRun nine{.planned = Clock("09:00"), .running = true};
  EXPECT_EQ(Decide(rules, "09:00", "10:00", {nine}), "stop until 09:00 look 11:00");
  EXPECT_EQ(Decide(rules, "09:00", "10:00", {{.planned = Clock("09:00"), .running = false}}),
            "start 10:00 until 10:00 look 11:00");
  // Whoever created it died before the record: the new run is not stopped by itself.
  EXPECT_EQ(Decide(rules, "09:00", "10:00", {{.planned = Clock("10:00"), .running = true}}),
            "until 10:00 look 11:00");
}

TEST(FiringTest, GivesUpAfterTheDeadline) {
  FiringRules rules = Rules("0 * * * *", CatchUp::kAll, Concurrency::kAllow);
  rules.starting_deadline = minutes(90);
  EXPECT_EQ(Decide(rules, "05:30", "10:30"), "start 09:00 10:00 missed 3 until 10:00 look 11:00");
  EXPECT_EQ(Decide(rules, "05:30", "10:31"), "start 10:00 missed 4 until 10:00 look 11:00");
  rules.starting_deadline = minutes(10);
  EXPECT_EQ(Decide(rules, "05:30", "10:31"), "missed 5 until 10:00 look 11:00");
}

TEST(FiringTest, DoesNothingWhileSuspended) {
  FiringRules rules = Rules("0 * * * *");
  rules.suspend = true;
  EXPECT_EQ(Decide(rules, "05:30", "10:31"), "until 05:30");
  rules.suspend = false;
  EXPECT_EQ(Decide(rules, "05:30", "10:31"), "start 10:00 missed 4 until 10:00 look 11:00");
}

TEST(FiringTest, StartsLaterByItsJitter) {
  FiringRules rules = Rules("0 * * * *");
  rules.jitter = minutes(7);
  EXPECT_EQ(Decide(rules, "09:30", "10:06"), "until 09:30 look 10:07");
  EXPECT_EQ(Decide(rules, "09:30", "10:07"), "start 10:00 until 10:00 look 11:07");
  rules.starting_deadline = minutes(1);
  EXPECT_EQ(Decide(rules, "09:30", "10:08"), "start 10:00 until 10:00 look 11:07");
  EXPECT_EQ(Decide(rules, "09:30", "10:09"), "missed 1 until 10:00 look 11:07");
}

TEST(FiringTest, SpreadsSchedulesByTheirUid) {
  std::set<std::int64_t> delays;
  for (int i = 0; i < 1'000; ++i) {
    const std::string uid = "uid-" + std::to_string(i);
    const seconds delay = JitterOf(uid, seconds(59));
    EXPECT_EQ(delay, JitterOf(uid, seconds(59)));
    delays.insert(delay.count());
  }
  EXPECT_EQ(delays.size(), 60u);
  EXPECT_EQ(*delays.begin(), 0);
  EXPECT_EQ(*delays.rbegin(), 59);
  EXPECT_EQ(JitterOf("uid", seconds(0)).count(), 0);
}

TEST(FiringTest, BoundsItsCounting) {
  FiringDecision decision =
      DecideFirings(Rules("* * * * *"), {.decided_until = At("2024-01-01T00:00:00Z"), .runs = {}},
                    Clock("00:00"));
  EXPECT_EQ(decision.missed, kMissedCountMax);
  EXPECT_TRUE(decision.missed_more);
  EXPECT_EQ(decision.last_missed, Clock("00:00") - minutes(1));
  EXPECT_EQ(decision.start, std::vector<sys_seconds>{Clock("00:00")});
  EXPECT_EQ(decision.decided_until, Clock("00:00"));
}

// A world with an API server that keeps runs by name and one status under a version, and leaders
// that die between any two of their writes, or go on for a while beside the next with what they
// saw.
class World {
 public:
  World(std::uint64_t seed, FiringRules rules, sys_seconds begin)
      : random_(seed), rules_(std::move(rules)), decided_until_(begin), now_(begin) {}

  /// Up to `end`; a leader dies at `kill`.
  void Run(sys_seconds end, sys_seconds kill) {
    bool killed = false;
    while (now_ < end) {
      now_ += seconds(1 + Below(20));
      EndRuns();
      View view = See();
      if (!killed && now_ >= kill) {
        killed = true;
        // It dies anywhere in its pass; another one may see the same world and act beside it.
        const View old = view;
        Act(view, static_cast<int>(Below(4)));
        now_ += seconds(Below(15));
        View next = See();
        Act(next, 99);
        if (Below(2) == 0) {
          View zombie = old;  // it never noticed, and goes on where it stood
          Act(zombie, 99);
        }
        continue;
      }
      Act(view, 99);
    }
  }

  const std::map<sys_seconds, int>& started() const { return started_; }
  std::int64_t missed() const { return missed_; }
  sys_seconds decided_until() const { return decided_until_; }
  std::size_t running_max() const { return running_max_; }

 private:
  struct Stored {
    sys_seconds planned;
    sys_seconds ends;
    bool running = true;
  };
  struct View {
    FiringState state;
    std::vector<FinishedRun> finished;
    std::int64_t version = 0;
    sys_seconds now;
  };

  std::uint64_t Below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }
  void EndRuns() {
    for (auto& [name, run] : runs_) run.running = run.running && run.ends > now_;
  }
  View See() {
    View view{.state = {.decided_until = decided_until_, .runs = {}},
              .finished = {},
              .version = version_,
              .now = now_};
    for (const auto& [name, run] : runs_) {
      view.state.runs.push_back({.planned = run.planned, .running = run.running});
      if (!run.running) {
        view.finished.push_back(
            {.name = name, .planned = run.planned, .finished = run.ends, .succeeded = true});
      }
    }
    return view;
  }
  // One pass, of at most `writes` writes.
  void Act(View& view, int writes) {
    const FiringDecision decision = DecideFirings(rules_, view.state, view.now);
    for (const sys_seconds planned : decision.start) {
      if (writes-- == 0) return;
      const auto [stored, created] = runs_.try_emplace(
          RunName("nightly", planned),
          Stored{.planned = planned, .ends = now_ + seconds(10 + Below(100)), .running = true});
      if (created) ++started_[planned];
    }
    std::size_t running = 0;
    for (const auto& [name, run] : runs_) running += run.running ? 1 : 0;
    running_max_ = std::max(running_max_, running);
    if (decision.decided_until != view.state.decided_until || decision.missed > 0) {
      if (writes-- == 0) return;
      if (version_ != view.version) return;  // a conflict
      ++version_;
      decided_until_ = decision.decided_until;
      missed_ += decision.missed;
    }
    for (const std::string& name : RunsToDelete(view.finished, {.successful = 1, .failed = 1},
                                                view.state.decided_until, view.now)) {
      if (writes-- == 0) return;
      runs_.erase(name);
    }
  }

  std::mt19937_64 random_;
  FiringRules rules_;
  std::map<std::string, Stored> runs_;
  std::map<sys_seconds, int> started_;
  sys_seconds decided_until_;
  sys_seconds now_;
  std::int64_t version_ = 0;
  std::int64_t missed_ = 0;
  std::size_t running_max_ = 0;
};

TEST(FiringTest, LosesAndDoublesNothingWhenLeadersDie) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto below = [&random](std::int64_t bound) {
      return std::uniform_int_distribution<std::int64_t>(0, bound - 1)(random);
    };
    const Concurrency concurrency = seed % 2 == 0 ? Concurrency::kAllow : Concurrency::kForbid;
    FiringRules rules = Rules("*/5 * * * *", CatchUp::kAll, concurrency);
    rules.catch_up_max = 100;
    rules.jitter = seconds(below(60));
    const sys_seconds begin = Clock("10:01");
    const sys_seconds end = Clock("13:01") + rules.jitter + seconds(60);
    // Around a firing: from a minute before one to a minute behind it.
    const sys_seconds firing = Clock("10:05") + minutes(5) * below(30) + rules.jitter;
    World world(seed, rules, begin);
    world.Run(end, firing - seconds(60) + seconds(below(120)));
    std::vector<sys_seconds> once;
    for (const auto& [planned, count] : world.started()) {
      EXPECT_EQ(count, 1) << FormatRfc3339(planned);
      once.push_back(planned);
    }
    std::vector<sys_seconds> planned;
    for (sys_seconds time = Clock("10:05"); time <= Clock("13:00"); time += minutes(5)) {
      planned.push_back(time);
    }
    EXPECT_EQ(once, planned);
    EXPECT_EQ(world.missed(), 0);
    if (concurrency == Concurrency::kForbid) {
      EXPECT_LE(world.running_max(), 2u);  // the zombie's view is old; else one
    }
  }
}

// What did not start is counted, once, whoever dies when.
TEST(FiringTest, CountsEachMissedTimeOnceWhenLeadersDie) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    FiringRules rules = Rules("* * * * *", seed % 2 == 0 ? CatchUp::kNone : CatchUp::kLast);
    World world(seed, rules, Clock("10:00"));
    world.Run(Clock("11:00"), Clock("10:30") + seconds(random() % 60));
    std::int64_t once = 0;
    for (const auto& [planned, count] : world.started()) {
      EXPECT_EQ(count, 1) << FormatRfc3339(planned);
      ++once;
    }
    EXPECT_EQ(once + world.missed(), (world.decided_until() - Clock("10:00")) / minutes(1));
    EXPECT_GT(world.missed(), 0);
  }
}

}  // namespace
}  // namespace culvert::schedule
