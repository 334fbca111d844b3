// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/mutex.h"
#include "tests/integration/operator_fixture.h"
#include "tests/support/local_kubelet.h"
#include "tests/support/poll.h"
#include "tests/support/real_kube_api.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

// The operator killed before and after each of its API writes of one run, against the API server
// and the controllers that CULVERT_TEST_KUBECONFIG names: the Job controller makes the pods, they
// run here as processes, the garbage collector removes them.

namespace culvert::test {
namespace {

using nlohmann::json;
using std::chrono::seconds;

const kube::Resource kSyncJobs{.group = "culvert.dev", .version = "v1alpha1", .plural = "syncjobs"};
const kube::Resource kDataSources{
    .group = "culvert.dev", .version = "v1alpha1", .plural = "datasources"};
const kube::Resource kJobs{.group = "batch", .version = "v1", .plural = "jobs"};
const kube::Resource kPods{.group = "", .version = "v1", .plural = "pods"};
const kube::Resource kConfigMaps{.group = "", .version = "v1", .plural = "configmaps"};

enum class When { kBefore, kAfter };

/// `culvert-claim-…` -> `claim`, `run-3-1a2b3c4d-1-plan` -> `plan`: the same in each run.
std::string PartOf(const std::string& name) {
  if (name.starts_with("culvert-claim-")) return "claim";
  return name.substr(name.rfind('-') + 1);
}

/// What operators did to the API server, events apart: they are for people and no part of a run.
class Deeds {
 public:
  void Wrote() { ++writes_; }
  /// `create jobs plan`: what succeeded.
  void Did(const http::Request& request, const http::Response& response) {
    std::istringstream url(request.url.substr(0, request.url.find('?')));
    std::vector<std::string> path;
    for (std::string part; std::getline(url, part, '/');) path.push_back(part);
    const MutexLock lock(mutex_);
    if (request.method == "POST" && response.status == 201) {
      const json made = json::parse(response.body);
      deeds_.insert("create " + path.back() + " " + PartOf(made["metadata"]["name"]));
    } else if (request.method == "DELETE" && response.status == 200) {
      deeds_.insert("delete " + path[path.size() - 2] + " " + PartOf(path.back()));
    }
  }
  int writes() const { return writes_; }
  std::multiset<std::string> deeds() const {
    const MutexLock lock(mutex_);
    return deeds_;
  }

 private:
  std::atomic<int> writes_ = 0;
  mutable Mutex mutex_;
  std::multiset<std::string> deeds_ GUARDED_BY(mutex_);
};

/// The way to the API server, which ends at the `n`-th write (0: never): before it arrives there,
/// or before the answer comes back.
class MortalTransport final : public http::Transport {
 public:
  MortalTransport(http::Transport& inner, Deeds& deeds, When when, int n)
      : inner_(inner), deeds_(deeds), when_(when), n_(n) {}

  bool dead() const { return dead_; }
  void Die() { dead_ = true; }

  Result<http::Response> Send(const OpContext& ctx, const http::Request& request) override {
    if (dead_) return Gone();
    const bool write = request.method != "GET" && request.url.find("/events") == std::string::npos;
    const bool last = write && ++mine_ == n_;
    if (write) deeds_.Wrote();
    if (last && when_ == When::kBefore) return Gone();
    auto response = inner_.Send(ctx, request);
    if (write && response) deeds_.Did(request, *response);
    if (last) return Gone();
    return response;
  }
  Result<std::unique_ptr<http::DownloadStream>> Download(const OpContext& ctx,
                                                         const http::Request& request) override {
    if (dead_) return Gone();
    return inner_.Download(ctx, request);
  }
  Result<std::unique_ptr<http::UploadStream>> Upload(const OpContext& ctx,
                                                     const http::Request& request) override {
    if (dead_) return Gone();
    return inner_.Upload(ctx, request);
  }

 private:
  std::unexpected<Error> Gone() {
    dead_ = true;
    return Fail(Unavailable("the operator is dead"));
  }

