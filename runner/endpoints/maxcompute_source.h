// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/tunnel.h"
#include "libs/record/partition_spec.h"
#include "libs/syncjob/plan.h"
#include "runner/engine/source.h"

#include <string>
#include <vector>

namespace culvert::runner {

/// The source units of a plan, partitions or results of queries, behind their download sessions.
/// Thread-safe.
class MaxComputeSource final : public CodedSource {
 public:
  /// kInvalidArgument/PlanInvalid when the plan's codec or a partition makes no sense. `tunnel`
  /// must outlive it.
  static Result<MaxComputeSource> Make(maxcompute::Tunnel& tunnel, const syncjob::Plan& plan);

  /// A session that the service forgot is kFailedPrecondition/SessionExpired, a table that changed
  /// under it kFailedPrecondition/SourceChanged.
  Result<std::unique_ptr<CodedReader>> Open(const OpContext& ctx,
                                            const SourceRange& range) override;

 private:
  struct Unit {
    maxcompute::TunnelTarget target;
    std::string download_id;
    std::string instance_id;  // of a query's result; empty: the table itself
  };
  explicit MaxComputeSource(maxcompute::Tunnel& tunnel) : tunnel_(tunnel) {}

  maxcompute::Tunnel& tunnel_;
  std::vector<Unit> units_;
  std::vector<std::string> columns_;
  maxcompute::wire::Codec codec_ = maxcompute::wire::Codec::kIdentity;
};

}  // namespace culvert::runner
