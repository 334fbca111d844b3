// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

/// Label name -> value; values come from closed sets that docs/metrics.md lists.
using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double amount = 1) = 0;
  virtual double Value() const = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual void Add(double amount) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

/// Series of one program. Asking twice for the same name and labels gives the same series, created
/// at zero. Returned references live as long as the registry. Thread-safe.
class MetricsRegistry {
 public:
  MetricsRegistry();
  ~MetricsRegistry();
  Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& GetHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& buckets, const Labels& labels = {});
  /// Prometheus text exposition format 0.0.4.
  std::string Expose() const;

  /// Calls a function before each Expose, as long as it lives: for gauges that are computed when
  /// somebody looks. The registry must outlive it.
  class Hook {
   public:
    Hook(Hook&& other) noexcept;
    Hook& operator=(Hook&&) = delete;
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;
    ~Hook();

   private:
    friend class MetricsRegistry;
    Hook(MetricsRegistry* registry, std::uint64_t id) : registry_(registry), id_(id) {}
    MetricsRegistry* registry_;
    std::uint64_t id_;
  };
  /// `update` runs on the thread that exposes, one at a time, and may not expose itself.
  [[nodiscard]] Hook BeforeExpose(std::function<void()> update);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace culvert
