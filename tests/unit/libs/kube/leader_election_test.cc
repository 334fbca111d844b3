// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/leader_election.h"

#include "libs/base/json.h"
#include "libs/base/log.h"
#include "libs/kube/rest_client.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"
#include "tests/support/no_token.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace culvert::kube {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): matchers and fakes
using nlohmann::json;
using std::chrono::seconds;

/// One lease behind the real client, with the API server's rules: create once, replace only what
/// was read.
class LeaderElectionTest : public testing::Test {
 protected:
  LeaderElectionTest() {
    Config config;
    config.server = http::Url::Parse("https://kube.test").value();
    config.token = std::make_shared<NoToken>();
    client_ = MakeRestClient(std::move(config), transport_, {.requests_per_second = 0});
    transport_.SetDefault([this](const http::Request& request) { return Serve(request); });
  }

  Result<http::Response> Serve(const http::Request& request) {
    ++requests_;
    if (before_) before_();
    if (away_) return Fail(Unavailable("connection refused"));
    http::Response response;
    if (request.method == "GET" && !lease_) {
      response.status = 404;
      return response;
    }
    if (request.method != "GET") {
      json wanted = ParseJson(request.body).value();
      const bool create = request.method == "POST";
      if (create ? lease_.has_value() : wanted["metadata"]["resourceVersion"] != Version()) {
        response.status = 409;
        return response;
      }
      Store(std::move(wanted));
    }
    response.status = 200;
    response.body = lease_->dump();
    return response;
  }
  void Store(json lease) {
    lease["metadata"]["uid"] = "u";
    lease["metadata"]["resourceVersion"] = std::to_string(++version_);
    lease_ = std::move(lease);
  }
  std::string Version() const { return std::to_string(version_); }
  std::string Holder() const { return (*lease_)["spec"]["holderIdentity"]; }
  void HeldBy(const std::string& holder) {
    Store({{"metadata", {{"name", "culvert"}, {"namespace", "ns"}}},
           {"spec",
            {{"holderIdentity", holder}, {"leaseDurationSeconds", 15}, {"leaseTransitions", 4}}}});
  }

  Status Run(const std::function<void(const OpContext&)>& lead) {
    LeaderElector elector({.lease = {.name_space = "ns", .name = "culvert"}, .identity = "me"},
                          *client_);
    return elector.Run(
        {.stop = stop_.get_token(), .deadline = SteadyTime::max(), .clock = clock_, .log = log_},
        lead);
  }
  /// Leads until it is told to stop.
  static void Wait(const OpContext& ctx) { ctx.clock.SleepUntil(SteadyTime::max(), ctx.stop); }

  FakeClock clock_;
  Logger log_{LogLevel::kError, clock_, [](std::string_view) {}};
  FakeTransport transport_;
  std::unique_ptr<Client> client_;
  std::stop_source stop_;
  std::optional<json> lease_;
  int version_ = 0;
  int requests_ = 0;
  bool away_ = false;
  std::function<void()> before_;  // each request
};

// The lead runs beside the renewals, so what happened is read when both have ended.

TEST_F(LeaderElectionTest, TheFirstCandidateCreatesTheLeaseAndReleasesItAtTheEnd) {
  EXPECT_THAT(Run([this](const OpContext&) { stop_.request_stop(); }), IsOk());
  EXPECT_EQ((*lease_)["spec"]["acquireTime"], "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(Holder(), "");
}

TEST_F(LeaderElectionTest, AHeldLeaseIsWaitedForUntilItsRecordStandsStill) {
  HeldBy("other");
  EXPECT_THAT(Run([this](const OpContext&) { stop_.request_stop(); }), IsOk());
  EXPECT_EQ((*lease_)["spec"]["leaseTransitions"], 5);
  EXPECT_EQ((*lease_)["spec"]["acquireTime"], "2026-01-02T03:04:21.000000Z");
}

TEST_F(LeaderElectionTest, ALeaseThatIsRenewedIsNeverTaken) {
  HeldBy("other");
  before_ = [this] {
    if (requests_ == 100) stop_.request_stop();
    Store(*lease_);
  };
  bool led = false;
  EXPECT_THAT(Run([&](const OpContext&) { led = true; }), IsOk());
  EXPECT_FALSE(led);
}

TEST_F(LeaderElectionTest, AReleasedLeaseIsTakenAtOnce) {
  HeldBy("");
  EXPECT_THAT(Run([this](const OpContext&) { stop_.request_stop(); }), IsOk());
  EXPECT_EQ((*lease_)["spec"]["acquireTime"], "2026-01-02T03:04:05.000000Z");
}

TEST_F(LeaderElectionTest, AnotherHolderEndsTheLead) {
  before_ = [this] {
    if (requests_ == 5) HeldBy("other");
  };
  EXPECT_THAT(Run(&LeaderElectionTest::Wait), FailsBecause("LeaseLost"));
  EXPECT_EQ(Holder(), "other");
}

TEST_F(LeaderElectionTest, ALeaseThatCannotBeRenewedInTimeIsLost) {
  before_ = [this] { away_ = requests_ > 4; };
  EXPECT_THAT(Run(&LeaderElectionTest::Wait), FailsBecause("LeaseLost"));
}

TEST_F(LeaderElectionTest, ALostAnswerToARenewalIsNoLoss) {
  bool dropped = false;
  before_ = [this, &dropped] {
    if (requests_ == 3) {
      // The write took effect, its answer did not arrive: the next one carries an old version.
      Store(*lease_);
      dropped = true;
    }
    if (requests_ == 12) stop_.request_stop();
  };
  EXPECT_THAT(Run(&LeaderElectionTest::Wait), IsOk());
  EXPECT_TRUE(dropped);
}

TEST(LeaseObserverTest, OnlyTheLocalClockCounts) {
  LeaseObserver observer;
  const SteadyTime t0{std::chrono::hours(5)};
  LeaseRecord record{.holder = "other",
                     .duration_seconds = 15,
                     .renew_time = "1999-01-01T00:00:00Z",
                     .resource_version = "1"};
  observer.See(record, t0);
  EXPECT_FALSE(observer.MayTake("me", t0 + seconds(14)));
  EXPECT_TRUE(observer.MayTake("me", t0 + seconds(15)));
  EXPECT_TRUE(observer.MayTake("other", t0));
  record.resource_version = "2";
  observer.See(record, t0 + seconds(14));
  EXPECT_FALSE(observer.MayTake("me", t0 + seconds(28)));
}

}  // namespace
}  // namespace culvert::kube
