// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/connection.h"

#include "libs/base/log.h"
#include "libs/base/time_format.h"
#include "libs/maxcompute/internal/error_mapping.h"
#include "libs/maxcompute/internal/poll.h"
#include "libs/maxcompute/reasons.h"

#include <string>
#include <utility>

namespace culvert::maxcompute::internal {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kErrorBytesMax = 64UL * 1024;
constexpr PollPace kKeyPace{.first = milliseconds(2'000), .longest = milliseconds(2'000)};
constexpr std::string_view kSpaces = " \t\r\n";
/// The service says "expired" of an old date and of an old token alike. With the two clocks this
/// close it was the token; 15 minutes is what services commonly allow.
constexpr milliseconds kExpiredByDateMin{60'000};
/// Dates have whole seconds: less than this is no difference.
constexpr milliseconds kSkewMin{2'000};

bool IsSuccess(int status) { return status >= 200 && status < 300; }

Error FromTransport(const Call& call, Error error) {
  // Too large an answer is no throttling: trying again would bring the same.
  if (error.code == ErrorCode::kResourceExhausted && error.reason.empty()) {
    error.code = ErrorCode::kOutOfRange;
  }
  if (error.code != ErrorCode::kCancelled) {
    error.message = "could not " + call.doing + ": " + error.message;
  }
  return error;
}

Error Refused(const Call& call, const http::Response& response) {
  return MapFailure(response, call.doing, call.missing);
}

/// The server's time: from the text of a skew refusal (`now_date:2024-02-29T12:00:00.000Z`, as
/// PyODPS reads it), which is the clock that refused, else from the Date header.
std::optional<WallTime> ServerDate(const http::Response& response) {
  constexpr std::string_view kField = "now_date:";
  const std::string_view body = response.body;
  if (const std::size_t field = body.find(kField); field != std::string_view::npos) {
    const std::string_view rest = body.substr(field + kField.size());
    if (const auto date = ParseRfc3339(rest.substr(0, rest.find_first_of(",\"< ")))) return *date;
  }
  if (const auto header = response.headers.Get("Date")) {
    if (const auto date = ParseHttpDate(*header)) return *date;
  }
  return std::nullopt;
}

milliseconds Magnitude(milliseconds value) { return value < milliseconds(0) ? -value : value; }

}  // namespace

Connection::Connection(ClientConfig config, http::Transport& transport,
                       CredentialsProvider& credentials, Clock& clock)
    : config_(std::move(config)), transport_(transport), credentials_(credentials), clock_(clock) {}

WallTime Connection::ServerNow() const {
  return clock_.Now() + milliseconds(date_offset_ms_.load());
}

std::uint64_t Connection::NextSeed() {
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;  // calls get unlike jitter, runs the same
  return config_.jitter_seed + calls_.fetch_add(1) * kSpread;
}

Result<Site> Connection::SiteOf(const OpContext& ctx, Service service) {
  Site site{.url = config_.endpoint,
            .region = config_.region,
            .project = config_.project,
            .user_agent = config_.user_agent};
  if (service == Service::kTunnel) {
    CULVERT_ASSIGN_OR_RETURN(site.url, TunnelUrl(ctx));
    site.region.clear();  // Tunnel takes version 2 signatures only
  }
  return site;
}

Result<http::Response> Connection::SendOnce(const OpContext& ctx, const Call& call,
                                            const Site& site) {
  Remedies remedies;
  while (true) {
    CULVERT_ASSIGN_OR_RETURN(const auto credentials, credentials_.Get());
    Result<http::Response> response =
        transport_.Send(ctx, BuildRequest(call, site, *credentials, ServerNow()));
    if (!response) return Fail(FromTransport(call, std::move(response).error()));
    if (IsSuccess(response->status)) return response;
    Error error = Refused(call, *response);
    if (!Remedy(ctx, error, *response, *credentials, remedies)) return Fail(std::move(error));
    if (config_.retry.on_retry) config_.retry.on_retry(error);
  }
}

Result<http::Response> Connection::Send(const OpContext& ctx, const Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const Site site, SiteOf(ctx, call.service));
  const auto once = [&] { return SendOnce(ctx, call, site); };
  switch (call.repeat) {
    case Repeat::kAlways:
      return Retry(ctx, config_.retry, Idempotency::kIdempotent, NextSeed(), once);
    case Repeat::kOnNewKeyOrDate:
      return Retry(ctx, config_.retry, Idempotency::kNotIdempotent, NextSeed(), once);
    case Repeat::kWhenRefused:
      break;
  }
  // Only "later" is shown to Retry as a failure; every other outcome ends the loop as it is.
  CULVERT_ASSIGN_OR_RETURN(
      Result<http::Response> outcome,
      Retry(ctx, config_.retry, Idempotency::kIdempotent, NextSeed(),
            [&]() -> Result<Result<http::Response>> {
              Result<http::Response> response = once();
              if (!response && response.error().code == ErrorCode::kResourceExhausted) {
                return Fail(std::move(response).error());
              }
              return response;
            }));
  return outcome;
}

Result<std::unique_ptr<http::DownloadStream>> Connection::Download(const OpContext& ctx,
                                                                   const Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const Site site, SiteOf(ctx, call.service));
  Remedies remedies;
  while (true) {
    CULVERT_ASSIGN_OR_RETURN(const auto credentials, credentials_.Get());
    auto stream = transport_.Download(ctx, BuildRequest(call, site, *credentials, ServerNow()));
    if (!stream) return Fail(FromTransport(call, std::move(stream).error()));
    http::Response response = (*stream)->response();
    if (response.status == 200) return stream;
    // Without its body the failure is still told by its status.
    response.body = (*stream)->ReadAll(ctx, kErrorBytesMax).value_or("");
    Error error = Refused(call, response);
    if (!Remedy(ctx, error, response, *credentials, remedies)) return Fail(std::move(error));
    if (config_.retry.on_retry) config_.retry.on_retry(error);
  }
}

