// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/base/retry.h"
#include "libs/http/transport.h"
#include "libs/maxcompute/client.h"
#include "libs/maxcompute/internal/stub.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace culvert::maxcompute::internal {

/// Sends calls: finds the site, signs, maps failures, and tries again where the call allows it.
/// Thread-safe. Before any retry of the policy, a refused key is refreshed and a refused date
/// corrected, and the request sent once more for each of the two: such a refusal means that nothing
/// was done.
class Connection {
 public:
  /// `transport`, `credentials` and `clock` must outlive it.
  Connection(ClientConfig config, http::Transport& transport, CredentialsProvider& credentials,
             Clock& clock);

  const ClientConfig& config() const { return config_; }
  /// Now, as the service sees it once it has refused a date.
  WallTime ServerNow() const;

  /// Success is any 2xx.
  Result<http::Response> Send(const OpContext& ctx, const Call& call);
  /// One try (and the repeats for key and date); status is 2xx.
  Result<std::unique_ptr<http::DownloadStream>> Download(const OpContext& ctx, const Call& call);

  /// An open upload and the key it was signed with.
  struct OpenUpload {
    std::unique_ptr<http::UploadStream> stream;
    std::shared_ptr<const Credentials> credentials;
  };
  /// One try. What the service says is known at the stream's end: see Judge.
  Result<OpenUpload> Upload(const OpContext& ctx, const Call& call);
  /// Success for 2xx. A refused key or date that has been put right by now is kAborted
  /// (CredentialsRefreshed, ClockSkew), so that the caller sends the block again.
  Status Judge(const OpContext& ctx, const Call& call, const Credentials& credentials,
               const http::Response& response);

 private:
  /// What was done about refusals of one request so far; each at most once.
  struct Remedies {
    bool key = false;
    bool date = false;
  };
  Result<Site> SiteOf(const OpContext& ctx, Service service);
  Result<http::Response> SendOnce(const OpContext& ctx, const Call& call, const Site& site);
  /// Asks the project for its tunnel address, once for all threads.
  Result<http::Url> TunnelUrl(const OpContext& ctx);
  Result<http::Url> DiscoverTunnel(const OpContext& ctx);
  /// True when `error` was a refused key or date that is right now, so that a repeat is worth it.
  /// Where a stop ended the wait for another key, `error` becomes kCancelled.
  bool Remedy(const OpContext& ctx, Error& error, const http::Response& response,
              const Credentials& credentials, Remedies& remedies);
  /// True when another key than `rejected` is there, at once or within the configured wait.
  bool AwaitKey(const OpContext& ctx, const Credentials& rejected);
  bool AdoptServerDate(const OpContext& ctx, const http::Response& response,
                       std::chrono::milliseconds difference_min);
  std::uint64_t NextSeed();

  const ClientConfig config_;
  http::Transport& transport_;
  CredentialsProvider& credentials_;
  Clock& clock_;
  std::atomic<std::int64_t> date_offset_ms_{0};
  std::atomic<std::uint64_t> calls_{0};

  Mutex mutex_;
  CondVar discovered_;
  std::optional<http::Url> tunnel_url_ GUARDED_BY(mutex_);
  bool discovering_ GUARDED_BY(mutex_) = false;  // some thread asks, the others wait
};

/// The address that `GET …/tunnel?service` answered, or the one configured: `host[:port]` or a URL
/// without a path. `scheme` is the REST endpoint's; an answer may not lower https to http.
Result<http::Url> ParseTunnelAddress(std::string_view text, std::string_view scheme);

}  // namespace culvert::maxcompute::internal
