// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/event_recorder.h"

#include "libs/base/json.h"
#include "libs/base/log.h"
#include "libs/kube/rest_client.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_kube_api.h"
#include "tests/support/no_token.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace culvert::kube {
namespace {

class EventRecorderTest : public testing::Test {
 protected:
  EventRecorderTest() {
    Config config;
    config.server = http::Url::Parse("https://kube.test").value();
    config.token = std::make_shared<NoToken>();
    client_ = MakeRestClient(std::move(config), api_);
    recorder_ = std::make_unique<EventRecorder>(
        EventRecorder::Options{.controller = "culvert.dev/operator", .instance = "pod-1"},
        *client_);
  }
  OpContext Context() {
    return {.stop = {}, .deadline = SteadyTime::max(), .clock = clock_, .log = log_};
  }
  void Record(const std::string& note) {
    recorder_->Record(Context(),
                      {.api_version = "culvert.dev/v1alpha1",
                       .kind = "SyncJob",
                       .key = {.name_space = "sales", .name = "copy"},
                       .uid = "u1"},
                      EventType::kWarning, "CredentialsRejected", "Pause", note);
  }
  std::vector<nlohmann::json> Events() {
    std::vector<nlohmann::json> all;
    const auto listed =
        client_->List(Context(), {.group = "events.k8s.io", .version = "v1", .plural = "events"},
                      {}, [&all](const nlohmann::json& event) -> Status {
                        all.push_back(event);
                        return {};
                      });
    EXPECT_TRUE(listed);
    return all;
  }
  test::FakeClock clock_;
  Logger log_{LogLevel::kError, clock_, [](std::string_view) {}};
  test::FakeKubeApi api_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<EventRecorder> recorder_;
};

TEST_F(EventRecorderTest, AnEventSaysWhatToWhom) {
  Record("the key was rejected; renew Secret 'demo-key'");
  const auto events = Events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["reason"], "CredentialsRejected");
  EXPECT_EQ(events[0]["type"], "Warning");
  EXPECT_EQ(events[0]["regarding"]["name"], "copy");
  EXPECT_EQ(events[0]["metadata"]["namespace"], "sales");
  EXPECT_EQ(events[0]["eventTime"], "2026-01-02T03:04:05.000000Z");
}

TEST_F(EventRecorderTest, ARepetitionRaisesTheCountAtEachDoubling) {
  for (int i = 0; i < 9; ++i) Record("again");
  const auto events = Events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["series"]["count"], 8);
  EXPECT_EQ(api_.requests(), 5u) << "one create, patches at 2, 4 and 8, and this list";
}

TEST_F(EventRecorderTest, AnotherNoteIsAnotherEvent) {
  Record("one");
  Record("two");
  EXPECT_EQ(Events().size(), 2u);
}

TEST_F(EventRecorderTest, AfterTheWindowANewEventBegins) {
  Record("again");
  clock_.Advance(std::chrono::seconds(360));
  Record("again");
  EXPECT_EQ(Events().size(), 2u);
}

TEST_F(EventRecorderTest, AFailureIsNotInTheWay) {
  api_.SetBefore([](const http::Request&) -> Status { return Fail(Unavailable("away")); });
  Record("lost");
  api_.SetBefore(nullptr);
  EXPECT_TRUE(Events().empty());
}

TEST_F(EventRecorderTest, ALongNoteIsCutAtACharacter) {
  Record(std::string(999, 'x') + "数据");
  EXPECT_EQ(Events().at(0)["note"], std::string(999, 'x'));
}

}  // namespace
}  // namespace culvert::kube
