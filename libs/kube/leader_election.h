// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/kube/client.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace culvert::kube {

struct LeaderElectionOptions {
  ObjectKey lease;       // coordination.k8s.io/v1
  std::string identity;  // of this process, unique among the candidates
  std::chrono::seconds lease_duration{15};
  std::chrono::seconds renew_deadline{10};
  std::chrono::milliseconds retry_period{2'000};
};

/// A lease as the server holds it.
struct LeaseRecord {
  std::string holder = {};  // empty: released
  std::int64_t duration_seconds = 0;
  std::int64_t transitions = 0;
  std::string acquire_time = {};
  std::string renew_time = {};
  std::string resource_version = {};
  bool operator==(const LeaseRecord&) const = default;
};

/// Whether a candidate may take the lease. Clocks of different machines are never compared: a lease
/// is expired when its record has not changed for its duration as measured here.
class LeaseObserver {
 public:
  /// The record was read at `now`.
  void See(const LeaseRecord& record, SteadyTime now);
  bool MayTake(const std::string& identity, SteadyTime now) const;

 private:
  std::optional<LeaseRecord> record_;
  SteadyTime changed_at_ = SteadyTime::min();
};

/// Runs `lead` while this process holds the lease. Every write carries the resourceVersion it was
/// decided on, so of two candidates one gets a conflict.
class LeaderElector {
 public:
  /// `client` must outlive it.
  LeaderElector(LeaderElectionOptions options, Client& client)
      : options_(std::move(options)), client_(client) {}

  /// Waits for the lease, then calls `lead` with a context that is stopped when the lease is lost
  /// or `ctx` is. Returns when `lead` has returned: success on stop (the lease is released),
  /// kAborted when it was lost: the process must then end, as others lead.
  Status Run(const OpContext& ctx, const std::function<void(const OpContext&)>& lead);

 private:
  Result<LeaseRecord> Read(const OpContext& ctx);
  Result<LeaseRecord> Write(const OpContext& ctx, const LeaseRecord& record);
  Result<LeaseRecord> Create(const OpContext& ctx);
  Result<LeaseRecord> Acquire(const OpContext& ctx);
  Status Renew(const OpContext& ctx, LeaseRecord& held);

  LeaderElectionOptions options_;
  Client& client_;
};

}  // namespace culvert::kube
