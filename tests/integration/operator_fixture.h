// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/metrics.h"
#include "libs/http/curl_transport.h"
#include "libs/kube/client.h"
#include "libs/kube/config.h"
#include "libs/kube/request_metrics.h"
#include "operator/operator.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/fake_cluster.h"
#include "tests/support/fake_kube_api.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace culvert::test {

/// Of an API server in this process: any address will do.
kube::Config FakeApiConfig();

/// One operator in this process, against a fake API or a real one. Its requests carry its name as
/// user agent.
class OperatorProcess {
 public:
  using Change = std::function<void(control::OperatorOptions&)>;
  OperatorProcess(FakeKubeApi& api, const std::string& name, const Change& change = {});
  /// `api` leads to the server of `config`, and must outlive it.
  OperatorProcess(http::Transport& api, kube::Config config, const std::string& name,
                  const Change& change);
  ~OperatorProcess() { Stop(); }
  OperatorProcess(const OperatorProcess&) = delete;
  OperatorProcess& operator=(const OperatorProcess&) = delete;

  void Stop();
  control::Operator& work() { return *work_; }
  const std::string& log() const { return log_text_; }

 private:
  std::unique_ptr<Clock> clock_ = MakeSystemClock();
  std::string log_text_;
  Logger log_;
  MetricsRegistry metrics_;
  kube::RequestMetrics requests_{metrics_, "server"};
  std::unique_ptr<http::Transport> observed_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<http::Transport> pod_transport_;
  std::unique_ptr<control::Operator> work_;
  std::stop_source stop_;
  std::jthread thread_;
};

/// Spec of a copy within project `demo`.
struct CopySpecText {
  std::string source = "source";
  std::string source_partition = {};  // `"dt=*"`
  std::string target = "target";
  std::string target_partition = {};
  bool truncate = false;
  bool consistency_commit = true;
  int concurrent = 1;
  int threads = 4;
  std::string more = {};  // further members of the spec, with a leading comma
  std::string Json() const;
};

/// Runs of two partitions, with what must be there in the end.
class PartsFixture : public RunnerFixture {
 protected:
  /// `parts`, 60 rows in each of two partitions, and `all`, the same rows without partitions.
  void MakeParts();
  /// All of `parts` into `load=1` of `target`, by two streams; nothing stays of a run that is
  /// over.
  static CopySpecText CopyOfParts(const std::string& target);
};

/// A cluster in this process: the emulator, a fake API server with Jobs and pods that run the
/// real runner, and operators.
class OperatorFixture : public PartsFixture {
 protected:
  /// Begins anew with an API that holds nothing but the DataSource `here`.
  void StartCluster();
  void StartOperator(const std::string& name = "one");
  /// One that reaches the API through `door`, which leads there.
  void StartOperatorBehind(http::Transport& door, const std::string& name);
  void StopOperator() { operator_.reset(); }

  static std::string PathOf(const std::string& job);
  /// A SyncJob as a user would write it; `spec` in JSON.
  void Apply(const std::string& name, const std::string& spec);
  /// Merges `patch` into the SyncJob.
  void Change(const std::string& name, const std::string& patch);
  void DeleteJob(const std::string& name);
  nlohmann::json Get(const std::string& name) const;
  /// `Succeeded` -> {status, reason, message}; of any condition.
  nlohmann::json Condition(const std::string& name, const std::string& type) const;
  std::string Reason(const std::string& name) const;  // of Succeeded
  /// Waits until the run is over: `True` or `False`, else what it was doing.
  std::string WaitForEnd(const std::string& name);
  bool WaitFor(const std::function<bool()>& condition,
               std::chrono::milliseconds budget = std::chrono::seconds(60));
  /// Kinds and names of what the operator made: `jobs/copy-1a2b-1-plan`, sorted.
  std::vector<std::string> Children() const;
  std::vector<std::string> Claims() const;
  /// Everything that helps to see why, for messages of assertions.
  std::string Explain(const std::string& name) const;

  std::unique_ptr<FakeKubeApi> api_;
  std::unique_ptr<FakeCluster> cluster_;
  std::unique_ptr<OperatorProcess> operator_;
};

}  // namespace culvert::test
