// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log.h"
#include "libs/base/metrics.h"
#include "libs/base/time_format.h"
#include "libs/kube/config.h"
#include "libs/kube/event_recorder.h"
#include "libs/kube/rest_client.h"
#include "operator/names.h"
#include "operator/pending_writes.h"
#include "operator/schedule_act.h"
#include "operator/schedule_metrics.h"
#include "operator/schedule_reconciler.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_kube_api.h"
#include "tests/support/no_token.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Schedules against a fake API server with a clock that the test moves: no threads, no caches but
// what a test makes old on purpose.

namespace culvert::control {

inline constexpr const char* kRunPrefix = "/apis/culvert.dev/v1alpha1/namespaces/default/syncjobs/";
inline constexpr const char* kSchedulePath =
    "/apis/culvert.dev/v1alpha1/namespaces/default/syncschedules/nightly";

/// What the API server has, read each time; or as it was when it was frozen.
class ApiView final : public ScheduleView {
 public:
  explicit ApiView(const test::FakeKubeApi& api) : api_(api) {}

  ObservedSchedule Observe(const kube::ObjectKey& key) const override {
    if (frozen_) return *frozen_;
    ObservedSchedule see;
    const nlohmann::json object = api_.Object("/apis/culvert.dev/v1alpha1/namespaces/" +
                                              key.name_space + "/syncschedules/" + key.name);
    if (object.is_null()) return see;
    see.schedule = std::make_shared<const ScheduleObject>(ProjectSyncSchedule(object).value());
    for (const auto& [path, run] : api_.Objects(kRunPrefix)) {
      auto job = ProjectSyncJob(run).value();
      if (job.firing == nullptr || job.firing->schedule_uid != see.schedule->meta.uid) continue;
      see.runs.push_back(std::make_shared<const SyncJobObject>(std::move(job)));
    }
    return see;
  }
  bool ShowsWrite(const Write& /*write*/) const override { return true; }
  void Freeze(const kube::ObjectKey& key) {
    frozen_.reset();
    frozen_ = Observe(key);
  }
  void Thaw() { frozen_.reset(); }

 private:
  const test::FakeKubeApi& api_;
  std::optional<ObservedSchedule> frozen_;
};

/// The part of one operator that has to do with schedules. Its requests carry its name.
class ScheduleOperator {
 public:
  ScheduleOperator(test::FakeKubeApi& api, Clock& clock, const std::string& name)
      : view(api), log_(LogLevel::kError, clock, [](std::string_view) {}), clock_(clock) {
    kube::Config config;
    config.server = http::Url::Parse("http://127.0.0.1:1").value();
    config.token = std::make_shared<kube::NoToken>();
    client_ = kube::MakeRestClient(std::move(config), api,
                                   {.user_agent = "operator/" + name, .requests_per_second = 0});
    events_ = std::make_unique<kube::EventRecorder>(
        kube::EventRecorder::Options{.controller = "culvert.dev/operator", .instance = name},
        *client_);
    actor_ = std::make_unique<ScheduleActor>(*client_, pending_);
    reconciler_ =
        std::make_unique<ScheduleReconciler>(ScheduleReconciler::Parts{.view = view,
                                                                       .actor = *actor_,
                                                                       .pending = pending_,
                                                                       .events = *events_,
                                                                       .metrics = metrics_});
  }

  OpContext ctx() { return {stop_.get_token(), SteadyTime::max(), clock_, log_}; }
  kube::Outcome Reconcile(const std::string& name = "nightly") {
    return reconciler_->Reconcile(ctx(), {.name_space = "default", .name = name});
  }
  /// Reconciles until there is nothing more to do now.
  void Settle(const std::string& name = "nightly") {
    for (int i = 0; i < 100; ++i) {
      const kube::Outcome outcome = Reconcile(name);
      const auto* const again = std::get_if<kube::RequeueAfter>(&outcome);
      if (std::holds_alternative<kube::TryAgain>(outcome)) return;
      if (again != nullptr && again->delay > std::chrono::milliseconds(0)) return;
      if (std::holds_alternative<kube::AwaitChange>(outcome)) return;
    }
  }
  ScheduleActor& actor() { return *actor_; }
  std::string MetricsText() { return registry_.Expose(); }

  ApiView view;

