// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/rest_client.h"

#include "libs/base/json.h"
#include "libs/base/log.h"
#include "libs/kube/api_time.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace culvert::kube {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): matchers and fakes

const Resource kJobResource{
    .group = "batch", .version = "v1", .plural = "jobs", .namespaced = true};
const ObjectKey kKey{.name_space = "ns", .name = "copy"};

/// A token that changes when it is rejected: t0, t1, ...
class CountingToken final : public TokenSource {
 public:
  Result<Secret> Token() override { return Secret("t" + std::to_string(rejected_)); }
  void Rejected() override { ++rejected_; }

 private:
  int rejected_ = 0;
};

class RestClientTest : public testing::Test {
 protected:
  RestClientTest() {
    Config config;
    config.server = http::Url::Parse("https://kube.test:6443").value();
    config.token = std::make_shared<CountingToken>();
    client_ = MakeRestClient(std::move(config), transport_, {.user_agent = "test"});
  }
  OpContext Context() {
    return {.stop = {},
            .deadline = clock_.SteadyNow() + std::chrono::minutes(5),
            .clock = clock_,
            .log = log_};
  }
  /// `METHOD url token` of request `i`.
  std::string Sent(std::size_t i) const {
    const http::Request request = transport_.requests().at(i).request;
    return request.method + " " + request.url + " " +
           std::string(request.headers.Get("Authorization").value_or("none"));
  }

  FakeClock clock_;
  Logger log_{LogLevel::kError, clock_, [](std::string_view) {}};
  FakeTransport transport_;
  std::unique_ptr<Client> client_;
};

TEST_F(RestClientTest, GetAsksForOneObject) {
  transport_.Push(200, R"({"kind":"Job"})");
  const auto job = client_->Get(Context(), kJobResource, kKey);
  ASSERT_THAT(job, IsOk());
  EXPECT_EQ((*job)["kind"], "Job");
  EXPECT_EQ(Sent(0), "GET https://kube.test:6443/apis/batch/v1/namespaces/ns/jobs/copy Bearer t0");
}

TEST_F(RestClientTest, ARejectedTokenIsReadAgainOnce) {
  transport_.Push(401);
  transport_.Push(401);
  EXPECT_THAT(client_->Get(Context(), kJobResource, kKey), FailsWith(ErrorCode::kUnauthenticated));
  ASSERT_EQ(transport_.requests().size(), 2u);
  EXPECT_TRUE(Sent(1).ends_with("Bearer t1"));
}

TEST_F(RestClientTest, RetryAfterIsWaitedOut) {
  http::Headers headers;
  headers.Add("Retry-After", "3");
  transport_.Push(429, "", headers);
  transport_.Push(201, "{}");
  const auto waited = ApiTimeOfThread();
  EXPECT_THAT(client_->Create(Context(), kJobResource, "ns", nlohmann::json::object()), IsOk());
  EXPECT_EQ(clock_.sleeps(), (std::vector<std::chrono::nanoseconds>{std::chrono::seconds(3)}));
  EXPECT_EQ(ApiTimeOfThread() - waited, std::chrono::seconds(3));
}

TEST_F(RestClientTest, NothingElseIsRepeated) {
  transport_.Push(500);
  EXPECT_THAT(client_->Create(Context(), kJobResource, "ns", nlohmann::json::object()),
              FailsWith(ErrorCode::kUnavailable));
  transport_.Push(Unavailable("reset"));
  EXPECT_THAT(client_->ReplaceStatus(Context(), kJobResource, kKey, nlohmann::json::object()),
              FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(transport_.requests().size(), 2u);
}

TEST_F(RestClientTest, AFailureNamesItsRequest) {
  transport_.Push(403,
                  R"({"kind":"Status","reason":"Forbidden","message":"jobs are not for you"})");
  const auto job = client_->Get(Context(), kJobResource, kKey);
  ASSERT_FALSE(job);
  EXPECT_EQ(ToString(job.error()),
            "jobs are not for you (request=GET /apis/batch/v1/namespaces/ns/jobs/copy)");
}

// Nobody's mistake, and no word on what became of the request: it is not to be taken for one.
TEST_F(RestClientTest, AnAnswerThatIsCutShortMayPass) {
  transport_.Push(200, R"({"kind":"Status","status":"Succ)");
  const Status removed = client_->Delete(Context(), kJobResource, kKey, {});
  EXPECT_THAT(removed, FailsWith(ErrorCode::kUnavailable));
  EXPECT_NE(removed.error().message.find("cannot be read"), std::string::npos);
}

TEST_F(RestClientTest, ListHandsOverItemsAndThePageMarks) {
  transport_.SetPieceBytes(5);
  transport_.Push(
      200, R"({"metadata":{"resourceVersion":"7","continue":"next"},"items":[{"a":1},{"a":2}]})");
  std::vector<int> seen;
  const auto page = client_->List(Context(), kJobResource,
                                  {.name_space = "ns",
                                   .label_selector = "app=culvert",
                                   .page_size = 2,
                                   .continue_token = "t/1"},
                                  [&](const nlohmann::json& item) -> Status {
                                    seen.push_back(item["a"].get<int>());
                                    return {};
                                  });
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->resource_version, "7");
  EXPECT_EQ(page->continue_token, "next");
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
  EXPECT_EQ(Sent(0),
            "GET https://kube.test:6443/apis/batch/v1/namespaces/ns/jobs?limit=2&"
            "labelSelector=app%3Dculvert&continue=t%2F1 Bearer t0");
}

