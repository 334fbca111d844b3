// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/http/listen_address.h"
#include "libs/http/message.h"
#include "libs/http/server.h"
#include "runner/telemetry.h"

#include <memory>
#include <stop_token>
#include <string_view>

namespace culvert::runner {

/// Serves what a process tells of itself, on threads of its own and for few at a time, while the
/// work goes on:
///
///   /livez     200 while the process is there
///   /readyz    200 while it works; 503 before its inputs are read, and once it was asked to stop
///   /progress  JSON, see docs/operations.md
///   /metrics   see docs/metrics.md
///
/// Says the port in the log. `telemetry` must outlive the server.
Result<std::unique_ptr<http::Server>> StartStatusServer(const OpContext& ctx,
                                                        const http::ListenAddress& address,
                                                        Telemetry& telemetry);

/// The answer to one request.
http::Response AnswerStatus(std::string_view method, std::string_view path,
                            const std::stop_token& stop, Telemetry& telemetry);

}  // namespace culvert::runner
