// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace culvert::kube {

/// Keeps one collection in sight, as a pure state machine: it says what to request next and is told
/// how that went. It holds no objects, does no I/O and never gives up; so every fault of a watch is
/// a test without a server.
///
///   list pages ──► all pages there: the store swaps ──► watch from that version ──► watch again,
///   or list again
///
/// A watch that ends normally (the server ends each after some minutes) goes on from the last
/// version seen at once. 410 Gone, as a status or in the stream, on a page or a watch, lists anew.
/// Other failures wait with a backoff that begins anew after two quiet minutes.
class Watcher {
 public:
  struct Options {
    std::chrono::milliseconds backoff_initial{800};
    std::chrono::milliseconds backoff_max{30'000};
    std::chrono::seconds backoff_reset{120};
  };
  /// `jitter_seed` spreads the waits of several watchers.
  Watcher(Options options, std::uint64_t jitter_seed);

  struct ListPage {
    std::string continue_token;  // empty: the first page
    bool operator==(const ListPage&) const = default;
  };
  struct Watch {
    std::string resource_version;
    bool operator==(const Watch&) const = default;
  };
  using Request = std::variant<ListPage, Watch>;

  /// What to send now, `wait` later.
  struct Next {
    Request request;
    std::chrono::milliseconds wait{0};
  };
  Next next() const { return next_; }

  /// A page arrived. True when it was the last: the objects of all pages since the first one are
  /// the collection. A page without a resourceVersion counts as a failure.
  bool OnPage(std::string_view resource_version, std::string_view continue_token);
  /// An event or bookmark of the watch was applied.
  void OnEvent(std::string_view resource_version);
  /// The watch ended as watches do.
  void OnWatchEnd();
  /// The request at hand failed; `quiet` is how long it had gone well before.
  void OnError(const Error& error, std::chrono::seconds quiet);

  /// Counts since the start, for metrics.
  std::uint64_t relists() const { return relists_; }

 private:
  void ListAgain();
  std::chrono::milliseconds Backoff(const Error& error);

  Options options_;
  std::uint64_t random_;
  Next next_{.request = ListPage{}};
  std::string version_;  // last one seen
  int failures_ = 0;
  std::uint64_t relists_ = 0;
};

}  // namespace culvert::kube
