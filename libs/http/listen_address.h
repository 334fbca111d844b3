// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/http/server.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace culvert::http {

/// Where a program listens, as a flag says it.
struct ListenAddress {
  std::string host;  // IPv4 or IPv6 literal without brackets; empty: every address of the machine
  std::uint16_t port = 0;  // 0: any free port
  bool operator==(const ListenAddress&) const = default;

  /// `:9090`, `127.0.0.1:0`, `[::1]:8080`. kInvalidArgument for anything else, names of hosts
  /// among them.
  static Result<ListenAddress> Parse(std::string_view text);
};

/// StartBeastServer at `address`; an empty host takes IPv6 and IPv4 where the machine has both.
Result<std::unique_ptr<Server>> StartServerAt(const ListenAddress& address, ServerOptions options,
                                              Handler handler);

}  // namespace culvert::http
