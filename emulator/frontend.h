// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/admin_routes.h"
#include "emulator/exchange.h"
#include "emulator/request_log.h"

#include <atomic>
#include <cstdint>
#include <stop_token>

namespace culvert::emulator {

struct FrontendOptions {
  bool anonymous = false;  // requests without a signature are let in
  bool admin = true;       // /_culvert/ and x-culvert-fault are served
};

/// What every request passes before and after its handler: id, faults, signature, project, log,
/// metrics. Thread-safe.
class Frontend {
 public:
  /// Everything handed in must outlive the frontend.
  Frontend(const FrontendOptions& options, const Router& router, AdminServices& admin,
           RequestLog& log);
  void Handle(http::ServerExchange& inner);

 private:
  void Dispatch(Call& call, EmulatorExchange& exchange, const Route& route);
  /// Carries out what of a fault needs doing before the handler; true when the request is done
  /// with.
  bool Before(const FaultAction& fault, Call& call, EmulatorExchange& exchange, const Route& route);
  Result<std::optional<FaultAction>> FaultFor(const Call& call);
  Result<std::string> Authenticate(const http::ServerExchange& exchange) const;
  std::string NextRequestId();
  void Count(const Call& call, const EmulatorExchange& exchange);

  FrontendOptions options_;
  const Router& router_;
  AdminServices& admin_;
  RequestLog& log_;
  std::atomic<std::uint64_t> requests_ = 0;
  std::string id_prefix_;
};

}  // namespace culvert::emulator
