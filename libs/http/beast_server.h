// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/server.h"

namespace culvert::http {

/// A server over Boost.Beast with blocking sockets: answers `Expect: 100-continue`, keeps
/// connections alive, streams both ways without copying large bodies.
Result<std::unique_ptr<Server>> StartBeastServer(const ServerOptions& options, Handler handler);

}  // namespace culvert::http
