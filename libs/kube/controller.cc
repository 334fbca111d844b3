// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/controller.h"

#include "libs/base/log.h"

#include <type_traits>
#include <utility>

namespace culvert::kube {
namespace {

const std::vector<double>& Buckets() {
  static const std::vector<double> buckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                           0.5,   1,      2.5,   5,    10,    30,   60,  300};
  return buckets;
}

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
      depth_(metrics.GetGauge("workqueue_depth", "Keys that wait.",
                              {{"controller", options_.name}, {"name", options_.name}})) {
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
    depth_.Set(static_cast<double>(queue_.depth()));
    active_.Add(1);
    const SteadyTime begin = ctx.clock.SteadyNow();
    const Outcome outcome = reconcile_(ctx.WithTimeout(options_.reconcile_timeout), *key);
    seconds_.Observe(std::chrono::duration<double>(ctx.clock.SteadyNow() - begin).count());
    active_.Add(-1);
    Settle(ctx, *key, outcome);
    queue_.Done(*key);
  }
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
