// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/client.h"

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace culvert::test {

/// The part of a client that SQL needs; statements end at once, with success unless they are among
/// `failing`.
class FakeSqlClient final : public maxcompute::Client {
 public:
  std::vector<maxcompute::SqlRequest> submitted;
  std::map<std::string, std::string> instance_of;  // guid -> id, the newest
  std::set<std::string> failing;                   // texts of statements, or ids of instances
  std::size_t listed = 0;                          // calls that looked for instances
  bool lose_next_answer = false;
  bool lose_every_answer = false;

  Result<maxcompute::Instance> SubmitSql(const OpContext&,
                                         const maxcompute::SqlRequest& request) override {
    if (lose_every_answer) return Fail(Unavailable("the network is gone"));
    submitted.push_back(request);
    const std::string id = "i" + std::to_string(submitted.size());
    instance_of[request.guid] = id;
    if (failing.contains(request.sql)) failing.insert(id);
    if (std::exchange(lose_next_answer, false)) return Fail(Unavailable("the answer was lost"));
    return maxcompute::Instance{.id = id, .state = maxcompute::InstanceState::kTerminated};
  }
  Result<std::vector<std::string>> FindInstances(const OpContext&, const std::string& guid,
                                                 WallTime) override {
    ++listed;
    if (!instance_of.contains(guid)) return std::vector<std::string>{};
    return std::vector<std::string>{instance_of[guid]};
  }
  Result<std::vector<maxcompute::OwnInstance>> ListInstances(const OpContext&, WallTime) override {
    ++listed;
    std::vector<maxcompute::OwnInstance> instances;
    for (const auto& [guid, id] : instance_of) instances.push_back({.id = id, .guid = guid});
    return instances;
  }
  Result<maxcompute::InstanceResult> WaitInstance(const OpContext&,
                                                  const std::string& id) override {
    if (failing.contains(id)) {
      return Fail(
          FailedPrecondition("sql instance " + id + " failed: ODPS-0130071").Because("SqlFailed"));
    }
    return maxcompute::InstanceResult{
        .task_state = maxcompute::TaskState::kSuccess, .format = "text", .text = ""};
  }
  Status WaitForSuccess(const OpContext& ctx, const std::string& id) override {
    CULVERT_TRY(WaitInstance(ctx, id));
    return {};
  }

  Result<maxcompute::Project> GetProject(const OpContext&) override { return Unused(); }
  Result<maxcompute::Table> GetTable(const OpContext&, const std::string&) override {
    return Unused();
  }
  Result<std::vector<maxcompute::Partition>> ListPartitions(const OpContext&, const std::string&,
                                                            std::size_t) override {
    return Unused();
  }
  Result<maxcompute::Partition> GetPartition(const OpContext&, const std::string&,
                                             const record::PartitionSpec&) override {
    return Unused();
  }
  Result<maxcompute::Instance> GetInstance(const OpContext&, const std::string&) override {
    return Unused();
  }
  Result<maxcompute::InstanceResult> GetInstanceResult(const OpContext&,
                                                       const std::string&) override {
    return Unused();
  }
  Result<maxcompute::InstanceResult> RunIdempotentSql(const OpContext&,
                                                      const maxcompute::SqlRequest&) override {
    return Unused();
  }
  maxcompute::Tunnel& tunnel() override { std::abort(); }

 private:
  static std::unexpected<Error> Unused() { return Fail(Internal("not used here")); }
};

}  // namespace culvert::test
