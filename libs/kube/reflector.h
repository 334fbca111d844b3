// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/metrics.h"
#include "libs/base/op_context.h"
#include "libs/kube/client.h"
#include "libs/kube/watcher.h"

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <cstdint>
#include <string>

namespace culvert::kube {

/// What to keep in sight.
struct ReflectorOptions {
  Resource resource;
  std::string name_space = {};  // empty: all
  std::string label_selector = {};
  std::string field_selector = {};
  Watcher::Options watcher = {};
  std::uint64_t jitter_seed = 1;
};

/// Carries out what a Watcher asks for, and hands the objects on, all from the thread that calls
/// Run.
class Reflector {
 public:
  /// Receives the objects. Called from Run's thread only.
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void BeginList() = 0;  // forget an unfinished list
    virtual Status ListItem(const nlohmann::json& object) = 0;
    virtual void EndList() = 0;  // the items since BeginList are the collection
    virtual Status Apply(const nlohmann::json& object) = 0;
    virtual void Remove(const ObjectMeta& meta) = 0;
  };

  /// All three must outlive it.
  Reflector(ReflectorOptions options, Client& client, Receiver& receiver, MetricsRegistry& metrics);

  /// Runs until stop. Never fails: what goes wrong is logged (the first of a kind, then once a
  /// minute) and tried again.
  void Run(const OpContext& ctx);
  /// True once the first list was whole. Any thread.
  bool synced() const { return synced_.load(std::memory_order_acquire); }

 private:
  Status ListOnce(const OpContext& ctx, const Watcher::ListPage& page);
  Status WatchOnce(const OpContext& ctx, const Watcher::Watch& watch);
  void Complain(const OpContext& ctx, const Error& error);

  ReflectorOptions options_;
  Client& client_;
  Receiver& receiver_;
  MetricsRegistry& metrics_;
  Watcher watcher_;
  std::atomic<bool> synced_ = false;
  std::string last_complaint_;
  SteadyTime complained_at_ = SteadyTime::min();
};

}  // namespace culvert::kube
