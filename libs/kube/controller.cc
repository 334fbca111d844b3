// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/controller.h"

#include "libs/base/log.h"
#include "libs/kube/api_time.h"

#include <type_traits>
#include <utility>

namespace culvert::kube {
namespace {

const std::vector<double>& Buckets() {
  static const std::vector<double> buckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                           0.5,   1,      2.5,   5,    10,    30,   60,  300};
  return buckets;
}

// Finer: it is a matter of milliseconds.
const std::vector<double>& OwnBuckets() {
  static const std::vector<double> buckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                           0.01,   0.02,    0.05,   0.1,   0.5,    5};
  return buckets;
}

Labels QueueLabels(const std::string& name) { return {{"controller", name}, {"name", name}}; }

Counter& Results(MetricsRegistry& metrics, const std::string& controller, const char* result) {
  return metrics.GetCounter("controller_runtime_reconcile_total", "Reconciles by their result.",
                            {{"controller", controller}, {"result", result}});
}

}  // namespace

Controller::Controller(ControllerOptions options, WorkQueue& queue, MetricsRegistry& metrics,
                       Reconcile reconcile)
    : options_(std::move(options)),
      queue_(queue),
      reconcile_(std::move(reconcile)),
      succeeded_(Results(metrics, options_.name, "success")),
      requeued_(Results(metrics, options_.name, "requeue_after")),
      failed_(Results(metrics, options_.name, "error")),
      errors_(metrics.GetCounter("controller_runtime_reconcile_errors_total",
                                 "Reconciles that failed and will be tried again.",
                                 {{"controller", options_.name}})),
      stalled_(metrics.GetCounter("controller_runtime_terminal_reconcile_errors_total",
                                  "Reconciles that wait for a person.",
                                  {{"controller", options_.name}})),
      active_(metrics.GetGauge("controller_runtime_active_workers", "Reconciles at work.",
                               {{"controller", options_.name}})),
      seconds_(metrics.GetHistogram("controller_runtime_reconcile_time_seconds",
                                    "Length of a reconcile.", Buckets(),
                                    {{"controller", options_.name}})),
      own_seconds_(metrics.GetHistogram(
          "culvert_operator_reconcile_own_seconds",
          "Length of a reconcile without the time that it waited for the API server.", OwnBuckets(),
          {{"controller", options_.name}})),
      work_seconds_(metrics.GetHistogram("workqueue_work_duration_seconds",
                                         "How long a key was at work.", Buckets(),
                                         QueueLabels(options_.name))),
      depth_(metrics.GetGauge("workqueue_depth", "Keys that a worker could take now.",
                              QueueLabels(options_.name))),
      unfinished_(metrics.GetGauge("workqueue_unfinished_work_seconds",
                                   "How long the keys at work have been so, summed up.",
                                   QueueLabels(options_.name))),
      longest_(metrics.GetGauge("workqueue_longest_running_processor_seconds",
                                "How long the key that is longest at work has been so.",
                                QueueLabels(options_.name))),
      adds_(metrics.GetCounter("workqueue_adds_total", "Keys that were added.",
                               QueueLabels(options_.name))),
      retries_(metrics.GetCounter("workqueue_retries_total", "Keys that came back with backoff.",
                                  QueueLabels(options_.name))),
      hook_(metrics.BeforeExpose([this] { ShowLoad(); })) {
  Histogram& waited = metrics.GetHistogram("workqueue_queue_duration_seconds",
                                           "How long a key was ready before a worker took it.",
                                           Buckets(), QueueLabels(options_.name));
  queue_.SetOnTaken([&waited](std::chrono::nanoseconds time) {
    waited.Observe(std::chrono::duration<double>(time).count());
  });
  metrics
      .GetGauge("controller_runtime_max_concurrent_reconciles", "Workers.",
                {{"controller", options_.name}})
      .Set(options_.workers);
}

void Controller::Run(const OpContext& ctx) {
  std::vector<std::jthread> workers;
  workers.reserve(static_cast<std::size_t>(options_.workers));
  for (int i = 0; i < options_.workers; ++i) workers.emplace_back([this, &ctx] { Work(ctx); });
}

void Controller::Work(const OpContext& ctx) {
  while (const auto key = queue_.Take(ctx.stop)) {
    active_.Add(1);
    const SteadyTime begin = ctx.clock.SteadyNow();
    const std::chrono::nanoseconds waited = ApiTimeOfThread();
    const Outcome outcome = reconcile_(ctx.WithTimeout(options_.reconcile_timeout), *key);
    const double seconds = std::chrono::duration<double>(ctx.clock.SteadyNow() - begin).count();
    seconds_.Observe(seconds);
    work_seconds_.Observe(seconds);
    own_seconds_.Observe(seconds -
                         std::chrono::duration<double>(ApiTimeOfThread() - waited).count());
    active_.Add(-1);
    ctx.log.Debug(
        "reconciled",
        {{"controller", options_.name}, {"key", key->ToString()}, {"duration_seconds", seconds}});
    Settle(ctx, *key, outcome);
    queue_.Done(*key);
  }
}

// The queue counts by itself; the series follow when somebody looks, a worker that hangs included.
void Controller::ShowLoad() {
  const WorkQueue::Load load = queue_.load();
  const auto seconds = [](std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
  };
  depth_.Set(static_cast<double>(load.ready));
  unfinished_.Set(seconds(load.unfinished));
  longest_.Set(seconds(load.longest));
  adds_.Add(static_cast<double>(load.adds) - adds_.Value());
  retries_.Add(static_cast<double>(load.retries) - retries_.Value());
}

void Controller::Settle(const OpContext& ctx, const ObjectKey& key, const Outcome& outcome) {
  std::visit(
      [&](const auto& result) {
        using T = std::decay_t<decltype(result)>;
        if constexpr (std::is_same_v<T, AwaitChange>) {
          queue_.Forget(key);
          succeeded_.Add();
        } else if constexpr (std::is_same_v<T, RequeueAfter>) {
          queue_.Forget(key);
          queue_.AddAfter(key, result.delay);
          requeued_.Add();
        } else if constexpr (std::is_same_v<T, TryAgain>) {
          // Losing a race is the price of optimistic writes, not a fault.
          if (result.error.code == ErrorCode::kAborted) {
            ctx.log.Debug("reconcile lost a race", {{"key", key.ToString()}});
          } else {
            ctx.log.Error("reconcile failed",
                          {{"key", key.ToString()}, {"error", ToString(result.error)}});
          }
          queue_.AddRateLimited(key);
          failed_.Add();
          errors_.Add();
        } else {
          ctx.log.Warn("reconcile stalled",
                       {{"key", key.ToString()}, {"error", ToString(result.error)}});
          queue_.Forget(key);
          stalled_.Add();
        }
      },
      outcome);
}

}  // namespace culvert::kube
