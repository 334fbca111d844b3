// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/operator_fixture.h"

#include "libs/base/json.h"
#include "libs/kube/rest_client.h"
#include "tests/integration/test_history.h"
#include "tests/support/poll.h"
#include "tests/support/status_matchers.h"

#include <algorithm>
#include <utility>

namespace culvert::test {
namespace {

using nlohmann::json;

constexpr const char* kJobs = "/apis/culvert.dev/v1alpha1/namespaces/default/syncjobs/";

class NoToken final : public kube::TokenSource {
 public:
  Result<Secret> Token() override { return Secret(); }
  void Rejected() override {}
};

}  // namespace

kube::Config FakeApiConfig() {
  kube::Config config;
  config.server = http::Url::Parse("http://127.0.0.1:1").value();
  config.token = std::make_shared<NoToken>();
  return config;
}

OperatorProcess::OperatorProcess(FakeKubeApi& api, const std::string& name, const Change& change)
    : OperatorProcess(api, FakeApiConfig(), name, change) {}

OperatorProcess::OperatorProcess(http::Transport& api, kube::Config config, const std::string& name,
                                 const Change& change)
    : log_(LogLevel::kInfo, *clock_, [this](std::string_view line) { log_text_ += line; }) {
  observed_ = kube::ObserveRequests(api, requests_);
  client_ = kube::MakeRestClient(
      std::move(config), *observed_,
      {.user_agent = "operator/" + name, .metrics = &requests_, .requests_per_second = 0});
  http::CurlTransportOptions wire;
  wire.allow_plain_http = true;
  pod_transport_ = http::MakeCurlTransport(wire);
  control::OperatorOptions options;
  options.pods.image = "culvert-runner:test";
  options.pods.version = "test";
  options.pods.endpoint_allow = {"127.0.0.1"};  // the emulator, and nothing else
  options.own_namespace = "culvert-system";
  options.identity = name;
  options.progress_interval = std::chrono::seconds(0);
  if (change) change(options);
  work_ = std::make_unique<control::Operator>(std::move(options), *client_, *pod_transport_,
                                              metrics_, *clock_);
  thread_ = std::jthread([this] {
    const OpContext ctx{.stop = stop_.get_token(), .clock = *clock_, .log = log_};
    static_cast<void>(work_->Run(ctx));
  });
}

void OperatorProcess::Stop() {
  stop_.request_stop();
  if (!thread_.joinable()) return;
  thread_.join();
  TestHistory::Now().AddArtefact("an operator's log", log_text_);
}

void PartsFixture::MakeParts() {
  MakeTable("parts", "id bigint, name string", "dt string");
  MakeTable("all", "id bigint, name string");
  for (int i = 0; i < 2; ++i) {
    Fill("parts", 60, "dt=" + std::to_string(i), static_cast<std::uint64_t>(i) * 60);
  }
  Fill("all", 120);
}

CopySpecText PartsFixture::CopyOfParts(const std::string& target) {
  CopySpecText text{.source = "parts",
                    .source_partition = "dt=*",
                    .target = target,
                    .target_partition = "load=1"};
  text.concurrent = 2;
  text.more = R"({"ttlSecondsAfterFinished":0})";
  return text;
}

void OperatorFixture::StartCluster() {
  operator_.reset();
  cluster_.reset();
  api_ = std::make_unique<FakeKubeApi>();
  HistoryObjects& objects = TestHistory::Now().AddCluster();
  api_->SetObserver([&objects, &events = server().services().events](const json& object) {
    if (const auto ended = objects.Add(object)) {
      TestHistory::MarkEnded(ended->first, ended->second, events);
    }
  });
  cluster_ = std::make_unique<FakeCluster>(
      *api_,
      FakeCluster::Options{
          .runner = RunnerProgram(),
          .directory = dir().path() + "/pods",
          .secrets = {
              {"key", {{"accessKeyId", "AKTESTID"}, {"accessKeySecret", "test-secret-word"}}}}});
  api_->Put("/apis/culvert.dev/v1alpha1/namespaces/default/datasources/here",
            {{"apiVersion", "culvert.dev/v1alpha1"},
             {"kind", "DataSource"},
             {"metadata", {{"name", "here"}, {"namespace", "default"}}},
             {"spec",
              {{"maxCompute",
                {{"endpoint", server().Endpoint()},
                 {"project", "demo"},
                 {"credentialsRef", {{"name", "key"}}},
                 {"allowInsecureHttp", true}}}}}});
}

void OperatorFixture::StartOperator(const std::string& name) {
  operator_ = std::make_unique<OperatorProcess>(*api_, name);
}

void OperatorFixture::StartOperatorBehind(http::Transport& door, const std::string& name) {
  operator_ =
      std::make_unique<OperatorProcess>(door, FakeApiConfig(), name, OperatorProcess::Change{});
}

std::string OperatorFixture::PathOf(const std::string& job) { return kJobs + job; }

void OperatorFixture::Apply(const std::string& name, const std::string& spec) {
  const json object = {{"apiVersion", "culvert.dev/v1alpha1"},
                       {"kind", "SyncJob"},
                       {"metadata", {{"name", name}, {"namespace", "default"}}},
                       {"spec", json::parse(spec)}};
  http::Request request;
  request.method = "POST";
  request.url = "http://127.0.0.1:1" + std::string(kJobs, std::string(kJobs).size() - 1);
  request.headers.Add("User-Agent", "user");
  request.body = object.dump();
  const auto response = api_->Send(context_.ctx(), request);
  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->status, 201) << response->body;
}

