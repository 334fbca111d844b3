// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/plan.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::bench {

/// The SyncJobs of a measurement. Number i copies one partition into a table of its own, so that no
/// two of them wait for each other.
struct Workload {
  static constexpr int kDataSources = 4;  // `warehouse-0`, ...: one gives 1,000 streams at most

  std::string name_space = "default";
  int count = 0;
  std::int32_t concurrent = 1;
  std::int32_t threads = 4;  // of a pod; fewer than `concurrent`: plan, transfer and commit Jobs

  static std::string Name(int number);
  static std::optional<int> NumberOf(std::string_view name);
  static std::string DataSourceOf(int number);
  /// As a user would apply it.
  nlohmann::json SyncJob(int number) const;
  /// As the runner's plan step would leave it: one shard for each pod.
  syncjob::Plan Plan(int number, std::int32_t attempt) const;

 private:
  std::int32_t Pods() const { return (concurrent + threads - 1) / threads; }
};

}  // namespace culvert::bench