 private:
  std::stop_source stop_;
  Logger log_;
  Clock& clock_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<kube::EventRecorder> events_;
  PendingWrites pending_;
  MetricsRegistry registry_;
  ScheduleMetrics metrics_{registry_};
  std::unique_ptr<ScheduleActor> actor_;
  std::unique_ptr<ScheduleReconciler> reconciler_;
};

/// A SyncSchedule as a user writes it: each night at ten past midnight, copies yesterday.
inline nlohmann::json NightlySpec() {
  return nlohmann::json::parse(R"({
    "schedule": "10 0 * * *",
    "parameters": [{"name": "day", "value": "${yyyymmdd}"}],
    "jobTemplate": {
      "metadata": {"labels": {"team": "sales"}},
      "spec": {
        "source": {"maxCompute": {"dataSourceRef": {"name": "from"}, "table": "orders",
                                  "partition": ["dt=${day}"], "column": ["*"]}},
        "target": {"maxCompute": {"dataSourceRef": {"name": "to"}, "table": "orders_${yyyymm}",
                                  "partition": "dt=${day}", "column": ["*"],
                                  "truncate": true, "consistencyCommit": true}}}}})");
}

/// A cluster with one schedule, at a time of its own.
class ScheduleCluster {
 public:
  explicit ScheduleCluster(const std::string& now) : clock(ParseRfc3339(now).value()) {}

  void Apply(const nlohmann::json& spec, const std::string& name = "nightly") {
    const std::string path = "/apis/culvert.dev/v1alpha1/namespaces/default/syncschedules/" + name;
    nlohmann::json object = api.Object(path);
    if (object.is_null()) {
      object = {{"apiVersion", "culvert.dev/v1alpha1"},
                {"kind", "SyncSchedule"},
                {"metadata",
                 {{"name", name},
                  {"namespace", "default"},
                  {"generation", 0},
                  {"creationTimestamp", FormatRfc3339(clock.Now())}}}};
    }
    object["metadata"]["generation"] = object["metadata"]["generation"].get<int>() + 1;
    object["spec"] = spec;
    api.Put(path, object);
  }
  nlohmann::json Schedule() const { return api.Object(kSchedulePath); }
  nlohmann::json Status() const { return Schedule().value("status", nlohmann::json::object()); }
  std::string Condition(const std::string& type) const {
    for (const auto& one : Status().value("conditions", nlohmann::json::array())) {
      if (one["type"] == type) {
        return one["status"].get<std::string>() + " " + one["reason"].get<std::string>();
      }
    }
    return "";
  }
  std::string Message(const std::string& type) const {
    for (const auto& one : Status().value("conditions", nlohmann::json::array())) {
      if (one["type"] == type) return one["message"];
    }
    return "";
  }
  nlohmann::json Run(const std::string& name) const { return api.Object(kRunPrefix + name); }
  std::vector<std::string> Runs() const {
    std::vector<std::string> names;
    for (const auto& [path, run] : api.Objects(kRunPrefix)) {
      names.push_back(run["metadata"]["name"]);
    }
    return names;
  }
  static bool IsOver(const nlohmann::json& run) {
    for (const auto& one :
         run.value(nlohmann::json::json_pointer("/status/conditions"), nlohmann::json::array())) {
      if (one["type"] == "Succeeded" && one["status"] != "Unknown") return true;
    }
    return false;
  }
  /// Ends a run as the reconciler of SyncJobs does.
  void End(const std::string& name, bool succeeded = true,
           const std::string& reason = "SourceChanged") {
    nlohmann::json run = Run(name);
    run["status"] = {{"attempt", 1},
                     {"completionTime", FormatRfc3339(clock.Now())},
                     {"conditions",
                      {{{"type", "Succeeded"},
                        {"status", succeeded ? "True" : "False"},
                        {"reason", succeeded ? "Succeeded" : reason},
                        {"message", ""},
                        {"lastTransitionTime", FormatRfc3339(clock.Now())}}}}};
    api.Put(kRunPrefix + name, run);
  }
  void EndAll(bool succeeded = true) {
    for (const std::string& name : Runs()) {
      if (!IsOver(Run(name))) End(name, succeeded);
    }
  }
  void MoveTo(const std::string& time) { clock.Advance(ParseRfc3339(time).value() - clock.Now()); }
  std::vector<std::string> Events() const {
    std::vector<std::string> reasons;
    for (const auto& [path, event] : api.Objects("/apis/events.k8s.io/v1/")) {
      reasons.push_back(event["reason"]);
    }
    return reasons;
  }

  test::FakeKubeApi api;
  test::FakeClock clock;
};

}  // namespace culvert::control
