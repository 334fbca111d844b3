// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/http/transport.h"
#include "libs/http/url.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::test {

/// An API server in memory, behind the same door as the real one: a Transport that answers
/// requests. It keeps the rules that a controller's correctness rests on: one resourceVersion for
/// all, optimistic writes, a status that only its own path changes, generation that moves with the
/// spec, preconditions of deletes, finalizers, paged lists of one version, watches with bookmarks,
/// versions that are forgotten. It knows no schemas and collects no garbage. What it keeps is
/// checked by the same suite as a real API server (tests/conformance/kube_client_suite.h).
/// Thread-safe.
class FakeKubeApi final : public http::Transport {
 public:
  FakeKubeApi();
  ~FakeKubeApi() override;

  Result<http::Response> Send(const OpContext& ctx, const http::Request& request) override;
  Result<std::unique_ptr<http::DownloadStream>> Download(const OpContext& ctx,
                                                         const http::Request& request) override;
  Result<std::unique_ptr<http::UploadStream>> Upload(const OpContext& ctx,
                                                     const http::Request& request) override;

  // What a test does to the world.

  /// Forgets all events so far: a watch or a page from before is 410 Gone.
  void Compact();
  /// Ends every watch as the server does after its timeout.
  void EndWatches();
  /// Another server that holds what this one holds now, and stands still: what a stale replica
  /// answers. Its watches begin here.
  std::unique_ptr<FakeKubeApi> Snapshot() const;
  /// Called before each request, outside the lock; an error is what the client gets, and nothing is
  /// done.
  void SetBefore(std::function<Status(const http::Request& request)> before);
  /// Called after each request was carried out; an error is what the client gets in place of the
  /// answer.
  void SetAfter(std::function<Status(const http::Request& request)> after);
  /// Called with each version of each object that is stored, in their order, under the lock: it may
  /// not call back.
  void SetObserver(std::function<void(const nlohmann::json& object)> observer);
  void SetPodLog(const std::string& pod_path, std::string text);
  /// What the pod's own server answers at `path`, through the proxy.
  void SetPodAnswer(const std::string& pod_path, const std::string& path, std::string text);
  /// The object at `path` (`/apis/batch/v1/namespaces/ns/jobs/copy`), or null.
  nlohmann::json Object(const std::string& path) const;
  /// All objects whose path begins so, by path.
  std::map<std::string, nlohmann::json> Objects(const std::string& prefix) const;
  /// How many objects of each resource were made and removed, by anyone: `ADDED jobs`.
  std::map<std::string, int> Changes() const;
  /// Writes an object past all rules but the version: what other controllers do.
  void Put(const std::string& path, nlohmann::json object);
  /// The same for an object that was read before: nothing where it is gone, or another, by now.
  void Update(const std::string& path, nlohmann::json object);
  std::uint64_t requests() const;

 private:
  class Watch;
  struct Event {
    std::uint64_t version = 0;
    std::string path;
    std::string type;
    nlohmann::json object;
    nlohmann::json before;  // null when it was added
  };
  struct Target;
  using Answer = http::Response;

  Answer Serve(const http::Request& request) REQUIRES(mutex_);
  Answer Get(const Target& target, const http::Query& query) REQUIRES(mutex_);
  Answer PodLog(const Target& target, const http::Query& query) REQUIRES(mutex_);
  Answer PodProxy(const Target& target) REQUIRES(mutex_);
  Answer List(const Target& target, const http::Query& query) REQUIRES(mutex_);
  Answer Create(const Target& target, const http::Query& query, nlohmann::json object)
      REQUIRES(mutex_);
  Answer Update(const Target& target, const http::Query& query, nlohmann::json object)
      REQUIRES(mutex_);
  Answer Patch(const Target& target, const http::Request& request, const nlohmann::json& patch)
      REQUIRES(mutex_);
  Answer Delete(const Target& target, const nlohmann::json& options) REQUIRES(mutex_);
  /// Stores `next` at `path` with a new version, or removes it when null, and tells the watches.
  nlohmann::json Commit(const std::string& path, nlohmann::json next) REQUIRES(mutex_);

  const std::unique_ptr<Clock> clock_ = MakeSystemClock();  // for the times of objects
  mutable Mutex mutex_;
  CondVar changed_;
  std::map<std::string, nlohmann::json> objects_ GUARDED_BY(mutex_);  // by path
  std::deque<Event> events_ GUARDED_BY(mutex_);
  std::uint64_t version_ GUARDED_BY(mutex_) = 100;
  std::uint64_t compacted_ GUARDED_BY(mutex_) = 0;  // events up to this version are forgotten
  std::uint64_t watch_epoch_ GUARDED_BY(mutex_) = 0;
  std::uint64_t uids_ GUARDED_BY(mutex_) = 0;
  std::uint64_t requests_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::string> logs_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> pod_answers_ GUARDED_BY(mutex_);  // by pod's path + path
  // Snapshots that unfinished lists read from, by version.
  std::map<std::uint64_t, std::map<std::string, nlohmann::json>> pages_ GUARDED_BY(mutex_);
  std::function<Status(const http::Request&)> before_ GUARDED_BY(mutex_);
  std::function<Status(const http::Request&)> after_ GUARDED_BY(mutex_);
  std::function<void(const nlohmann::json&)> observer_ GUARDED_BY(mutex_);
};

/// True when `labels` of an object satisfy `selector`: comma-separated `a=b`, `a!=b`, `a`, `!a`.
bool LabelsMatch(const nlohmann::json& object, std::string_view selector);

}  // namespace culvert::test