  http::Transport& inner_;
  Deeds& deeds_;
  const When when_;
  const int n_;
  std::atomic<int> mine_ = 0;
  std::atomic<bool> dead_ = false;
};

class OperatorApiServerTest : public PartsFixture {
 protected:
  void SetUp() override {
    if (!RealKubeApi::IsGiven()) {
      GTEST_SKIP() << "no API server is named by CULVERT_TEST_KUBECONFIG";
    }
    Start();
    if (HasFatalFailure()) return;
    MakeParts();
    api_ = std::make_unique<RealKubeApi>();
    api_->InstallKinds();
    kubelet_ = std::make_unique<LocalKubelet>(
        api_->client(),
        LocalKubelet::Options{
            .name_space = api_->name_space(),
            .runner = RunnerProgram(),
            .directory = dir().path() + "/pods",
            .secrets = {
                {"key", {{"accessKeyId", "AKTESTID"}, {"accessKeySecret", "test-secret-word"}}}}});
    Make(kDataSources, "DataSource", "here",
         {{"maxCompute",
           {{"endpoint", server().Endpoint()},
            {"project", "demo"},
            {"credentialsRef", {{"name", "key"}}},
            {"allowInsecureHttp", true}}}});
  }

  OpContext ctx() { return context_.ctx(seconds(30)); }
  kube::ObjectKey Key(const std::string& name) const {
    return {.name_space = api_->name_space(), .name = name};
  }

  void Make(const kube::Resource& resource, const char* kind, const std::string& name,
            const json& spec) {
    ASSERT_THAT(api_->client().Create(ctx(), resource, api_->name_space(),
                                      {{"apiVersion", "culvert.dev/v1alpha1"},
                                       {"kind", kind},
                                       {"metadata", {{"name", name}}},
                                       {"spec", spec}}),
                IsOk());
  }

  std::unique_ptr<OperatorProcess> Operate(http::Transport& way, const std::string& name) {
    return std::make_unique<OperatorProcess>(way, api_->config(), name,
                                             [this](control::OperatorOptions& options) {
                                               options.own_namespace = api_->name_space();
                                               options.watch_namespaces = {api_->name_space()};
                                             });
  }

  json Status(const std::string& name) {
    const auto job = api_->client().Get(ctx(), kSyncJobs, Key(name));
    return job ? job->value("status", json::object()) : json::object();
  }
  std::string Succeeded(const std::string& name) {
    const json status = Status(name);
    for (const json& one : status.value("conditions", json::array())) {
      if (one["type"] == "Succeeded") return one["status"];
    }
    return "";
  }
  /// What is left of all runs: Jobs, pods, records and claims.
  std::vector<std::string> Left() {
    std::vector<std::string> left;
    for (const kube::Resource& resource : {kJobs, kPods, kConfigMaps}) {
      const kube::ListOptions managed{
          .name_space = api_->name_space(),
          .label_selector = "app.kubernetes.io/managed-by=culvert-operator"};
      EXPECT_THAT(api_->client().List(ctx(), resource, managed,
                                      [&](const json& object) -> culvert::Status {
                                        left.push_back(object["metadata"]["name"]);
                                        return {};
                                      }),
                  IsOk());
    }
    return left;
  }
  std::string Explain(const std::string& name, const OperatorProcess& last) {
    std::string text = Status(name).dump(2);
    for (const std::string& one : Left()) text += "\n" + one;
    return text + "\n" + last.log();
  }

