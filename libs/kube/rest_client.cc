// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/rest_client.h"

#include "libs/base/json.h"
#include "libs/http/url.h"
#include "libs/kube/api_error.h"
#include "libs/kube/api_time.h"
#include "libs/kube/list_decoder.h"
#include "libs/kube/managed_fields.h"
#include "libs/kube/rate_limiter.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace culvert::kube {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kWatchGrace{10};
constexpr std::size_t kErrorBodyMax = std::size_t{64} * 1024;

std::string_view PropagationName(Propagation propagation) {
  switch (propagation) {
    case Propagation::kBackground:
      return "Background";
    case Propagation::kForeground:
      return "Foreground";
    case Propagation::kOrphan:
      return "Orphan";
  }
  return "Background";
}

void AddSelectors(http::Query& query, const std::string& labels, const std::string& fields) {
  if (!labels.empty()) query.emplace_back("labelSelector", labels);
  if (!fields.empty()) query.emplace_back("fieldSelector", fields);
}

/// A success whose body was cut short or mangled on its way.
Error Unreadable(const Error& problem) {
  return Unavailable("the answer of the API server cannot be read: " + problem.message);
}

const Resource kPods{.group = "", .version = "v1", .plural = "pods", .namespaced = true};

bool IsSuccess(int status) { return status >= 200 && status < 300; }

class RestClient final : public Client {
 public:
  RestClient(Config config, http::Transport& transport, RestClientOptions options)
      : config_(std::move(config)),
        transport_(transport),
        options_(std::move(options)),
        limiter_(options_.requests_per_second, options_.requests_per_second * 2) {}

  Result<json> Get(const OpContext& ctx, const Resource& resource, const ObjectKey& key) override {
    return Exchange(ctx, {.method = "GET", .path = resource.ObjectPath(key.name_space, key.name)});
  }

  Result<ListPageResult> List(const OpContext& ctx, const Resource& resource,
                              const ListOptions& options,
                              const std::function<Status(const json&)>& on_item) override {
    http::Query query{{"limit", std::to_string(options.page_size)}};
    AddSelectors(query, options.label_selector, options.field_selector);
    if (!options.continue_token.empty()) query.emplace_back("continue", options.continue_token);
    CULVERT_ASSIGN_OR_RETURN(const auto stream,
                             Open(ctx, {.method = "GET",
                                        .path = resource.CollectionPath(options.name_space),
                                        .query = std::move(query)}));
    std::string buffer;
    ListDecoder decoder([&](std::string_view text) -> Status {
      const auto item = ParseJson(WithoutManagedFields(text, 2, buffer));
      if (!item) return Fail(Unreadable(item.error()));
      return on_item(*item);
    });
    for (;;) {
      CULVERT_ASSIGN_OR_RETURN(const auto bytes, stream->Read(ctx));
      if (bytes.empty()) break;
      CULVERT_TRY(decoder.Feed(bytes));
    }
    CULVERT_TRY(decoder.Finish());
    return ListPageResult{.resource_version = decoder.resource_version(),
                          .continue_token = decoder.continue_token()};
  }

  Status Watch(const OpContext& ctx, const Resource& resource, const WatchOptions& options,
               const WatchDecoder::OnEvent& on_event) override {
    http::Query query{{"watch", "true"},
                      {"allowWatchBookmarks", "true"},
                      {"resourceVersion", options.resource_version},
                      {"timeoutSeconds", std::to_string(options.server_timeout.count())}};
    AddSelectors(query, options.label_selector, options.field_selector);
    // A server that is gone without a word ends its silence here.
    const OpContext bounded = ctx.WithTimeout(options.server_timeout + kWatchGrace);
    CULVERT_ASSIGN_OR_RETURN(const auto stream,
                             Open(bounded, {.method = "GET",
                                            .path = resource.CollectionPath(options.name_space),
                                            .query = std::move(query)}));
    WatchDecoder decoder(on_event);
    for (;;) {
      CULVERT_ASSIGN_OR_RETURN(const auto bytes, stream->Read(bounded));
      if (bytes.empty()) return decoder.Finish();
      CULVERT_TRY(decoder.Feed(bytes));
    }
  }

