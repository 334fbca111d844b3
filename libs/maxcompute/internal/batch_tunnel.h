// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/internal/connection.h"
#include "libs/maxcompute/tunnel.h"

#include <memory>
#include <string>
#include <vector>

namespace culvert::maxcompute::internal {

/// Tunnel over a Connection. Creating a session is repeated freely, although it is not idempotent
/// on the server: a session whose id got lost holds nothing and expires. An overwrite session so
/// lost makes the repeat answer OverwriteConflict, as any other try within its life would; it is
/// not retried. `connection` must outlive it.
class BatchTunnel final : public Tunnel {
 public:
  explicit BatchTunnel(Connection& connection) : connection_(connection) {}

  Result<DownloadSession> CreateDownload(const OpContext& ctx, const TunnelTarget& target) override;
  Result<DownloadSession> GetDownload(const OpContext& ctx, const TunnelTarget& target,
                                      const std::string& id) override;
  Result<DownloadBody> OpenDownload(const OpContext& ctx, const TunnelTarget& target,
                                    const std::string& id, RowRange range,
                                    const std::vector<std::string>& columns,
                                    wire::Codec codec) override;
  Result<UploadSession> CreateUpload(const OpContext& ctx, const TunnelTarget& target,
                                     UploadMode mode) override;
  Result<UploadSession> GetUpload(const OpContext& ctx, const TunnelTarget& target,
                                  const std::string& id) override;
  Result<std::unique_ptr<BlockUpload>> OpenBlock(const OpContext& ctx, const TunnelTarget& target,
                                                 const std::string& id, std::uint64_t block_id,
                                                 wire::Codec codec) override;
  Result<UploadSession> CommitUpload(const OpContext& ctx, const TunnelTarget& target,
                                     const std::string& id) override;
  Result<DownloadSession> CreateInstanceDownload(const OpContext& ctx,
                                                 const std::string& instance_id) override;
  Result<DownloadBody> OpenInstanceDownload(const OpContext& ctx, const std::string& instance_id,
                                            const std::string& id, RowRange range,
                                            const std::vector<std::string>& columns,
                                            wire::Codec codec) override;

 private:
  Call TableCall(const TunnelTarget& target) const;
  Call InstanceCall(const std::string& instance_id) const;
  /// Creates by `create` and asks by `reload` until the session is there.
  Result<DownloadSession> Open(const OpContext& ctx, const Call& create, Call reload);
  Result<DownloadSession> ReadDownload(const OpContext& ctx, const Call& call);
  Result<UploadSession> ReadUpload(const OpContext& ctx, const Call& call);
  Result<DownloadBody> OpenBody(const OpContext& ctx, Call call, const std::string& id,
                                RowRange range, const std::vector<std::string>& columns,
                                wire::Codec codec);

  Connection& connection_;
};

}  // namespace culvert::maxcompute::internal
