// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/reflector.h"

#include "libs/base/log.h"
#include "libs/kube/api_error.h"
#include "libs/kube/informer.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/libs/kube/scripted_client.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace culvert::kube {
namespace {

struct Thing {
  ObjectMeta meta;
};

nlohmann::json Object(const std::string& name, const std::string& version) {
  return {{"metadata",
           {{"name", name}, {"namespace", "ns"}, {"uid", name}, {"resourceVersion", version}}}};
}

class ReflectorTest : public testing::Test {
 protected:
  /// Runs the script to its end; what the informer told is in `told_`, like `+a1 =a2 -a2`.
  void Run() {
    Informer<Thing> informer(
        {.resource = {.group = "batch", .version = "v1", .plural = "jobs"}}, client_, metrics_,
        [](const nlohmann::json& object) -> Result<Thing> {
          CULVERT_ASSIGN_OR_RETURN(ObjectMeta meta, ParseMeta(object));
          if (meta.key.name == "broken") return Fail(InvalidArgument("cannot be read"));
          return Thing{std::move(meta)};
        },
        [this](const Informer<Thing>::Change& change, bool initial) {
          const char* sign = change.before == nullptr ? "+" : change.after == nullptr ? "-" : "=";
          const ObjectMeta& meta = (change.after ? change.after : change.before)->meta;
          told_ += (told_.empty() ? "" : " ") + std::string(initial ? "!" : "") + sign +
                   meta.key.name + meta.resource_version;
        });
    informer.Run(OpContext{.stop = client_.stop.get_token(),
                           .deadline = SteadyTime::max(),
                           .clock = clock_,
                           .log = log_});
    synced_ = informer.synced();
  }

  ScriptedClient client_;
  test::FakeClock clock_;
  std::string logged_;
  Logger log_{LogLevel::kInfo, clock_, [this](std::string_view line) { logged_ += line; }};
  MetricsRegistry metrics_;
  std::string told_;
  bool synced_ = false;
};

TEST_F(ReflectorTest, ListsPagesThenWatchesAndTellsEachChange) {
  client_.WillList({{Object("a", "1")}, "9", "more"});
  client_.WillList({{Object("b", "2")}, "10", ""});
  client_.WillWatch({{{WatchEventType::kModified, Object("a", "11")},
                      {WatchEventType::kDeleted, Object("b", "12")},
                      {WatchEventType::kBookmark, Object("", "20")}},
                     {}});
  Run();
  EXPECT_EQ(client_.asked,
            (std::vector<std::string>{"list ", "list more", "watch 10", "watch 20"}));
  EXPECT_EQ(told_, "!+a1 !+b2 =a11 -b2");
  EXPECT_TRUE(synced_);
}

TEST_F(ReflectorTest, AfterGoneTheListTellsWhatWasMissed) {
  client_.WillList({{Object("a", "1"), Object("b", "1")}, "10", ""});
  client_.WillWatch({{}, Fail(Aborted("too old").Because(kReasonExpired))});
  client_.WillList({{Object("b", "15")}, "20", ""});
  Run();
  EXPECT_EQ(client_.asked, (std::vector<std::string>{"list ", "watch 10", "list ", "watch 20"}));
  EXPECT_EQ(told_, "!+a1 !+b1 =b15 -a1");
  EXPECT_EQ(logged_, "") << "an old version is no fault";
}

TEST_F(ReflectorTest, AnUnfinishedListIsForgotten) {
  client_.WillList({{Object("ghost", "1")}, "9", "more"});
  client_.WillFailList(Unavailable("connection reset"));
  client_.WillList({{Object("a", "1")}, "10", ""});
  Run();
  EXPECT_EQ(told_, "!+a1");
  EXPECT_NE(logged_.find("connection reset"), std::string::npos);
}

TEST_F(ReflectorTest, ABrokenWatchGoesOnFromTheLastEvent) {
  client_.WillList({{}, "10", ""});
  client_.WillWatch({{{WatchEventType::kAdded, Object("a", "11")}}, Fail(Unavailable("reset"))});
  Run();
  EXPECT_EQ(client_.asked, (std::vector<std::string>{"list ", "watch 10", "watch 11"}));
  EXPECT_EQ(clock_.sleeps().size(), 1u);
}

TEST_F(ReflectorTest, AnObjectThatCannotBeReadIsNotSkipped) {
  client_.WillList({{Object("a", "1"), Object("broken", "1")}, "10", ""});
  Run();
  EXPECT_FALSE(synced_);
  EXPECT_EQ(told_, "");
}

TEST_F(ReflectorTest, TheSameComplaintIsLoggedOnceAMinute) {
  for (int i = 0; i < 4; ++i) client_.WillFailList(PermissionDenied("may not list jobs"));
  Run();
  std::size_t lines = 0;
  for (const char c : logged_) lines += c == '\n' ? 1 : 0;
  EXPECT_EQ(lines, 1u) << logged_;
}

}  // namespace
}  // namespace culvert::kube
