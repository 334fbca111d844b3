// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/http/server.h"
#include "operator/command_line.h"
#include "operator/operator.h"

#include <memory>
#include <string_view>

namespace culvert::control {

/// The answer to one request for `/livez`, `/readyz` or `/metrics`.
http::Response AnswerStatus(std::string_view method, std::string_view path, Operator& work,
                            const Clock& clock);

/// Serves them at `address`. `work` and `clock` must outlive the server.
Result<std::unique_ptr<http::Server>> StartStatusServer(const Address& address, Operator& work,
                                                        const Clock& clock);

}  // namespace culvert::control
