// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/status_server.h"

#include "libs/http/beast_server.h"

#include <string>
#include <utility>

namespace culvert::control {
namespace {

http::Response Text(int status, std::string body, std::string type = "text/plain; charset=utf-8") {
  http::Response response;
  response.status = status;
  response.headers.Add("Content-Type", std::move(type));
  response.body = std::move(body);
  return response;
}

}  // namespace

http::Response AnswerStatus(std::string_view method, std::string_view path, Operator& work,
                            const Clock& clock) {
  if (method != "GET" && method != "HEAD") return Text(405, "only GET\n");
  if (path == "/livez") {
    return work.IsAlive(clock) ? Text(200, "ok\n") : Text(500, "a reconcile hangs\n");
  }
  // A follower is ready too: its caches are filled, it can take over at once.
  if (path == "/readyz") {
    return work.IsReady() ? Text(200, "ok\n") : Text(503, "the caches are being filled\n");
  }
  if (path == "/metrics") {
    return Text(200, work.MetricsText(), "text/plain; version=0.0.4; charset=utf-8");
  }
  return Text(404, "there are /livez, /readyz and /metrics\n");
}

Result<std::unique_ptr<http::Server>> StartStatusServer(const Address& address, Operator& work,
                                                        const Clock& clock) {
  return http::StartBeastServer(
      {.address = address.host, .port = address.port, .connections_max = 64},
      [&work, &clock](http::ServerExchange& exchange) {
        // A client that went away is its own affair.
        static_cast<void>(
            exchange.Respond(AnswerStatus(exchange.method(), exchange.path(), work, clock)));
      });
}

}  // namespace culvert::control
