// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/retry.h"
#include "libs/http/transport.h"
#include "libs/http/url.h"
#include "libs/maxcompute/credentials.h"
#include "libs/maxcompute/instances.h"
#include "libs/maxcompute/tables.h"
#include "libs/maxcompute/tunnel.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace culvert::maxcompute {

struct ClientConfig {
  http::Url endpoint;           // with its /api path
  std::string tunnel_endpoint;  // empty: the project is asked, once, on first use
  std::string project;
  std::string schema;      // three-tier projects; empty: none
  std::string quota_name;  // empty: the default
  std::string region;      // not empty: signature v4 on REST, else v2; Tunnel is signed with v2
  std::string user_agent = "culvert";
  RetryPolicy retry;
  /// How long a refused request waits for another key to appear, looking every two seconds: a
  /// mounted Secret follows its renewal by up to a minute and a half. 0: one look.
  std::chrono::milliseconds key_wait{0};
  std::uint64_t jitter_seed = 1;
};

/// MaxCompute over REST and Tunnel, for one project. Thread-safe. All calls are idempotent and
/// retried by the policy, but SubmitSql and CommitUpload. On 401, an expired token, an unknown key
/// id or a bad signature the credentials are refreshed and the request is sent once more; on a
/// clock-skew refusal the server's date is adopted as offset and the request is sent once more.
class Client {
 public:
  virtual ~Client() = default;

  virtual Result<Project> GetProject(const OpContext& ctx) = 0;
  /// `name` in any case. kNotFound/NoSuchTable.
  virtual Result<Table> GetTable(const OpContext& ctx, const std::string& name) = 0;
  /// Every partition, in the service's order; pages are followed. More than `limit`:
  /// kResourceExhausted.
  virtual Result<std::vector<Partition>> ListPartitions(const OpContext& ctx,
                                                        const std::string& table,
                                                        std::size_t limit) = 0;
  virtual Result<Partition> GetPartition(const OpContext& ctx, const std::string& table,
                                         const record::PartitionSpec& spec) = 0;

  /// Unless the request is idempotent: on an unknown outcome look for `guid` with FindInstances;
  /// sent again only when the service said "later" without taking it.
  virtual Result<Instance> SubmitSql(const OpContext& ctx, const SqlRequest& request) = 0;
  virtual Result<Instance> GetInstance(const OpContext& ctx, const std::string& id) = 0;
  virtual Result<InstanceResult> GetInstanceResult(const OpContext& ctx, const std::string& id) = 0;
  /// Ids of the caller's own instances submitted since `since`, whose Guid is `guid`.
  virtual Result<std::vector<std::string>> FindInstances(const OpContext& ctx,
                                                         const std::string& guid,
                                                         WallTime since) = 0;
  /// The caller's own instances submitted since `since`: each is asked for its guid, once
  /// in the life of the client.
  virtual Result<std::vector<OwnInstance>> ListInstances(const OpContext& ctx, WallTime since) = 0;
  /// Polls until terminated (backing off to 5 s); a failed task is kFailedPrecondition/SqlFailed
  /// with its text, or kPermissionDenied/PermissionDenied when the text says so.
  virtual Result<InstanceResult> WaitInstance(const OpContext& ctx, const std::string& id) = 0;
  /// The same without the result's text, which a SELECT may have megabytes of.
  virtual Status WaitForSuccess(const OpContext& ctx, const std::string& id) = 0;
  /// SubmitSql and WaitInstance for statements that are idempotent by themselves
  /// (CREATE TABLE IF NOT EXISTS, ADD IF NOT EXISTS PARTITION, SELECT).
  virtual Result<InstanceResult> RunIdempotentSql(const OpContext& ctx,
                                                  const SqlRequest& request) = 0;

  virtual Tunnel& tunnel() = 0;
};

/// `transport`, `credentials` and `clock` must outlive the client.
std::unique_ptr<Client> MakeClient(ClientConfig config, http::Transport& transport,
                                   CredentialsProvider& credentials, Clock& clock);

}  // namespace culvert::maxcompute
