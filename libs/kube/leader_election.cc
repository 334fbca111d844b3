// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/leader_election.h"

#include "libs/base/json.h"
#include "libs/base/log.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>

#include <stop_token>
#include <thread>
#include <utility>

namespace culvert::kube {
namespace {

const Resource& Leases() {
  static const Resource resource{
      .group = "coordination.k8s.io", .version = "v1", .plural = "leases", .namespaced = true};
  return resource;
}

/// Leases want microseconds.
std::string MicroTime(WallTime time) {
  std::string text = FormatRfc3339(time, Subseconds::kMilliseconds);
  text.insert(text.size() - 1, "000");
  return text;
}

Result<LeaseRecord> ParseLease(const nlohmann::json& lease) {
  LeaseRecord record;
  CULVERT_ASSIGN_OR_RETURN(const ObjectMeta meta, ParseMeta(lease));
  record.resource_version = meta.resource_version;
  const auto spec = lease.find("spec");
  if (spec == lease.end() || !spec->is_object()) return record;
  CULVERT_ASSIGN_OR_RETURN(record.holder, JsonStringOr(*spec, "holderIdentity", ""));
  CULVERT_ASSIGN_OR_RETURN(record.duration_seconds, JsonInt64Or(*spec, "leaseDurationSeconds", 0));
  CULVERT_ASSIGN_OR_RETURN(record.transitions, JsonInt64Or(*spec, "leaseTransitions", 0));
  CULVERT_ASSIGN_OR_RETURN(record.acquire_time, JsonStringOr(*spec, "acquireTime", ""));
  CULVERT_ASSIGN_OR_RETURN(record.renew_time, JsonStringOr(*spec, "renewTime", ""));
  return record;
}

nlohmann::json LeaseObject(const ObjectKey& key, const LeaseRecord& record) {
  nlohmann::json object{{"apiVersion", "coordination.k8s.io/v1"},
                        {"kind", "Lease"},
                        {"metadata", {{"name", key.name}, {"namespace", key.name_space}}},
                        {"spec",
                         {{"holderIdentity", record.holder},
                          {"leaseDurationSeconds", record.duration_seconds},
                          {"leaseTransitions", record.transitions},
                          {"acquireTime", record.acquire_time},
                          {"renewTime", record.renew_time}}}};
  if (!record.resource_version.empty()) {
    object["metadata"]["resourceVersion"] = record.resource_version;
  }
  return object;
}

}  // namespace

void LeaseObserver::See(const LeaseRecord& record, SteadyTime now) {
  if (record_ == record) return;
  record_ = record;
  changed_at_ = now;
}

bool LeaseObserver::MayTake(const std::string& identity, SteadyTime now) const {
  if (!record_ || record_->holder.empty() || record_->holder == identity) return true;
  return now >= changed_at_ + std::chrono::seconds(record_->duration_seconds);
}

Result<LeaseRecord> LeaderElector::Read(const OpContext& ctx) {
  CULVERT_ASSIGN_OR_RETURN(const nlohmann::json lease, client_.Get(ctx, Leases(), options_.lease));
  return ParseLease(lease);
}

Result<LeaseRecord> LeaderElector::Write(const OpContext& ctx, const LeaseRecord& record) {
  CULVERT_ASSIGN_OR_RETURN(
      const nlohmann::json lease,
      client_.Replace(ctx, Leases(), options_.lease, LeaseObject(options_.lease, record)));
  return ParseLease(lease);
}

Result<LeaseRecord> LeaderElector::Create(const OpContext& ctx) {
  const std::string now = MicroTime(ctx.clock.Now());
  const LeaseRecord record{.holder = options_.identity,
                           .duration_seconds = options_.lease_duration.count(),
                           .transitions = 0,
                           .acquire_time = now,
                           .renew_time = now,
                           .resource_version = ""};
  CULVERT_ASSIGN_OR_RETURN(const nlohmann::json lease,
                           client_.Create(ctx, Leases(), options_.lease.name_space,
                                          LeaseObject(options_.lease, record)));
  return ParseLease(lease);
}

Result<LeaseRecord> LeaderElector::Acquire(const OpContext& ctx) {
  LeaseObserver observer;
  std::string last_holder;
  for (;;) {
    CULVERT_TRY(ctx.Check());
    const OpContext once = ctx.WithTimeout(options_.renew_deadline);
    auto record = Read(once);
    if (record) {
      observer.See(*record, ctx.clock.SteadyNow());
      if (observer.MayTake(options_.identity, ctx.clock.SteadyNow())) {
        LeaseRecord mine = *record;
        if (mine.holder != options_.identity) {
          ++mine.transitions;
          mine.acquire_time = MicroTime(ctx.clock.Now());
        }
        mine.holder = options_.identity;
        mine.duration_seconds = options_.lease_duration.count();
        mine.renew_time = MicroTime(ctx.clock.Now());
        auto written = Write(once, mine);
        if (written) return written;
        record = Fail(std::move(written.error()));
      } else if (record->holder != last_holder) {
        last_holder = record->holder;
        ctx.log.Info("another process leads, waiting", {{"holder", last_holder}});
      }
    } else if (record.error().code == ErrorCode::kNotFound) {
      auto created = Create(once);
      if (created) return created;
      record = Fail(std::move(created.error()));
    }
    if (!record && record.error().code != ErrorCode::kAborted &&
        record.error().code != ErrorCode::kAlreadyExists) {
      ctx.log.Warn("cannot get the lease, trying again", {{"error", ToString(record.error())}});
    }
    if (!ctx.clock.SleepUntil(ctx.clock.SteadyNow() + options_.retry_period, ctx.stop)) {
      return Fail(Cancelled("stopped while waiting for the lease"));
    }
  }
}

Status LeaderElector::Renew(const OpContext& ctx, LeaseRecord& held) {
  SteadyTime renewed = ctx.clock.SteadyNow();
  while (ctx.clock.SleepUntil(ctx.clock.SteadyNow() + options_.retry_period, ctx.stop)) {
    LeaseRecord next = held;
    next.renew_time = MicroTime(ctx.clock.Now());
    const SteadyTime limit = renewed + options_.renew_deadline;
    OpContext once = ctx;
    once.deadline = limit;
    const SteadyTime sent = ctx.clock.SteadyNow();
    auto written = Write(once, next);
    if (written) {
      held = *std::move(written);
      renewed = sent;
      continue;
    }
    if (ctx.stop.stop_requested()) break;
    // A conflict: somebody else wrote, or our own write went through and its answer was lost.
    if (const auto now = Read(once); now) {
      if (now->holder != options_.identity) {
        return Fail(Aborted("the lease is held by " + now->holder).Because("LeaseLost"));
      }
      held.resource_version = now->resource_version;
    }
    if (ctx.clock.SteadyNow() >= limit) {
      return Fail(Aborted("the lease could not be renewed in time: " + written.error().message)
                      .Because("LeaseLost"));
    }
  }
  return {};
}

Status LeaderElector::Run(const OpContext& ctx, const std::function<void(const OpContext&)>& lead) {
  auto acquired = Acquire(ctx);
  if (!acquired) {
    if (acquired.error().code == ErrorCode::kCancelled) return {};
    return Fail(std::move(acquired.error()));
  }
  LeaseRecord held = *std::move(acquired);
  ctx.log.Info("leading", {{"identity", options_.identity}});
  std::stop_source leading;
  const std::stop_callback forward(ctx.stop, [&leading] { leading.request_stop(); });
  OpContext inner = ctx;
  inner.stop = leading.get_token();
  Status renewed;
  {
    const std::jthread leader([&] {
      lead(inner);
      leading.request_stop();
    });
    renewed = Renew(inner, held);
    leading.request_stop();
  }
  if (!renewed) return renewed;
  // A lease that is given back need not be waited for.
  held.holder.clear();
  held.renew_time = MicroTime(ctx.clock.Now());
  OpContext last{.stop = {}, .deadline = SteadyTime::max(), .clock = ctx.clock, .log = ctx.log};
  if (const auto released = Write(last.WithTimeout(options_.retry_period), held); !released) {
    ctx.log.Warn("the lease could not be released", {{"error", ToString(released.error())}});
  }
  return {};
}

}  // namespace culvert::kube