Result<Connection::OpenUpload> Connection::Upload(const OpContext& ctx, const Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const Site site, SiteOf(ctx, call.service));
  CULVERT_ASSIGN_OR_RETURN(auto credentials, credentials_.Get());
  auto stream = transport_.Upload(ctx, BuildRequest(call, site, *credentials, ServerNow()));
  if (!stream) return Fail(FromTransport(call, std::move(stream).error()));
  return OpenUpload{.stream = std::move(*stream), .credentials = std::move(credentials)};
}

Status Connection::Judge(const OpContext& ctx, const Call& call, const Credentials& credentials,
                         const http::Response& response) {
  if (IsSuccess(response.status)) return {};
  Error error = Refused(call, response);
  Remedies remedies;
  if (!Remedy(ctx, error, response, credentials, remedies)) return Fail(std::move(error));
  error.code = ErrorCode::kAborted;
  error.reason = remedies.key ? reasons::kCredentialsRefreshed : reasons::kClockSkew;
  error.message += remedies.key ? "; another key is there now, send it again"
                                : "; the service's time is used now, send it again";
  return Fail(std::move(error));
}

bool Connection::Remedy(const OpContext& ctx, Error& error, const http::Response& response,
                        const Credentials& credentials, Remedies& remedies) {
  if (error.code != ErrorCode::kUnauthenticated) return false;
  const bool skew = error.reason == reasons::kClockSkew;
  if ((skew || error.reason == reasons::kCredentialsExpired) && !remedies.date &&
      AdoptServerDate(ctx, response, skew ? kSkewMin : kExpiredByDateMin)) {
    remedies.date = true;
    return true;
  }
  if (skew || remedies.key) return false;
  if (!AwaitKey(ctx, credentials)) {
    // Whoever was told to stop has not found out that no other key comes.
    if (ctx.stop.stop_requested()) error = Cancelled("stopped while another key was waited for");
    return false;
  }
  ctx.log.Info(
      "credentials refreshed after a refusal",
      {{"reason", error.reason}, {"rejected_key_id", RedactedKeyId(credentials.access_key_id)}});
  remedies.key = true;
  return true;
}

