// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/holdings.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>
#include <vector>

namespace culvert::control {
namespace {

constexpr std::chrono::seconds kLookAtTarget{15};  // a claim that changes wakes it too

const ClaimHolder* Mine(const Look& look, const std::string& target) {
  const auto found = std::ranges::find(look.see.held, target, &TargetClaim::target);
  return found == look.see.held.end() ? nullptr : FindHolder(*found, look.job.meta.uid);
}

std::vector<std::string> WantedPartitions(const Look& look) {
  std::vector<std::string> wanted;
  if (const syncjob::PlanSummary* const plan = look.Plan(); plan != nullptr) {
    for (const std::string& partition : plan->targets) {
      if (partition.empty()) return {};
      wanted.push_back(CanonicalPartition(partition));
    }
    std::ranges::sort(wanted);
    return wanted;
  }
  const auto& table = std::get<syncjob::MaxComputeTarget>(look.spec.target);
  if (!table.partition.empty() && !table.partition_from_source) {
    wanted.push_back(CanonicalPartition(table.partition));
  }
  return wanted;
}

StreamLedger::Need NeedOf(const Look& look) {
  StreamLedger::Need need{.uid = look.job.meta.uid, .since = look.job.meta.creation_timestamp};
  need.streams = look.spec.speed.concurrent;
  if (const syncjob::PlanSummary* const plan = look.Plan(); plan != nullptr) {
    need.streams = plan->speed.concurrent;
  }
  for (const DataSourcePtr& side : {look.see.source, look.see.target}) {
    if (side == nullptr || !side->problem.empty()) continue;
    const std::string name = side->meta.key.ToString();
    const bool known = std::ranges::any_of(
        need.pools, [&](const StreamPool& pool) { return pool.data_source == name; });
    if (known) continue;
    const std::int32_t limit = side->data_source.concurrent_streams_max;
    need.pools.push_back({.data_source = name, .limit = limit});
    // The plan keeps to the smaller of both limits.
    need.streams = std::min(need.streams, std::max(1, limit));
  }
  return need;
}

}  // namespace

std::string TargetOf(const SyncJobObject& job, const DataSourceObject* target) {
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&job.job.spec.target);
  if (table == nullptr || target == nullptr || !target->problem.empty()) return {};
  return TargetKey(target->data_source, table->table);
}

std::optional<ClaimTarget> WantedClaim(const Look& look) {
  const syncjob::PlanSummary* const plan = look.Plan();
  // The plan knows which table it writes, whatever became of the DataSource since.
  const std::string target =
      plan != nullptr ? plan->target : TargetOf(look.job, look.see.target.get());
  if (target.empty() || (plan != nullptr && plan->targets.empty())) return std::nullopt;
  return ClaimTarget{.target = target,
                     .holder = {.job = look.job.meta.key,
                                .uid = look.job.meta.uid,
                                .partitions = WantedPartitions(look)}};
}

bool EnsureTarget(Look& look) {
  std::optional<ClaimTarget> claim = WantedClaim(look);
  if (!claim) return true;
  const std::vector<std::string>& wanted = claim->holder.partitions;
  const ClaimHolder* const mine = Mine(look, claim->target);
  if (mine != nullptr && (mine->partitions == wanted || look.Plan() == nullptr)) return true;
  const ClaimHolder* const blocker = look.see.claim && look.see.claim->target == claim->target
                                         ? FindBlocker(*look.see.claim, look.job.meta.uid, wanted)
                                         : nullptr;
  if (blocker != nullptr && mine == nullptr) {
    const std::string message = "SyncJob " + blocker->job.ToString() + " writes " + claim->target +
                                (wanted.empty() ? "" : " " + wanted.front());
    look.Progressing("WaitingForTarget", message);
    look.status.streams = 0;
    look.out.waits = true;
    look.LookAgain(kLookAtTarget);
    // Its holder may be gone without a trace, which the claim's owner must find out.
  }
  look.Do(*std::move(claim));
  return blocker == nullptr || mine != nullptr;
}

bool EnsureStreams(Look& look) {
  if (look.status.streams > 0) return true;
  StreamLedger::Need need = NeedOf(look);
  if (need.pools.empty()) {
    look.status.streams = need.streams;  // streams of nobody
    return true;
  }
  look.out.refused = look.status;
  std::swap(*look.out.refused, look.status);
  std::string names;
  for (const StreamPool& pool : need.pools) {
    names += (names.empty() ? "" : " and ") + pool.data_source;
  }
  look.Progressing("WaitingForStreams", std::to_string(static_cast<std::uint64_t>(need.streams)) +
                                            " streams of DataSource " + names +
                                            " are not free (limits.maxConcurrentStreams)");
  std::swap(*look.out.refused, look.status);
  look.status.streams = need.streams;
  look.Do(TakeStreams{.need = std::move(need)});
  return false;
}

}  // namespace culvert::control