  Result<json> Create(const OpContext& ctx, const Resource& resource, std::string_view name_space,
                      const json& object, DryRun dry_run) override {
    Call call{.method = "POST", .path = resource.CollectionPath(name_space)};
    if (dry_run == DryRun::kAll) call.query.emplace_back("dryRun", "All");
    return Exchange(ctx, call, &object);
  }

  Result<json> Apply(const OpContext& ctx, const Resource& resource, const ObjectKey& key,
                     const json& object, std::string_view field_manager) override {
    return Exchange(ctx,
                    {.method = "PATCH",
                     .path = resource.ObjectPath(key.name_space, key.name),
                     .query = {{"fieldManager", std::string(field_manager)}},
                     .content_type = "application/apply-patch+yaml"},
                    &object);
  }

  Result<json> Replace(const OpContext& ctx, const Resource& resource, const ObjectKey& key,
                       const json& object) override {
    return Exchange(ctx, {.method = "PUT", .path = resource.ObjectPath(key.name_space, key.name)},
                    &object);
  }

  Result<json> ReplaceStatus(const OpContext& ctx, const Resource& resource, const ObjectKey& key,
                             const json& object) override {
    return Exchange(
        ctx, {.method = "PUT", .path = resource.ObjectPath(key.name_space, key.name) + "/status"},
        &object);
  }

  Result<json> MergePatch(const OpContext& ctx, const Resource& resource, const ObjectKey& key,
                          const json& patch) override {
    return Exchange(ctx,
                    {.method = "PATCH",
                     .path = resource.ObjectPath(key.name_space, key.name),
                     .content_type = "application/merge-patch+json"},
                    &patch);
  }

  Status Delete(const OpContext& ctx, const Resource& resource, const ObjectKey& key,
                const Preconditions& preconditions, Propagation propagation) override {
    json options{{"apiVersion", "v1"},
                 {"kind", "DeleteOptions"},
                 {"propagationPolicy", PropagationName(propagation)}};
    if (!preconditions.uid.empty()) options["preconditions"]["uid"] = preconditions.uid;
    if (!preconditions.resource_version.empty()) {
      options["preconditions"]["resourceVersion"] = preconditions.resource_version;
    }
    CULVERT_TRY(
        Exchange(ctx, {.method = "DELETE", .path = resource.ObjectPath(key.name_space, key.name)},
                 &options));
    return {};
  }

  Result<std::string> PodLog(const OpContext& ctx, const ObjectKey& pod, std::string_view container,
                             std::size_t tail_lines, std::size_t limit) override {
    http::Query query{{"container", std::string(container)}};
    if (tail_lines > 0) query.emplace_back("tailLines", std::to_string(tail_lines));
    CULVERT_ASSIGN_OR_RETURN(const auto stream,
                             Open(ctx, {.method = "GET",
                                        .path = kPods.ObjectPath(pod.name_space, pod.name) + "/log",
                                        .query = std::move(query)}));
    const ApiWait wait(ctx.clock);
    return stream->ReadAll(ctx, limit);
  }

  Result<std::string> PodProxy(const OpContext& ctx, const ObjectKey& pod, std::string_view port,
                               std::string_view path, std::size_t limit) override {
    std::string target = kPods.ObjectPath(pod.name_space, pod.name);
    if (!port.empty()) target += ":" + http::PercentEncode(port);
    target += "/proxy" + std::string(path);
    CULVERT_ASSIGN_OR_RETURN(const auto stream, Open(ctx, {.method = "GET", .path = target}));
    return stream->ReadAll(ctx, limit);
  }

 private:
  struct Call {
    std::string method;
    std::string path;
    http::Query query = {};
    std::string content_type = "application/json";
  };

  Result<http::Request> MakeRequest(const Call& call, const json* body) {
    http::Request request;
    request.method = call.method;
    request.url = config_.server.ToString() + call.path;
    if (!call.query.empty()) request.url += "?" + http::EncodeQuery(call.query);
    request.headers.Add("Accept", "application/json");
    request.headers.Add("User-Agent", options_.user_agent);
    CULVERT_ASSIGN_OR_RETURN(const Secret token, config_.token->Token());
    if (!token.empty()) {
      request.headers.Add("Authorization", "Bearer " + std::string(token.Reveal()));
    }
    if (body != nullptr) {
      request.headers.Add("Content-Type", call.content_type);
      request.body = DumpJson(*body);
    }
    return request;
  }

