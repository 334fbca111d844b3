// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/operator.h"

#include "libs/base/log.h"
#include "libs/base/mutex.h"
#include "libs/kube/controller.h"
#include "libs/kube/event_recorder.h"
#include "libs/kube/work_queue.h"
#include "operator/act.h"
#include "operator/metrics.h"
#include "operator/names.h"
#include "operator/pending_writes.h"
#include "operator/progress_poller.h"
#include "operator/reconciler.h"
#include "operator/schedule_act.h"
#include "operator/schedule_metrics.h"
#include "operator/schedule_reconciler.h"
#include "operator/schedule_world.h"
#include "operator/stream_ledger.h"
#include "operator/world.h"

#include <set>
#include <thread>
#include <utility>

namespace culvert::control {
namespace {

constexpr std::chrono::milliseconds kUntilSynced{50};
constexpr std::chrono::seconds kReconcileTimeout{60};
constexpr std::chrono::seconds kHungAfter{300};

/// When each look at a SyncJob at hand began.
class Heartbeats {
 public:
  void Begin(const kube::ObjectKey& key, SteadyTime now) {
    const MutexLock lock(mutex_);
    running_.insert({now, key});
  }
  void End(const kube::ObjectKey& key, SteadyTime began) {
    const MutexLock lock(mutex_);
    running_.erase({began, key});
  }
  bool Hung(SteadyTime now) const {
    const MutexLock lock(mutex_);
    return !running_.empty() && now - running_.begin()->first > kHungAfter;
  }

 private:
  mutable Mutex mutex_;
  std::set<std::pair<SteadyTime, kube::ObjectKey>> running_ GUARDED_BY(mutex_);
};

Gauge& Master(MetricsRegistry& metrics, const kube::LeaderElectionOptions& election) {
  return metrics.GetGauge("leader_election_master_status", "1 for the leader.",
                          {{"name", election.lease.name}});
}

}  // namespace

struct Operator::Parts {
  Parts(const OperatorOptions& options, kube::Client& client, http::Transport& pod_transport,
        MetricsRegistry& registry, Clock& clock)
      : queue(clock, {}),
        schedule_queue(clock, {}),
        schedules({.namespaces = options.watch_namespaces, .jitter_seed = options.seed}, client,
                  registry, schedule_queue),
        world({.namespaces = options.watch_namespaces,
               .own_namespace = options.own_namespace,
               .jitter_seed = options.seed,
               .on_sync_job = [this](const kube::Store<SyncJobObject>::Change& change,
                                     bool initial) { schedules.OnSyncJob(change, initial); }},
              client, registry, queue, ledger),
        actor({.pods = options.pods, .own_namespace = options.own_namespace}, client, ledger,
              pending),
        events({.controller = "culvert.dev/operator", .instance = options.identity}, client),
        metrics(registry, options.pods.version),
        progress({.interval = options.progress_interval, .port = options.pods.port}, pod_transport,
                 world),
        reconciler(options.policy, {.world = world,
                                    .actor = actor,
                                    .pending = pending,
                                    .events = events,
                                    .metrics = metrics,
                                    .progress = progress}),
        controller(
            {.name = "syncjob", .workers = options.workers, .reconcile_timeout = kReconcileTimeout},
            queue, registry,
            [this](const OpContext& ctx, const kube::ObjectKey& key) {
              const SteadyTime began = ctx.clock.SteadyNow();
              heartbeats.Begin(key, began);
              kube::Outcome outcome = reconciler.Reconcile(ctx, key);
              heartbeats.End(key, began);
              return outcome;
            }),
        schedule_actor(client, schedule_pending),
        schedule_metrics(registry),
        schedule_reconciler({.view = schedules,
                             .actor = schedule_actor,
                             .pending = schedule_pending,
                             .events = events,
                             .metrics = schedule_metrics}),
        schedule_controller(
            {.name = "syncschedule", .workers = 1, .reconcile_timeout = kReconcileTimeout},
            schedule_queue, registry, [this](const OpContext& ctx, const kube::ObjectKey& key) {
              const SteadyTime began = ctx.clock.SteadyNow();
              heartbeats.Begin(key, began);
              kube::Outcome outcome = schedule_reconciler.Reconcile(ctx, key);
              heartbeats.End(key, began);
              return outcome;
            }) {}

  StreamLedger ledger;
  PendingWrites pending;
  kube::WorkQueue queue;
  kube::WorkQueue schedule_queue;
  ScheduleWorld schedules;
  World world;
  Actor actor;
  kube::EventRecorder events;
  OperatorMetrics metrics;
  ProgressPoller progress;
  SyncJobReconciler reconciler;
  Heartbeats heartbeats;
  kube::Controller controller;
  PendingWrites schedule_pending;
  ScheduleActor schedule_actor;
  ScheduleMetrics schedule_metrics;
  ScheduleReconciler schedule_reconciler;
  kube::Controller schedule_controller;
};

Operator::Operator(OperatorOptions options, kube::Client& client, http::Transport& pod_transport,
                   MetricsRegistry& metrics, Clock& clock)
    : options_(std::move(options)),
      client_(client),
      metrics_(metrics),
      parts_(std::make_unique<Parts>(options_, client, pod_transport, metrics, clock)) {
  if (options_.election) Master(metrics_, *options_.election).Set(0);
}

Operator::~Operator() = default;

Status Operator::Run(const OpContext& ctx) {
  // What watches ends with what is watched for: on stop, or when the lease is lost.
  std::stop_source over;
  const std::stop_callback forward(ctx.stop, [&over] { over.request_stop(); });
  OpContext inner = ctx;
  inner.stop = over.get_token();
  const std::jthread watching([this, &inner] { parts_->world.Run(inner); });
  const std::jthread watching_schedules([this, &inner] { parts_->schedules.Run(inner); });
  Status status;
  if (options_.election) {
    kube::LeaderElector elector(*options_.election, client_);
    Gauge& master = Master(metrics_, *options_.election);
    status = elector.Run(inner, [&](const OpContext& leading) {
      master.Set(1);
      Lead(leading);
      master.Set(0);
    });
  } else {
    Lead(inner);
  }
  over.request_stop();
  return status;
}

void Operator::Lead(const OpContext& ctx) {
  ctx.log.Info("leading", {{"identity", options_.identity}});
  while (!IsReady()) {
    if (!ctx.clock.SleepUntil(ctx.clock.SteadyNow() + kUntilSynced, ctx.stop)) return;
  }
  ctx.log.Info("caches are filled", {{"syncjobs", parts_->world.AllJobs().size()}});
  leads_ = true;
  const std::jthread polling([this, &ctx] { parts_->progress.Run(ctx); });
  const std::jthread resyncing([this, &ctx] {
    while (ctx.clock.SleepUntil(ctx.clock.SteadyNow() + options_.resync, ctx.stop)) {
      parts_->world.Resync();
      parts_->schedules.Resync();
    }
  });
  const std::jthread scheduling([this, &ctx] { parts_->schedule_controller.Run(ctx); });
  parts_->controller.Run(ctx);
  leads_ = false;
}

bool Operator::IsReady() const { return parts_->world.synced() && parts_->schedules.synced(); }

bool Operator::IsAlive(const Clock& clock) const {
  return !parts_->heartbeats.Hung(clock.SteadyNow());
}

std::string Operator::MetricsText() {
  return parts_->metrics.Expose(parts_->world, parts_->schedules.Size());
}

}  // namespace culvert::control
