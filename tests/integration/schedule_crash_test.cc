// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crash_points.h"
#include "tests/unit/operator/schedule_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

// Leaders of a schedule are killed before and after each of their API writes, or fall asleep over
// one while another leader works. In the end every planned time, every date of the backfill and
// every retry has been made once, and nothing was made a second time after the history had removed
// it.

namespace culvert::control {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kBegin = "2026-03-10T00:55:00Z";

/// Every ten minutes from 01:00 to 02:40; keeps no more than it must; with a backfill.
json CrashSpec() {
  json spec = NightlySpec();
  spec["schedule"] = "*/10 1,2 * * *";
  spec["timeZone"] = "UTC";
  spec["catchUpPolicy"] = "All";
  spec["catchUpLimit"] = 100;
  spec["successfulJobsHistoryLimit"] = 0;
  spec["failedJobsHistoryLimit"] = 0;
  spec["retries"] = 1;
  spec["retryDelaySeconds"] = 60;
  spec["backfill"] = {{"name", "past"},
                      {"from", "2026-01-01"},
                      {"to", "2026-01-01"},
                      {"parallelism", 3},
                      {"failureLimit", 5}};
  return spec;
}

class ScheduleCrashTest : public testing::Test {
 protected:
  enum class When : std::uint8_t { kBefore, kAfter, kAsleep };

  struct World {
    World() : cluster(kBegin), made() { cluster.Apply(CrashSpec()); }
    ScheduleCluster cluster;
    std::unique_ptr<ScheduleOperator> leader;
    std::map<std::string, int> made;  // SyncJobs that were created, ever
    int writes = 0;                   // of the operator `a`
    bool dead = false;
  };

  static bool IsWrite(const http::Request& request) {
    return request.method != "GET" && request.url.find("/events") == std::string::npos &&
           request.url.find("dryRun") == std::string::npos;
  }
  static bool IsOf(const http::Request& request, const std::string& name) {
    return request.headers.Get("User-Agent") == "operator/" + name;
  }

  /// Runs end four minutes after they were made; those planned for twenty past fail, as do their
  /// retries.
  static void EndRuns(World& world, std::map<std::string, WallTime>& born) {
    for (const std::string& name : world.cluster.Runs()) {
      const WallTime now = world.cluster.clock.Now();
      const auto [at, fresh] = born.emplace(name, now);
      if (!fresh && now - at->second >= minutes(4) &&
          !ScheduleCluster::IsOver(world.cluster.Run(name))) {
        world.cluster.End(name, name.find("t0120") == std::string::npos);
      }
    }
  }

  /// What must have been made: 12 planned times, 12 of the backfill, a retry of each that failed.
  static std::set<std::string> Expected() {
    std::set<std::string> names;
    for (const char* hour : {"01", "02"}) {
      for (const char* minute : {"00", "10", "20", "30", "40", "50"}) {
        const std::string time = std::string("t") + hour + minute + "00z";
        for (const std::string& base :
             {"nightly-20260310" + time, "nightly.past-20260102" + time}) {
          names.insert(base);
          if (time.starts_with("t0120")) names.insert(base + ".r1");
        }
      }
    }
    return names;
  }

  /// Some hours of a cluster; the leader `a` dies, or sleeps, at its `n`-th write. False when it
  /// had no so many.
  static bool RunWithCrash(When when, int n) {
    World world;
    std::map<std::string, WallTime> born;
    bool hit = false;
    const auto dead = [] { return Fail(Unavailable("the operator is dead")); };
    world.cluster.api.SetBefore([&](const http::Request& request) -> Status {
      if (!IsOf(request, "a")) return {};
      if (world.dead) return dead();
      if (when == When::kAfter || !IsWrite(request) || ++world.writes != n) return {};
      hit = true;
      if (when == When::kBefore) {
        world.dead = true;
        return dead();
      }
      // `a` sleeps over its request, as long as a request may take; `b` leads meanwhile.
      ScheduleOperator other(world.cluster.api, world.cluster.clock, "b");
      for (int i = 0; i < 4; ++i) {
        other.Settle();
        EndRuns(world, born);
        world.cluster.clock.Advance(seconds(14));
      }
      return {};
    });
    world.cluster.api.SetAfter([&](const http::Request& request) -> Status {
      const bool run = request.method == "POST" && IsWrite(request) &&
                       request.url.find("/syncjobs") != std::string::npos;
      if (run) {
        // A 409 makes nothing: what is new was not there a moment ago.
        const std::string name = json::parse(request.body)["metadata"]["name"];
        const std::string uid = world.cluster.Run(name)["metadata"]["uid"];
        if (seen_uids_.insert(uid).second) ++world.made[name];
      }
      if (!IsOf(request, "a") || when != When::kAfter || !IsWrite(request)) return {};
      if (++world.writes != n) return {};
      hit = true;
      world.dead = true;
      return dead();
    });
    seen_uids_.clear();
    world.leader = std::make_unique<ScheduleOperator>(world.cluster.api, world.cluster.clock, "a");
    const WallTime end = world.cluster.clock.Now() + minutes(140);
    while (world.cluster.clock.Now() < end) {
      world.leader->Settle();
      if (world.dead) {
        world.leader =
            std::make_unique<ScheduleOperator>(world.cluster.api, world.cluster.clock, "b");
        world.dead = false;
        world.leader->Settle();
      }
      EndRuns(world, born);
      world.cluster.clock.Advance(minutes(2));
    }
    Check(world);
    ++kills_;
    return hit;
  }

