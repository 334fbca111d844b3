// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/client.h"

#include "libs/maxcompute/internal/batch_tunnel.h"
#include "libs/maxcompute/internal/connection.h"
#include "libs/maxcompute/internal/instance_calls.h"
#include "libs/maxcompute/internal/table_calls.h"

#include <utility>

namespace culvert::maxcompute {
namespace {

using internal::Repeat;

class ServiceClient final : public Client {
 public:
  ServiceClient(ClientConfig config, http::Transport& transport, CredentialsProvider& credentials,
                Clock& clock)
      : connection_(std::move(config), transport, credentials, clock), tunnel_(connection_) {}

  Result<Project> GetProject(const OpContext& ctx) override {
    return internal::GetProject(ctx, connection_);
  }
  Result<Table> GetTable(const OpContext& ctx, const std::string& name) override {
    return internal::GetTable(ctx, connection_, name);
  }
  Result<std::vector<Partition>> ListPartitions(const OpContext& ctx, const std::string& table,
                                                std::size_t limit) override {
    return internal::ListPartitions(ctx, connection_, table, limit);
  }
  Result<Partition> GetPartition(const OpContext& ctx, const std::string& table,
                                 const record::PartitionSpec& spec) override {
    return internal::GetPartition(ctx, connection_, table, spec);
  }

  Result<Instance> SubmitSql(const OpContext& ctx, const SqlRequest& request) override {
    return internal::SubmitSql(ctx, connection_, request,
                               request.idempotent ? Repeat::kAlways : Repeat::kWhenRefused);
  }
  Result<Instance> GetInstance(const OpContext& ctx, const std::string& id) override {
    return internal::GetInstance(ctx, connection_, id);
  }
  Result<InstanceResult> GetInstanceResult(const OpContext& ctx, const std::string& id) override {
    return internal::GetInstanceResult(ctx, connection_, id);
  }
  Result<std::vector<std::string>> FindInstances(const OpContext& ctx, const std::string& guid,
                                                 WallTime since) override {
    return internal::FindInstances(ctx, connection_, guids_, guid, since);
  }
  Result<std::vector<OwnInstance>> ListInstances(const OpContext& ctx, WallTime since) override {
    return internal::ListInstances(ctx, connection_, guids_, since);
  }
  Status WaitForSuccess(const OpContext& ctx, const std::string& id) override {
    return internal::WaitForSuccess(ctx, connection_, id);
  }
  Result<InstanceResult> WaitInstance(const OpContext& ctx, const std::string& id) override {
    return internal::WaitInstance(ctx, connection_, id);
  }
  Result<InstanceResult> RunIdempotentSql(const OpContext& ctx,
                                          const SqlRequest& request) override {
    CULVERT_ASSIGN_OR_RETURN(const Instance instance,
                             internal::SubmitSql(ctx, connection_, request, Repeat::kAlways));
    return internal::WaitInstance(ctx, connection_, instance.id);
  }

  Tunnel& tunnel() override { return tunnel_; }

 private:
  internal::Connection connection_;
  internal::GuidCache guids_;
  internal::BatchTunnel tunnel_;
};

}  // namespace

std::unique_ptr<Client> MakeClient(ClientConfig config, http::Transport& transport,
                                   CredentialsProvider& credentials, Clock& clock) {
  return std::make_unique<ServiceClient>(std::move(config), transport, credentials, clock);
}

}  // namespace culvert::maxcompute