bool Connection::AwaitKey(const OpContext& ctx, const Credentials& rejected) {
  const SteadyTime end = ctx.clock.SteadyNow() + config_.key_wait;
  Poll poll(kKeyPace);
  while (!credentials_.Refresh(rejected)) {
    if (ctx.clock.SteadyNow() >= end || !poll.Wait(ctx)) return false;
  }
  return true;
}

bool Connection::AdoptServerDate(const OpContext& ctx, const http::Response& response,
                                 milliseconds difference_min) {
  const std::optional<WallTime> server = ServerDate(response);
  if (!server) return false;
  const auto difference = std::chrono::duration_cast<milliseconds>(*server - ServerNow());
  if (Magnitude(difference) < difference_min) return false;
  const auto offset = std::chrono::duration_cast<milliseconds>(*server - clock_.Now());
  date_offset_ms_.store(offset.count());
  ctx.log.Warn("this machine's clock is off, the service's time is used",
               {{"offset_ms", offset.count()}});
  return true;
}

Result<http::Url> Connection::TunnelUrl(const OpContext& ctx) {
  constexpr milliseconds kLook{100};  // how often a waiting thread looks at its own deadline
  {
    const MutexLock lock(mutex_);
    while (!tunnel_url_ && discovering_) {
      CULVERT_TRY(ctx.Check());
      discovered_.wait_for(mutex_, ctx.stop, kLook,
                           [this]() REQUIRES(mutex_) { return !discovering_; });
    }
    if (tunnel_url_) return *tunnel_url_;
    discovering_ = true;
  }
  Result<http::Url> url =
      config_.tunnel_endpoint.empty()
          ? DiscoverTunnel(ctx)
          : ParseTunnelAddress(config_.tunnel_endpoint, config_.endpoint.scheme);
  {
    const MutexLock lock(mutex_);
    discovering_ = false;
    if (url) tunnel_url_ = *url;
  }
  discovered_.notify_all();
  return url;
}

Result<http::Url> Connection::DiscoverTunnel(const OpContext& ctx) {
  Call call;
  call.path = {"projects", config_.project, "tunnel"};
  call.query = {{"service", ""}};
  call.doing = "ask project " + config_.project + " for its tunnel address";
  call.missing = reasons::kNoSuchProject;
  if (!config_.quota_name.empty()) call.query.emplace_back("quotaName", config_.quota_name);
  CULVERT_ASSIGN_OR_RETURN(const http::Response response, Send(ctx, call));
  auto url = ParseTunnelAddress(response.body, config_.endpoint.scheme);
  if (!url) {
    return Fail(Internal("project " + config_.project + " names a tunnel address that is none: " +
                         url.error().message + "; set tunnelEndpoint")
                    .Because(reasons::kUnexpectedAnswer));
  }
  return url;
}

Result<http::Url> ParseTunnelAddress(std::string_view text, std::string_view scheme) {
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return Fail(InvalidArgument("the tunnel address is empty"));
  text = text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
  std::string full(text);
  if (text.find("://") == std::string_view::npos) full = std::string(scheme) + "://" + full;
  CULVERT_ASSIGN_OR_RETURN(http::Url url, http::Url::Parse(full));
  if (!url.path.empty()) return Fail(InvalidArgument("a tunnel address has no path"));
  if (scheme == "https" && url.scheme != "https") {
    return Fail(InvalidArgument("a tunnel address may not be http when the endpoint is https"));
  }
  return url;
}

}  // namespace culvert::maxcompute::internal