  /// One run whose first operator dies at its `n`-th write (0: it lives on). Whether it had so
  /// many.
  bool RunWithDeath(bool small, When when, int n, Deeds& deeds) {
    const std::string name = "run-" + std::to_string(n);
    MakeTable("t" + std::to_string(n), "id bigint, name string", "load string");
    MortalTransport first_way(api_->transport(), deeds, when, n);
    MortalTransport second_way(api_->transport(), deeds, when, 0);
    auto work = Operate(first_way, "a");
    Make(kSyncJobs, "SyncJob", name, Spec(small, n));
    const auto is_over = [&] { return Succeeded(name) == "True" && Left().empty(); };
    EXPECT_TRUE(Eventually(kPatience, [&] { return first_way.dead() || is_over(); }))
        << Explain(name, *work);
    const bool hit = first_way.dead();
    if (hit) {
      work = nullptr;
      work = Operate(second_way, "b");
    }
    EXPECT_TRUE(Eventually(kPatience, is_over)) << Explain(name, *work);
    EXPECT_EQ(Difference("t" + std::to_string(n), "all", "load=1"), "") << Explain(name, *work);
    EXPECT_EQ(Status(name)["attempt"], 1) << Explain(name, *work);
    EXPECT_THAT(api_->client().Delete(ctx(), kSyncJobs, Key(name), {}), IsOk());
    return hit;
  }

  static json Spec(bool small, int n) {
    CopySpecText text = CopyOfParts("t" + std::to_string(n));
    text.threads = small ? 2 : 1;
    text.truncate = !small;
    return json::parse(text.Json());
  }

  static constexpr seconds kPatience{90};
  std::unique_ptr<RealKubeApi> api_;
  std::unique_ptr<LocalKubelet> kubelet_;
};

class OperatorDeathTest : public OperatorApiServerTest,
                          public ::testing::WithParamInterface<std::tuple<bool, When>> {};

TEST_P(OperatorDeathTest, AnyWriteMayBeItsLast) {
  const auto [small, when] = GetParam();
  constexpr int kWritesMax = 60;
  Deeds undisturbed;
  EXPECT_FALSE(RunWithDeath(small, when, 0, undisturbed));
  int n = 1;
  for (; n < kWritesMax && !HasFailure(); ++n) {
    SCOPED_TRACE("write " + std::to_string(n));
    Deeds deeds;
    if (!RunWithDeath(small, when, n, deeds)) break;
    EXPECT_EQ(deeds.deeds(), undisturbed.deeds());
  }
  RecordProperty("writes", undisturbed.writes());
  EXPECT_GE(n, undisturbed.writes());
  EXPECT_LT(n, kWritesMax);
}

std::string NameOf(const ::testing::TestParamInfo<std::tuple<bool, When>>& one) {
  const auto [small, when] = one.param;
  return std::string(small ? "Small" : "Shards") + (when == When::kBefore ? "Before" : "After");
}

INSTANTIATE_TEST_SUITE_P(EveryWrite, OperatorDeathTest,
                         ::testing::Combine(::testing::Values(true, false),
                                            ::testing::Values(When::kBefore, When::kAfter)),
                         NameOf);

TEST_F(OperatorApiServerTest, TwoLeadersForASecondComeToTheSameEnd) {
  for (const bool small : {true, false}) {
    const int n = small ? 1 : 2;
    const std::string name = "twice-" + std::to_string(n);
    MakeTable("t" + std::to_string(n), "id bigint, name string", "load string");
    Deeds deeds;
    MortalTransport first_way(api_->transport(), deeds, When::kBefore, 0);
    const auto one = Operate(first_way, "a");
    const auto two = Operate(api_->transport(), "b");
    Make(kSyncJobs, "SyncJob", name, Spec(small, n));
    ASSERT_TRUE(Eventually(kPatience, [&] { return !Left().empty(); })) << Explain(name, *one);
    // The overlap that a lease leaves: the first goes on for a second after the second began.
    const SteadyTime end = context_.clock().SteadyNow() + seconds(1);
    ASSERT_TRUE(Eventually(kPatience, [&] { return context_.clock().SteadyNow() >= end; }));
    first_way.Die();
    EXPECT_TRUE(Eventually(kPatience, [&] { return Succeeded(name) == "True" && Left().empty(); }))
        << Explain(name, *two);
    EXPECT_EQ(Difference("t" + std::to_string(n), "all", "load=1"), "") << Explain(name, *two);
    EXPECT_EQ(Status(name)["attempt"], 1) << Explain(name, *two);
  }
}

}  // namespace
}  // namespace culvert::test