TEST_F(RestClientTest, AListThatIsCutShortOrMangledIsToBeAskedForAgain) {
  for (const char* text : {R"({"metadata":{"resourceVersion":"7"},"items":[{"a":1})",
                           R"({"metadata":{"resourceVersion":"7","items":[]})",
                           R"({"metadata":{"resourceVersion":},"items":[]})",
                           R"({"metadata":{},"items":[{"a":}]})", "", "<html>"}) {
    transport_.Push(200, text);
    EXPECT_THAT(
        client_->List(Context(), kJobResource, {}, [](const auto&) -> Status { return {}; }),
        FailsWith(ErrorCode::kUnavailable))
        << text;
  }
}

TEST_F(RestClientTest, WhatTheReaderOfAListSaysIsKept) {
  transport_.Push(200, R"({"metadata":{"resourceVersion":"7"},"items":[{"a":1}]})");
  const auto refuse = [](const auto&) -> Status { return Fail(DataLoss("not what it was")); };
  EXPECT_THAT(client_->List(Context(), kJobResource, {}, refuse), FailsWith(ErrorCode::kDataLoss));
}

TEST_F(RestClientTest, WatchDeliversEventsUntilTheServerEndsIt) {
  transport_.Push(200,
                  "{\"type\":\"ADDED\",\"object\":{}}\n{\"type\":\"DELETED\",\"object\":{}}\n");
  int events = 0;
  EXPECT_THAT(client_->Watch(Context(), kJobResource, {.resource_version = "9"},
                             [&](WatchEventType, const nlohmann::json&) -> Status {
                               ++events;
                               return {};
                             }),
              IsOk());
  EXPECT_EQ(events, 2);
  EXPECT_EQ(Sent(0),
            "GET https://kube.test:6443/apis/batch/v1/jobs?watch=true&allowWatchBookmarks=true&"
            "resourceVersion=9&timeoutSeconds=290 Bearer t0");
}

TEST_F(RestClientTest, AGoneWatchIsExpired) {
  transport_.Push(410, R"({"kind":"Status","reason":"Expired","message":"too old"})");
  EXPECT_THAT(
      client_->Watch(Context(), kJobResource, {}, [](auto, const auto&) -> Status { return {}; }),
      FailsBecause("Expired"));
}

TEST_F(RestClientTest, APodsServerIsAskedThroughTheApi) {
  transport_.Push(200, "{\"rows\":3}");
  EXPECT_THAT(client_->PodProxy(Context(), {.name_space = "ns", .name = "copy-1"}, "9090",
                                "/progress", 100),
              IsOkAndHolds("{\"rows\":3}"));
  EXPECT_EQ(Sent(0),
            "GET https://kube.test:6443/api/v1/namespaces/ns/pods/copy-1:9090/proxy/progress "
            "Bearer t0");
  transport_.Push(200, std::string(200, 'x'));
  EXPECT_THAT(client_->PodProxy(Context(), kKey, "", "/", 100), FailsWith(ErrorCode::kOutOfRange));
  EXPECT_EQ(Sent(1), "GET https://kube.test:6443/api/v1/namespaces/ns/pods/copy/proxy/ Bearer t0");
  transport_.Push(503, "no endpoints available");
  EXPECT_THAT(client_->PodProxy(Context(), kKey, "9090", "/", 100),
              FailsWith(ErrorCode::kUnavailable));
}

TEST_F(RestClientTest, DeleteCarriesItsPreconditions) {
  transport_.Push(200, "{}");
  EXPECT_THAT(
      client_->Delete(Context(), kJobResource, kKey, {.uid = "u1", .resource_version = "5"}),
      IsOk());
  const auto body = ParseJson(transport_.requests().at(0).request.body);
  ASSERT_THAT(body, IsOk());
  EXPECT_EQ((*body)["preconditions"], (nlohmann::json{{"uid", "u1"}, {"resourceVersion", "5"}}));
  EXPECT_EQ((*body)["propagationPolicy"], "Background");
}

TEST_F(RestClientTest, ApplyNamesItsFieldManagerAndNeverForces) {
  transport_.Push(200, "{}");
  EXPECT_THAT(client_->Apply(Context(), kJobResource, kKey, nlohmann::json::object(), "culvert"),
              IsOk());
  EXPECT_TRUE(Sent(0).starts_with(
      "PATCH https://kube.test:6443/apis/batch/v1/namespaces/ns/jobs/copy?fieldManager=culvert "));
  EXPECT_EQ(transport_.requests().at(0).request.headers.Get("Content-Type"),
            "application/apply-patch+yaml");
}

TEST_F(RestClientTest, DryRunIsAsked) {
  transport_.Push(201, "{}");
  EXPECT_THAT(
      client_->Create(Context(), kJobResource, "ns", nlohmann::json::object(), DryRun::kAll),
      IsOk());
  EXPECT_NE(Sent(0).find("?dryRun=All"), std::string::npos);
}

TEST_F(RestClientTest, PodLogIsBounded) {
  transport_.Push(200, std::string(100, 'x'));
  EXPECT_THAT(client_->PodLog(Context(), kKey, "runner", 0, 50), FailsWith(ErrorCode::kOutOfRange));
  transport_.Push(200, "done\n");
  EXPECT_THAT(client_->PodLog(Context(), kKey, "runner", 10, 50), IsOkAndHolds("done\n"));
  EXPECT_TRUE(
      Sent(1).starts_with("GET https://kube.test:6443/api/v1/namespaces/ns/pods/copy/log"
                          "?container=runner&tailLines=10 "));
}

}  // namespace
}  // namespace culvert::kube
