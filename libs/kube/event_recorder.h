// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/kube/client.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace culvert::kube {

/// The object that an event is about.
struct EventSubject {
  std::string api_version;
  std::string kind;
  ObjectKey key;
  std::string uid;
};

enum class EventType : std::uint8_t { kNormal, kWarning };

/// Tells people what happened, as events.k8s.io/v1 objects. The same event again within
/// `series_window` raises the count of the first one instead of making another. Never in the way: a
/// failure to record is logged at debug level and forgotten. At most 1,000 recent events are
/// remembered. Thread-safe.
class EventRecorder {
 public:
  struct Options {
    std::string controller;  // "culvert.dev/operator"
    std::string instance;    // of this process
    std::chrono::seconds series_window{360};
  };
  /// `client` must outlive it.
  EventRecorder(Options options, Client& client) : options_(std::move(options)), client_(client) {}

  /// `reason` and `action` are CamelCase words, `note` at most 1,000 bytes (cut).
  void Record(const OpContext& ctx, const EventSubject& subject, EventType type,
              std::string_view reason, std::string_view action, std::string_view note);

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // uid, reason, note
  struct Recent {
    Key key;
    ObjectKey event;
    std::int64_t count = 1;
    SteadyTime last;
  };
  void Create(const OpContext& ctx, const EventSubject& subject, EventType type, const Key& key,
              std::string_view action);
  void Remember(Recent recent) REQUIRES(mutex_);

  const Options options_;
  Client& client_;
  Mutex mutex_;
  std::list<Recent> recent_ GUARDED_BY(mutex_);  // latest first
  std::map<Key, std::list<Recent>::iterator> index_ GUARDED_BY(mutex_);
};

}  // namespace culvert::kube
