// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/metrics.h"

#include "libs/base/check.h"
#include "libs/base/mutex.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <exception>
#include <utility>

namespace culvert {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& series) : series_(series) {}
  void Add(double amount) override { series_.Increment(amount); }
  double Value() const override { return series_.Value(); }

 private:
  prometheus::Counter& series_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& series) : series_(series) {}
  void Set(double value) override { series_.Set(value); }
  void Add(double amount) override { series_.Increment(amount); }

 private:
  prometheus::Gauge& series_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& series) : series_(series) {}
  void Observe(double value) override { series_.Observe(value); }

 private:
  prometheus::Histogram& series_;
};

using SeriesKey = std::pair<std::string, Labels>;

// The library throws on a malformed name or label: a bug of ours, so it ends the program.
template <typename Make>
auto& Checked(Make&& make) {
  try {
    return make();
  } catch (const std::exception&) {
    CULVERT_CHECK(false && "malformed metric name or label");
    std::terminate();
  }
}

}  // namespace

struct MetricsRegistry::State {
  mutable Mutex mutex;
  prometheus::Registry registry;
  std::map<SeriesKey, std::unique_ptr<Counter>> counters GUARDED_BY(mutex);
  std::map<SeriesKey, std::unique_ptr<Gauge>> gauges GUARDED_BY(mutex);
  std::map<SeriesKey, std::unique_ptr<Histogram>> histograms GUARDED_BY(mutex);
  // Taken before the other one: a hook may ask for series.
  mutable Mutex hooks_mutex;
  std::map<std::uint64_t, std::function<void()>> hooks GUARDED_BY(hooks_mutex);
  std::uint64_t next_hook GUARDED_BY(hooks_mutex) = 0;
};

MetricsRegistry::MetricsRegistry() : state_(std::make_unique<State>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter& MetricsRegistry::GetCounter(const std::string& name, const std::string& help,
                                     const Labels& labels) {
  const MutexLock lock(state_->mutex);
  auto& slot = state_->counters[{name, labels}];
  if (slot == nullptr) {
    slot = std::make_unique<PrometheusCounter>(Checked([&]() -> auto& {
      return prometheus::BuildCounter()
          .Name(name)
          .Help(help)
          .Register(state_->registry)
          .Add(labels);
    }));
  }
  return *slot;
}

Gauge& MetricsRegistry::GetGauge(const std::string& name, const std::string& help,
                                 const Labels& labels) {
  const MutexLock lock(state_->mutex);
  auto& slot = state_->gauges[{name, labels}];
  if (slot == nullptr) {
    slot = std::make_unique<PrometheusGauge>(Checked([&]() -> auto& {
      return prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add(labels);
    }));
  }
  return *slot;
}

Histogram& MetricsRegistry::GetHistogram(const std::string& name, const std::string& help,
                                         const std::vector<double>& buckets, const Labels& labels) {
  const MutexLock lock(state_->mutex);
  auto& slot = state_->histograms[{name, labels}];
  if (slot == nullptr) {
    slot = std::make_unique<PrometheusHistogram>(Checked([&]() -> auto& {
      return prometheus::BuildHistogram()
          .Name(name)
          .Help(help)
          .Register(state_->registry)
          .Add(labels, buckets);
    }));
  }
  return *slot;
}

MetricsRegistry::Hook::Hook(Hook&& other) noexcept
    : registry_(std::exchange(other.registry_, nullptr)), id_(other.id_) {}

MetricsRegistry::Hook::~Hook() {
  if (registry_ == nullptr) return;
  const MutexLock lock(registry_->state_->hooks_mutex);
  registry_->state_->hooks.erase(id_);
}

MetricsRegistry::Hook MetricsRegistry::BeforeExpose(std::function<void()> update) {
  const MutexLock lock(state_->hooks_mutex);
  const std::uint64_t id = state_->next_hook++;
  state_->hooks.emplace(id, std::move(update));
  return {this, id};
}

std::string MetricsRegistry::Expose() const {
  {
    const MutexLock lock(state_->hooks_mutex);
    for (const auto& [id, update] : state_->hooks) update();
  }
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace culvert