void OperatorFixture::Change(const std::string& name, const std::string& patch) {
  http::Request request;
  request.method = "PATCH";
  request.url = "http://127.0.0.1:1" + PathOf(name);
  request.headers.Add("User-Agent", "user");
  request.headers.Add("Content-Type", "application/merge-patch+json");
  request.body = patch;
  const auto response = api_->Send(context_.ctx(), request);
  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->status, 200) << response->body;
}

void OperatorFixture::DeleteJob(const std::string& name) { api_->Put(PathOf(name), nullptr); }

json OperatorFixture::Get(const std::string& name) const { return api_->Object(PathOf(name)); }

json OperatorFixture::Condition(const std::string& name, const std::string& type) const {
  for (const json& one : Get(name).value(json::json_pointer("/status/conditions"), json::array())) {
    if (one["type"] == type) return one;
  }
  return {{"status", ""}, {"reason", ""}, {"message", ""}};
}

std::string OperatorFixture::Reason(const std::string& name) const {
  return Condition(name, "Succeeded")["reason"];
}

std::string OperatorFixture::WaitForEnd(const std::string& name) {
  std::string status;
  WaitFor([&] {
    status = Condition(name, "Succeeded")["status"].get<std::string>();
    return status == "True" || status == "False";
  });
  return status;
}

bool OperatorFixture::WaitFor(const std::function<bool()>& condition,
                              std::chrono::milliseconds budget) {
  return Eventually(budget, condition);
}

std::vector<std::string> OperatorFixture::Children() const {
  std::vector<std::string> children;
  for (const char* prefix :
       {"/apis/batch/v1/namespaces/default/jobs/", "/api/v1/namespaces/default/configmaps/"}) {
    for (const auto& [path, object] : api_->Objects(prefix)) {
      const std::size_t plural = path.rfind('/', path.rfind('/') - 1);
      children.push_back(path.substr(plural + 1));
    }
  }
  std::ranges::sort(children);
  return children;
}

std::vector<std::string> OperatorFixture::Claims() const {
  std::vector<std::string> claims;
  for (const auto& [path, object] :
       api_->Objects("/api/v1/namespaces/culvert-system/configmaps/")) {
    claims.push_back(object["data"]["target"].get<std::string>() + " " +
                     object["data"]["holders"].get<std::string>());
  }
  return claims;
}

std::string OperatorFixture::Explain(const std::string& name) const {
  std::string text = DumpJsonPretty(Get(name).value("status", json()));
  for (const auto& [path, pod] : api_->Objects("/api/v1/namespaces/default/pods/")) {
    text += "\n" + path + " " + pod.value("status", json()).dump();
  }
  for (const std::string& child : Children()) text += "\n" + child;
  for (const std::string& claim : Claims()) text += "\nclaim " + claim;
  if (operator_) text += "\n" + operator_->log();
  return text;
}

std::string CopySpecText::Json() const {
  json source_table = {
      {"dataSourceRef", {{"name", "here"}}}, {"table", source}, {"column", json::array({"*"})}};
  if (!source_partition.empty()) source_table["partition"] = json::array({source_partition});
  json target_table = {{"dataSourceRef", {{"name", "here"}}},
                       {"table", target},
                       {"column", json::array({"*"})},
                       {"truncate", truncate},
                       {"consistencyCommit", consistency_commit}};
  if (!target_partition.empty()) target_table["partition"] = target_partition;
  json spec = {{"source", {{"maxCompute", source_table}}},
               {"target", {{"maxCompute", target_table}}},
               {"setting", {{"speed", {{"concurrent", concurrent}}}}},
               {"runner", {{"threads", threads}}}};
  if (!more.empty()) spec.merge_patch(json::parse(more));
  return spec.dump();
}

}  // namespace culvert::test
