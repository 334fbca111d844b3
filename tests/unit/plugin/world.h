// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/kube/client.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_kube_api.h"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plugin/run_view.h"

namespace culvert::plugin {

/// A SyncJob with its Jobs and pods, as the operator leaves them, said in few words:
/// `World world; world.Step("plan", "Complete"); world.Pod("transfer", 3, "Running");`
/// The job is `flights-copy` in `sales`, attempt 1, made 2 minutes and 14 seconds ago.
class World {
 public:
  World();

  nlohmann::json& sync_job() { return sync_job_; }
  nlohmann::json& status() { return sync_job_["status"]; }
  void Condition(const std::string& type, const std::string& status, const std::string& reason,
                 const std::string& message = "");
  /// A plan of so many shards.
  void Planned(std::uint64_t shards, std::uint64_t rows);
  /// A Job. `condition`: Complete, Failed, or empty while it runs.
  nlohmann::json& Step(const std::string& step, const std::string& condition = "",
                       std::int64_t seconds = 4);
  /// A pod of a step; `index` below 0: not of an Indexed Job. The later one is the newer.
  nlohmann::json& Pod(const std::string& step, std::int64_t index, const std::string& phase);
  /// The pod ended with this exit code and termination message.
  static void Ended(nlohmann::json& pod, int exit_code, const std::string& message);
  /// The pod's container waits for a reason.
  static void Waits(nlohmann::json& pod, const std::string& reason, const std::string& message);
  /// What the pod's `/progress` says.
  void Progress(const nlohmann::json& pod, std::uint64_t rows, std::uint64_t rows_total,
                std::uint64_t rate);

  RunView View() const;
  /// Writes all of it into a fake API server.
  void PutInto(test::FakeKubeApi& api) const;

 private:
  nlohmann::json Child(const std::string& name, const std::string& step) const;

  nlohmann::json sync_job_;
  std::vector<nlohmann::json> jobs_;
  std::vector<nlohmann::json> pods_;
  std::map<std::string, nlohmann::json> progress_;
};

/// A client of a fake API server.
std::unique_ptr<kube::Client> MakeFakeClient(test::FakeKubeApi& api);

/// Runs that the tests of texts and the page share.
World RunningWorld();
World FailedWorld();
World FinishedWorld();

}  // namespace culvert::plugin
