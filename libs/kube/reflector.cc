// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/reflector.h"

#include "libs/base/log.h"
#include "libs/kube/api_error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <variant>

namespace culvert::kube {
namespace {

constexpr std::chrono::seconds kComplainAgain{60};

std::string_view RestartReason(const Error& error) {
  if (error.reason == kReasonExpired) return "gone";
  return error.code == ErrorCode::kDeadlineExceeded ? "timeout" : "error";
}

std::string_view TypeName(WatchEventType type) {
  switch (type) {
    case WatchEventType::kAdded:
      return "added";
    case WatchEventType::kModified:
      return "modified";
    case WatchEventType::kDeleted:
      return "deleted";
    case WatchEventType::kBookmark:
      return "bookmark";
  }
  return "unknown";
}

Counter& Events(MetricsRegistry& metrics, const Resource& resource, WatchEventType type) {
  return metrics.GetCounter(
      "culvert_operator_watch_events_total", "Events received by watches.",
      {{"resource", resource.ToString()}, {"type", std::string(TypeName(type))}});
}

Counter& Restarts(MetricsRegistry& metrics, const Resource& resource, std::string_view reason) {
  return metrics.GetCounter("culvert_operator_watch_restarts_total",
                            "Watches and lists that had to begin anew.",
                            {{"resource", resource.ToString()}, {"reason", std::string(reason)}});
}

}  // namespace

Reflector::Reflector(ReflectorOptions options, Client& client, Receiver& receiver,
                     MetricsRegistry& metrics)
    : options_(std::move(options)),
      client_(client),
      receiver_(receiver),
      metrics_(metrics),
      watcher_(options_.watcher, options_.jitter_seed) {
  // From the beginning, so that the first restart is an increase.
  for (const WatchEventType type : {WatchEventType::kAdded, WatchEventType::kModified,
                                    WatchEventType::kDeleted, WatchEventType::kBookmark}) {
    Events(metrics_, options_.resource, type);
  }
  for (const char* reason : {"gone", "timeout", "error"}) {
    Restarts(metrics_, options_.resource, reason);
  }
}

void Reflector::Run(const OpContext& ctx) {
  SteadyTime quiet_since = ctx.clock.SteadyNow();
  while (!ctx.stop.stop_requested()) {
    const Watcher::Next next = watcher_.next();
    if (next.wait.count() > 0 &&
        !ctx.clock.SleepUntil(ctx.clock.SteadyNow() + next.wait, ctx.stop)) {
      return;
    }
    const Status done = std::holds_alternative<Watcher::ListPage>(next.request)
                            ? ListOnce(ctx, std::get<Watcher::ListPage>(next.request))
                            : WatchOnce(ctx, std::get<Watcher::Watch>(next.request));
    if (done || ctx.stop.stop_requested()) continue;
    const SteadyTime now = ctx.clock.SteadyNow();
    Complain(ctx, done.error());
    watcher_.OnError(done.error(),
                     std::chrono::duration_cast<std::chrono::seconds>(now - quiet_since));
    quiet_since = now;
  }
}

Status Reflector::ListOnce(const OpContext& ctx, const Watcher::ListPage& page) {
  if (page.continue_token.empty()) receiver_.BeginList();
  CULVERT_ASSIGN_OR_RETURN(
      const ListPageResult result,
      client_.List(ctx, options_.resource,
                   {.name_space = options_.name_space,
                    .label_selector = options_.label_selector,
                    .field_selector = options_.field_selector,
                    .page_size = 500,
                    .continue_token = page.continue_token},
                   [this](const nlohmann::json& object) { return receiver_.ListItem(object); }));
  if (watcher_.OnPage(result.resource_version, result.continue_token)) {
    receiver_.EndList();
    synced_.store(true, std::memory_order_release);
  }
  return {};
}

Status Reflector::WatchOnce(const OpContext& ctx, const Watcher::Watch& watch) {
  const auto on_event = [this](WatchEventType type, const nlohmann::json& object) -> Status {
    Events(metrics_, options_.resource, type).Add();
    if (type == WatchEventType::kBookmark) {
      const auto version =
          object.value(nlohmann::json::json_pointer("/metadata/resourceVersion"), nlohmann::json());
      if (version.is_string()) watcher_.OnEvent(version.get_ref<const std::string&>());
      return {};
    }
    CULVERT_ASSIGN_OR_RETURN(const ObjectMeta meta, ParseMeta(object));
    if (type == WatchEventType::kDeleted) {
      receiver_.Remove(meta);
    } else {
      CULVERT_TRY(receiver_.Apply(object));
    }
    watcher_.OnEvent(meta.resource_version);
    return {};
  };
  CULVERT_TRY(client_.Watch(ctx, options_.resource,
                            {.name_space = options_.name_space,
                             .label_selector = options_.label_selector,
                             .field_selector = options_.field_selector,
                             .resource_version = watch.resource_version},
                            on_event));
  watcher_.OnWatchEnd();
  return {};
}

void Reflector::Complain(const OpContext& ctx, const Error& error) {
  Restarts(metrics_, options_.resource, RestartReason(error)).Add();
  // That a version is too old is the normal end of a long pause.
  if (error.reason == kReasonExpired) return;
  const SteadyTime now = ctx.clock.SteadyNow();
  if (error.message == last_complaint_ && now - complained_at_ < kComplainAgain) return;
  last_complaint_ = error.message;
  complained_at_ = now;
  ctx.log.Warn("watch interrupted, trying again",
               {{"resource", options_.resource.ToString()}, {"error", ToString(error)}});
}

}  // namespace culvert::kube