  static void Check(World& world) {
    std::set<std::string> names;
    for (const auto& [name, count] : world.made) {
      EXPECT_EQ(count, 1) << name;
      names.insert(name);
    }
    EXPECT_EQ(names, Expected());
    const json status = world.cluster.Status();
    EXPECT_EQ(status["missedRuns"], 0);
    EXPECT_EQ(status["decidedUntilTime"], "2026-03-10T02:50:00Z");
    EXPECT_EQ(status["finishedBackfills"], json({"past"}));
    EXPECT_EQ(status["activeCount"], 0);
    EXPECT_TRUE(world.cluster.Runs().empty());  // the history keeps none
  }

  static inline std::set<std::string> seen_uids_;
  static inline int kills_ = 0;
};

// Feature: Never twice, never missed
TEST_F(ScheduleCrashTest, AnyWriteMayBeALeadersLast) {
  constexpr int kWritesMax = 400;
  for (const When when : {When::kBefore, When::kAfter, When::kAsleep}) {
    SCOPED_TRACE(static_cast<int>(when));
    test::CrashAtEveryPoint(kWritesMax, [&](int n) { return RunWithCrash(when, n); });
    if (HasFailure()) return;
  }
  if (!test::kSanitized) {
    EXPECT_GE(kills_, 200);
  }
  RecordProperty("kills", kills_);
}

/// Two operators that both believe to lead, with views of any age, dying at random.
// Feature: Never twice, never missed
TEST_F(ScheduleCrashTest, TwoLeadersWithOldViews) {
  constexpr std::uint64_t kSeeds = test::kSanitized ? 40 : 200;
  const kube::ObjectKey key{.name_space = "default", .name = "nightly"};
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    World world;
    std::map<std::string, WallTime> born;
    std::uint64_t dies_in = 0;  // writes until the one at work dies; 0: it lives
    std::string at_work;
    const auto strike = [&](const http::Request& request) {
      return IsOf(request, at_work) && IsWrite(request) && dies_in > 0 && --dies_in == 0;
    };
    bool dies_before = false;
    world.cluster.api.SetBefore([&](const http::Request& request) -> Status {
      if (world.dead && IsOf(request, at_work)) return Fail(Unavailable("dead"));
      if (!dies_before || !strike(request)) return {};
      world.dead = true;
      return Fail(Unavailable("dead"));
    });
    seen_uids_.clear();
    world.cluster.api.SetAfter([&](const http::Request& request) -> Status {
      const bool run = request.method == "POST" && IsWrite(request) &&
                       request.url.find("/syncjobs") != std::string::npos;
      if (run) {
        const std::string name = json::parse(request.body)["metadata"]["name"];
        const std::string uid = world.cluster.Run(name)["metadata"]["uid"];
        if (seen_uids_.insert(uid).second) ++world.made[name];
      }
      if (dies_before || !strike(request)) return {};
      world.dead = true;
      return Fail(Unavailable("dead"));
    });
    std::map<std::string, std::unique_ptr<ScheduleOperator>> both;
    const auto start = [&](const std::string& name) {
      both[name] = std::make_unique<ScheduleOperator>(world.cluster.api, world.cluster.clock, name);
    };
    start("a");
    start("b");
    const WallTime end = world.cluster.clock.Now() + minutes(140);
    while (world.cluster.clock.Now() < end) {
      at_work = random() % 2 == 0 ? "a" : "b";
      ScheduleOperator& one = *both[at_work];
      if (random() % 4 == 0) one.view.Freeze(key);
      if (random() % 3 == 0) one.view.Thaw();
      dies_in = random() % 5 == 0 ? 1 + random() % 3 : 0;
      dies_before = random() % 2 == 0;
      world.dead = false;
      one.Settle();
      if (world.dead) {
        world.dead = false;
        dies_in = 0;
        start(at_work);
      }
      dies_in = 0;
      EndRuns(world, born);
      if (random() % 2 == 0) world.cluster.clock.Advance(minutes(2));
    }
    both["a"]->view.Thaw();
    at_work = "a";
    both["a"]->Settle();
    Check(world);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace culvert::control