  /// What to do about a refusal: true, repeat the request now.
  Result<bool> Again(const OpContext& ctx, const Error& error, bool& token_renewed) {
    if (error.code == ErrorCode::kUnauthenticated && !token_renewed) {
      token_renewed = true;
      config_.token->Rejected();
      return true;
    }
    // With Retry-After the server says that it did nothing.
    if (!error.retry_after) return false;
    const SteadyTime until = ctx.clock.SteadyNow() + *error.retry_after;
    if (until >= ctx.deadline) return false;
    const ApiWait wait(ctx.clock);
    if (!ctx.clock.SleepUntil(until, ctx.stop)) return Fail(Cancelled("stopped"));
    return true;
  }

  Status AwaitTurn(const OpContext& ctx, const Call& call) {
    const SteadyTime begin = ctx.clock.SteadyNow();
    {
      const ApiWait wait(ctx.clock);
      CULVERT_TRY(limiter_.Take(ctx));
    }
    if (options_.metrics == nullptr) return {};
    std::string url = call.path;
    if (!call.query.empty()) url += "?" + http::EncodeQuery(call.query);
    options_.metrics->OnTurn(call.method, url, ctx.clock.SteadyNow() - begin);
    return {};
  }

  Result<http::Response> Send(const OpContext& ctx, const http::Request& request) {
    const ApiWait wait(ctx.clock);
    return transport_.Send(ctx, request);
  }

  Result<std::unique_ptr<http::DownloadStream>> Download(const OpContext& ctx,
                                                         const http::Request& request) {
    const ApiWait wait(ctx.clock);
    return transport_.Download(ctx, request);
  }

  Result<json> Exchange(const OpContext& ctx, const Call& call, const json* body = nullptr) {
    for (bool token_renewed = false;;) {
      CULVERT_TRY(AwaitTurn(ctx, call));
      CULVERT_ASSIGN_OR_RETURN(const http::Request request, MakeRequest(call, body));
      CULVERT_ASSIGN_OR_RETURN(const http::Response response, Send(ctx, request));
      if (IsSuccess(response.status)) {
        auto answer = ParseJson(response.body);
        if (answer) return answer;
        // Cut short or mangled on the way: what was asked for may have been done.
        return Fail(Unreadable(answer.error()).With("request", call.method + " " + call.path));
      }
      Error error = ErrorFromResponse(response);
      CULVERT_ASSIGN_OR_RETURN(const bool again, Again(ctx, error, token_renewed));
      if (!again) return Fail(std::move(error).With("request", call.method + " " + call.path));
    }
  }

  Result<std::unique_ptr<http::DownloadStream>> Open(const OpContext& ctx, const Call& call) {
    for (bool token_renewed = false;;) {
      CULVERT_TRY(AwaitTurn(ctx, call));
      CULVERT_ASSIGN_OR_RETURN(const http::Request request, MakeRequest(call, nullptr));
      CULVERT_ASSIGN_OR_RETURN(auto stream, Download(ctx, request));
      if (IsSuccess(stream->response().status)) return stream;
      http::Response response = stream->response();
      CULVERT_ASSIGN_OR_RETURN(response.body, stream->ReadAll(ctx, kErrorBodyMax));
      Error error = ErrorFromResponse(response);
      CULVERT_ASSIGN_OR_RETURN(const bool again, Again(ctx, error, token_renewed));
      if (!again) return Fail(std::move(error).With("request", call.method + " " + call.path));
    }
  }

  const Config config_;
  http::Transport& transport_;
  const RestClientOptions options_;
  RateLimiter limiter_;
};

}  // namespace

std::unique_ptr<Client> MakeRestClient(Config config, http::Transport& transport,
                                       RestClientOptions options) {
  return std::make_unique<RestClient>(std::move(config), transport, std::move(options));
}

}  // namespace culvert::kube
