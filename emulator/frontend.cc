// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/frontend.h"

#include "libs/base/digest.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace culvert::emulator {
namespace {

constexpr std::string_view kFaultHeader = "x-culvert-fault";

bool IsAdmin(const Route& route) { return route.operation == "admin"; }

ServiceError FaultError(const FaultAction& fault) {
  ServiceError error;
  error.status = fault.status;
  error.code = fault.code;
  error.message = fault.message;
  error.retry_after_seconds = fault.retry_after_seconds;
  for (const auto& [name, value] : fault.headers) error.headers.Set(name, value);
  return error;
}

std::string StatusClass(int status) {
  return status == 0 ? "cut" : std::string(1, static_cast<char>('0' + status / 100)) + "xx";
}

// The form in which a client of a path that no route has reads errors.
ErrorForm FormOf(std::string_view path) {
  return path.starts_with("/api/") ? ErrorForm::kXml : ErrorForm::kJson;
}

}  // namespace

Frontend::Frontend(const FrontendOptions& options, const Router& router, AdminServices& admin,
                   RequestLog& log)
    : options_(options),
      router_(router),
      admin_(admin),
      log_(log),
      id_prefix_(RandomHex128().substr(0, 16)) {}

std::string Frontend::NextRequestId() {
  std::array<char, 17> digits{};
  (void)std::snprintf(digits.data(), digits.size(), "%016llX",
                      static_cast<unsigned long long>(++requests_));
  return id_prefix_ + digits.data();
}

void Frontend::Handle(http::ServerExchange& inner) {
  Services& services = admin_.tunnel.common;
  const SteadyTime begin = services.clock.SteadyNow();
  const std::string request_id = NextRequestId();
  EmulatorExchange exchange(inner, request_id, services.clock, admin_.tunnel.stop);
  Call call{.exchange = exchange,
            .request_id = request_id,
            .operation = "unknown",
            .access_key_id = {},
            .params = {}};
  const Router::Match match = router_.Find(inner.method(), inner.path(), inner.query());
  if (inner.path() == "/metrics" && inner.method() == "GET") {
    call.operation = "metrics";
    RespondBody(call, 200, "text/plain; version=0.0.4", services.metrics.Expose());
  } else if (match.route == nullptr || (IsAdmin(*match.route) && !options_.admin)) {
    const bool known = match.path_known && match.route == nullptr;
    RespondError(call, FormOf(inner.path()),
                 MakeServiceError(known ? "MethodNotAllowed" : "NoSuchObject",
                                  inner.method() + " is not served on this path"));
  } else {
    call.operation = match.route->operation;
    call.params = match.params;
    Dispatch(call, exchange, *match.route);
  }
  Count(call, exchange);
  const std::chrono::duration<double, std::milli> spent = services.clock.SteadyNow() - begin;
  log_.Append({.request_id = request_id,
               .operation = call.operation,
               .method = inner.method(),
               .path = inner.path(),
               .status = exchange.status(),
               .request_bytes = exchange.request_bytes(),
               .response_bytes = exchange.response_bytes(),
               .milliseconds = spent.count()});
}

void Frontend::Dispatch(Call& call, EmulatorExchange& exchange, const Route& route) {
  if (IsAdmin(route)) {
    route.handler(call);
    return;
  }
  const Result<std::optional<FaultAction>> fault = FaultFor(call);
  if (!fault) {
    RespondError(call, route.errors, ToServiceError(fault.error()));
    return;
  }
  if (*fault && Before(**fault, call, exchange, route)) return;

  const Result<std::string> key = Authenticate(exchange);
  if (!key) {
    RespondError(call, route.errors, ToServiceError(key.error()));
    return;
  }
  call.access_key_id = *key;
  if (const std::string project = call.Param("project"); !project.empty()) {
    const auto found = admin_.tunnel.common.projects.Find(project);
    if (!found) {
      RespondError(call, route.errors, ToServiceError(found.error()));
      return;
    }
  }
  route.handler(call);

  if (*fault && (*fault)->kind == FaultKind::kDropReply) exchange.Reset();
  if (*fault && (*fault)->kind == FaultKind::kReplyStatus) {
    exchange.Release();
    RespondError(call, route.errors, FaultError(**fault));
  }
}

Result<std::optional<FaultAction>> Frontend::FaultFor(const Call& call) {
  if (options_.admin) {
    if (const auto header = call.exchange.headers().Get(kFaultHeader)) {
      CULVERT_ASSIGN_OR_RETURN(FaultAction action, ParseFaultAction(*header));
      return action;
    }
  }
  return admin_.faults.Decide(call.operation, call.exchange.method(), call.exchange.path());
}

bool Frontend::Before(const FaultAction& fault, Call& call, EmulatorExchange& exchange,
                      const Route& route) {
  Services& services = admin_.tunnel.common;
  services.metrics
      .GetCounter("culvert_emulator_faults_total", "Requests that met an injected fault.")
      .Add();
  const std::string upload = call.Query("uploadid").value_or("");
  const std::string download = call.Query("downloadid").value_or("");
  switch (fault.kind) {
    case FaultKind::kStatus:
      RespondError(call, route.errors, FaultError(fault));
      return true;
    case FaultKind::kDelay:
      (void)services.clock.SleepUntil(services.clock.SteadyNow() + fault.wait, admin_.tunnel.stop);
      return false;
    // A request that names no session is answered as if there were no fault.
    case FaultKind::kExpireSession:
      if (!upload.empty()) (void)admin_.tunnel.uploads.Force(upload, UploadState::kExpired);
      if (!download.empty()) (void)admin_.tunnel.downloads.Expire(download);
      return false;
    case FaultKind::kSessionState:
      if (const auto state = UploadStateFromName(fault.state); state && !upload.empty()) {
        (void)admin_.tunnel.uploads.Force(upload, *state);
      }
      return false;
    case FaultKind::kRevokeKey:
      (void)admin_.keys.Revoke(ClaimedKeyId(call.exchange.headers()));
      return false;
    default:
      exchange.Arm(fault);
      return false;
  }
}

Result<std::string> Frontend::Authenticate(const http::ServerExchange& exchange) const {
  if (options_.anonymous && !exchange.headers().Get("Authorization")) return std::string();
  return admin_.keys.Verify({.method = exchange.method(),
                             .raw_target = exchange.raw_target(),
                             .headers = exchange.headers()});
}

void Frontend::Count(const Call& call, const EmulatorExchange& exchange) {
  MetricsRegistry& metrics = admin_.tunnel.common.metrics;
  metrics
      .GetCounter("culvert_emulator_requests_total", "Requests, by operation and class of status.",
                  {{"operation", call.operation}, {"status", StatusClass(exchange.status())}})
      .Add();
  metrics
      .GetCounter("culvert_emulator_request_bytes_total", "Bytes of request bodies, as they came.")
      .Add(static_cast<double>(exchange.request_bytes()));
  metrics.GetCounter("culvert_emulator_response_bytes_total", "Bytes of response bodies, as sent.")
      .Add(static_cast<double>(exchange.response_bytes()));
}

}  // namespace culvert::emulator
