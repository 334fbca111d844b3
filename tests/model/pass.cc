// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/pass.h"

#include "libs/base/log.h"
#include "operator/act.h"
#include "operator/holdings.h"
#include "operator/names.h"
#include "tests/model/invariants.h"
#include "tests/support/fake_clock.h"

#include <algorithm>
#include <optional>
#include <stop_token>
#include <utility>

namespace culvert::control::model {
namespace {

DataSourcePtr DataSourceOf(const std::string& name) {
  return std::make_shared<const DataSourceObject>(
      ProjectDataSource(DataSourceDocument(name)).value());
}

std::string KeyOfPass(const Objects& view, const Api& api, std::uint8_t tick,
                      const Mishap& mishap) {
  State key;
  key.api = api;
  key.seen = view;
  key.tick = tick;
  key.faults = mishap.kind;
  key.wishes = static_cast<std::uint8_t>(mishap.call);
  return KeyOf(key);
}

}  // namespace

Policy ModelPolicy() {
  return {.default_ttl = std::chrono::minutes(30), .retries_max = 1, .attempts_max = 2};
}

Observed Operator::See(const Objects& view) const {
  static const DataSourcePtr kFrom = DataSourceOf("from");
  static const DataSourcePtr kTo = DataSourceOf("to");
  Observed see;
  see.source = kFrom;
  see.target = kTo;
  for (const Id id : view) {
    const Stored& one = catalogue_.Of(id);
    switch (one.kind) {
      case Kind::kSyncJob:
        if (one.path == kRunPath) see.job = one.sync_job;
        break;
      case Kind::kJob:
        if (one.job->run_uid == kRunUid) see.jobs.push_back(one.job);
        break;
      case Kind::kPod:
        if (one.pod->run_uid == kRunUid) see.pods.push_back(one.pod);
        break;
      case Kind::kRecord:
        if (one.record->run_uid == kRunUid) see.records.push_back(one.record);
        break;
      case Kind::kClaim:
        see.claim = one.claim->claim;
        if (FindHolder(one.claim->claim, kRunUid) != nullptr) see.held = {one.claim->claim};
        break;
    }
  }
  return see;
}

const Pass& Operator::Look(const Objects& view, const Api& api, std::uint8_t tick,
                           const Mishap& mishap) {
  const auto [found, added] = known_.try_emplace(KeyOfPass(view, api, tick, mishap));
  if (added) {
    auto made = std::make_unique<const Pass>(Make(view, api, tick, mishap));
    // Making it may have made others: the place may have moved.
    return *(known_[KeyOfPass(view, api, tick, mishap)] = std::move(made));
  }
  return *found->second;
}

Pass Operator::Make(const Objects& view, const Api& api, std::uint8_t tick, const Mishap& mishap) {
  Pass pass{.end = api};
  const auto note = [&](Api& now, const Api& before) {
    if (pass.crime.empty()) {
      pass.crime = CrimeOfWrite(catalogue_, shape_, api.objects, before.objects, now.objects);
    }
    pass.after.push_back(now);
  };
  std::size_t number = 0;
  Api last = api;
  bool hit = false;
  const ModelClient::Hooks hooks{.before = [&](const ModelClient::Call& call) -> Status {
                                   pass.calls.push_back(call);
                                   hit = mishap.kind != Mishap::kNone && number++ == mishap.call;
                                   if (!hit) return {};
                                   if (mishap.kind == Mishap::kNotDone)
                                     return Fail(Unavailable("the request was lost"));
                                   if (mishap.kind == Mishap::kForbidden)
                                     return Fail(PermissionDenied("not allowed"));
                                   if (mishap.kind == Mishap::kOtherFirst) {
                                     const Pass& other = Look(pass.end.objects, pass.end, tick);
                                     if (pass.crime.empty()) pass.crime = other.crime;
                                     pass.end = last = other.end;
                                   }
                                   return {};
                                 },
                                 .after = [&](const ModelClient::Call& call) -> Status {
                                   if (call.write && !(pass.end == last)) {
                                     note(pass.end, last);
                                     last = pass.end;
                                   }
                                   if (hit && mishap.kind == Mishap::kNoAnswer)
                                     return Fail(Unavailable("no answer came"));
                                   return {};
                                 }};
  test::FakeClock clock(TimeOf(tick));
  Logger log(LogLevel::kError, clock, [](std::string_view) {});
  const std::stop_source stop;
  const OpContext ctx{stop.get_token(), SteadyTime::max(), clock, log};
  ModelClient client(catalogue_, pass.end, TextOf(tick), hooks);
  StreamLedger ledger;
  PendingWrites pending;
  Actor actor({.pods = {.image = "culvert-runner", .version = "1"}, .own_namespace = kOwnNamespace},
              client, ledger, pending);
  const Observed see = See(view);
  if (see.job == nullptr) {
    // As SyncJobReconciler::CleanUp does, for a SyncJob that is gone.
    for (const Id id : view) {
      const Stored& one = catalogue_.Of(id);
      if (one.kind != Kind::kClaim) continue;
      const ClaimHolder* const holder = FindHolder(one.claim->claim, kRunUid);
      if (holder == nullptr) continue;
      pass.again = true;
      if (!actor.ReleaseIfGone(ctx, *one.claim, *holder)) break;
    }
    return pass;
  }
  const Decision decision = judge_(see, ModelPolicy(), clock.Now());
  const auto result = actor.Carry(ctx, *see.job, decision, true);
  const bool alone = result && !result->obstacle && !result->refused && !decision.look_again;
  pass.again = !alone;
  return pass;
}

bool Operator::AddSteps(const State& state, std::vector<Step>& steps) {
  const Objects view = ViewOf(catalogue_, state);
  const auto offer = [&](std::string what, const Api& api, bool adverse, const std::string& crime) {
    State next = state;
    next.api = api;
    if (adverse) --next.faults;
    if (next.api == state.api && crime.empty()) return;
    steps.push_back(
        {.what = std::move(what), .adverse = adverse, .next = std::move(next), .crime = crime});
  };
  const Pass& pass = Look(view, state.api, state.tick);
  offer("the operator makes a pass", pass.end, false, pass.crime);
  if (state.faults == 0) return pass.again;
  for (std::size_t write = 0; write + 1 < pass.after.size(); ++write) {
    offer("the operator dies behind write " + std::to_string(write + 1) + " of a pass",
          pass.after[write], true, "");
  }
  const std::vector<ModelClient::Call> calls = pass.calls;
  const auto mishap = [&](Mishap::Kind kind, std::size_t call, const std::string& what) {
    const Pass& other = Look(view, state.api, state.tick, {.kind = kind, .call = call});
    offer("the operator makes a pass, " + what + " request " + std::to_string(call + 1), other.end,
          true, other.crime);
  };
  for (std::size_t call = 0; call < calls.size(); ++call) {
    mishap(Mishap::kNotDone, call, "losing");
    if (call > 0) mishap(Mishap::kOtherFirst, call, "another operator making one before");
    if (calls[call].write) mishap(Mishap::kNoAnswer, call, "losing the answer to");
    if (calls[call].create_job) mishap(Mishap::kForbidden, call, "being forbidden");
  }
  return pass.again;
}

}  // namespace culvert::control::model
