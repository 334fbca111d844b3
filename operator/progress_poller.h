// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/http/transport.h"
#include "operator/observed.h"
#include "operator/world.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace culvert::control {

/// What a pod's `/progress` says; nothing when it cannot be read.
std::optional<LiveProgress> ParseProgress(std::string_view text);

/// Asks running pods how far they are, on threads of its own, outside of any reconcile: best
/// effort, a pod that does not answer within a second is passed over. Thread-safe.
class ProgressPoller {
 public:
  struct Options {
    std::chrono::seconds interval{10};  // 0: never
    int port = 9090;
    int threads = 8;  // requests at once
  };
  /// `transport` allows plain HTTP. All must outlive it.
  ProgressPoller(Options options, http::Transport& transport, const World& world)
      : options_(options), transport_(transport), world_(world) {}

  /// Asks until stop.
  void Run(const OpContext& ctx);
  /// Asks every pod once.
  void Poll(const OpContext& ctx);
  /// The sum over the pods of a run.
  LiveProgress Of(const std::string& run_uid) const;

 private:
  struct Entry {
    std::string run_uid;
    LiveProgress progress;
  };
  void Ask(const OpContext& ctx, const PodObject& pod);

  const Options options_;
  http::Transport& transport_;
  const World& world_;
  mutable Mutex mutex_;
  std::map<std::string, Entry> pods_ GUARDED_BY(mutex_);  // by the pod's uid
};

}  // namespace culvert::control
