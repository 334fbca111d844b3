// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/status_server.h"

#include "libs/base/log.h"

#include <chrono>
#include <string>
#include <utility>

namespace culvert::runner {
namespace {

constexpr std::size_t kConnectionsMax = 16;
constexpr std::chrono::seconds kIdleTimeout{30};
constexpr std::size_t kHeaderBytesMax = 16UL * 1024;

http::Response Text(int status, std::string body, std::string type = "text/plain; charset=utf-8") {
  http::Response response;
  response.status = status;
  response.headers.Add("Content-Type", std::move(type));
  response.headers.Add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

}  // namespace

http::Response AnswerStatus(std::string_view method, std::string_view path,
                            const std::stop_token& stop, Telemetry& telemetry) {
  const bool known =
      path == "/livez" || path == "/readyz" || path == "/progress" || path == "/metrics";
  if (!known) {
    return Text(404, "there is /livez, /readyz, /progress and /metrics\n");
  }
  if (method != "GET" && method != "HEAD") return Text(405, "only GET and HEAD\n");
  if (path == "/livez") return Text(200, "ok\n");
  if (path == "/progress") return Text(200, telemetry.ProgressJson(), "application/json");
  if (path == "/metrics") {
    return Text(200, telemetry.MetricsText(), "text/plain; version=0.0.4; charset=utf-8");
  }
  if (stop.stop_requested()) return Text(503, "stopping\n");
  return telemetry.working() ? Text(200, "ok\n") : Text(503, "starting\n");
}

Result<std::unique_ptr<http::Server>> StartStatusServer(const OpContext& ctx,
                                                        const http::ListenAddress& address,
                                                        Telemetry& telemetry) {
  http::ServerOptions options;
  options.connections_max = kConnectionsMax;
  options.idle_timeout = kIdleTimeout;
  options.header_bytes_max = kHeaderBytesMax;
  CULVERT_ASSIGN_OR_RETURN(
      auto server,
      http::StartServerAt(address, options,
                          [&telemetry, stop = ctx.stop](http::ServerExchange& exchange) {
                            // A reader that went away is its own loss.
                            (void)exchange.Respond(
                                AnswerStatus(exchange.method(), exchange.path(), stop, telemetry));
                          }));
  ctx.log.Info("serving progress and metrics", {{"port", server->port()}});
  return server;
}

}  // namespace culvert::runner
