// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/http/transport.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace culvert::test {

/// One request of an operator, in the order in which they were sent, from 1. Events are left out:
/// they are for people, and no part of a run.
struct ApiExchange {
  int number = 0;
  std::string method;
  std::string path;  // without the query
  bool watch = false;
};

/// What becomes of it.
struct ApiFault {
  enum class Kind : std::uint8_t {
    kNone,
    kDropRequest,  // the server never sees it
    kDropReply,    // the server does it, and the connection breaks
    kAnswer,       // the proxy answers `status` in the server's place
    kHalfReply,    // the server does it, and half of the answer's body comes
  };
  Kind kind = Kind::kNone;
  int status = 0;
  int retry_after_seconds = 0;  // 0: no such header
};

/// What becomes of one event of a watch.
enum class WatchFault : std::uint8_t {
  kNone,
  kCut,       // the connection breaks in its place
  kGone,      // 410 in its place, and the end
  kHalfLine,  // half of it comes, and the end
  kHold,      // it and those behind it come a quarter of a second late
};

/// Stands between an operator and an API server, fake or real: numbers what passes, and drops,
/// fails, cuts, holds or answers of it what a plan says (the plans E-k-c, W-m, S-j and U-j of
/// docs/reliability.md). Thread-safe; the plan is asked under a lock, one exchange at a time.
class ApiProxy final : public http::Transport {
 public:
  using Plan = std::function<ApiFault(const ApiExchange&)>;
  using WatchPlan = std::function<WatchFault(int number)>;  // events from 1, bookmarks left out

  /// `server` must outlive it.
  explicit ApiProxy(http::Transport& server) : server_(server) {}

  void SetPlan(Plan plan);
  void SetWatchPlan(WatchPlan plan);
  /// Called before an event is given to the operator, with its number, outside the lock.
  void SetOnEvent(std::function<void(int)> on_event);
  /// GET, lists and watches that begin from now on are answered by `other`, writes by the server;
  /// null: all by the server again. `other` must outlive their streams.
  void ReadFrom(http::Transport* other);

  int exchanges() const;
  int events() const;
  int delivered() const;  // faults that took place
  /// Each exchange but the watches, one a line: number, method, path, status (0: no answer).
  std::string Trace() const;

  Result<http::Response> Send(const OpContext& ctx, const http::Request& request) override;
  Result<std::unique_ptr<http::DownloadStream>> Download(const OpContext& ctx,
                                                         const http::Request& request) override;
  Result<std::unique_ptr<http::UploadStream>> Upload(const OpContext& ctx,
                                                     const http::Request& request) override;

 private:
  class Watch;

  ApiFault Number(const http::Request& request, bool watch);
  WatchFault NumberEvent();
  http::Transport& ServerOf(const http::Request& request);
  void Tell(const http::Request& request, int status);

  http::Transport& server_;
  mutable Mutex mutex_;
  Plan plan_ GUARDED_BY(mutex_);
  WatchPlan watch_plan_ GUARDED_BY(mutex_);
  std::function<void(int)> on_event_ GUARDED_BY(mutex_);
  http::Transport* other_ GUARDED_BY(mutex_) = nullptr;
  int exchanges_ GUARDED_BY(mutex_) = 0;
  int events_ GUARDED_BY(mutex_) = 0;
  int delivered_ GUARDED_BY(mutex_) = 0;
  std::string trace_ GUARDED_BY(mutex_);
};

}  // namespace culvert::test
