// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/tunnel.h"
#include "libs/syncjob/plan.h"
#include "runner/engine/target.h"

#include <string>
#include <vector>

namespace culvert::runner {

/// The upload sessions of a plan. Thread-safe.
class MaxComputeTarget final : public Target {
 public:
  /// kInvalidArgument/PlanInvalid when the plan's target is no table. `tunnel` must outlive it.
  static Result<MaxComputeTarget> Make(maxcompute::Tunnel& tunnel, const syncjob::Plan& plan);

  Result<std::unique_ptr<BlockWriter>> OpenBlock(const OpContext& ctx, std::size_t session,
                                                 std::uint64_t block_id,
                                                 maxcompute::wire::Codec codec) override;
  Result<SessionView> Load(const OpContext& ctx, std::size_t session) override;
  Status Commit(const OpContext& ctx, std::size_t session) override;
  bool has_sessions() const override { return true; }

 private:
  struct Session {
    maxcompute::TunnelTarget target;
    std::string upload_id;
  };
  explicit MaxComputeTarget(maxcompute::Tunnel& tunnel) : tunnel_(tunnel) {}

  maxcompute::Tunnel& tunnel_;
  std::vector<Session> sessions_;
};

/// What a state of the service means to a run.
SessionState StateOf(maxcompute::UploadStatus status);

}  // namespace culvert::runner
