// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/auth.h"
#include "emulator/faults.h"
#include "emulator/offset_clock.h"
#include "emulator/tunnel_routes.h"

namespace culvert::emulator {

/// What a test may turn while the emulator runs. Everything outlives the routes.
struct AdminServices {
  TunnelServices& tunnel;
  FaultSwitchboard& faults;
  KeyRing& keys;
  OffsetClock& clock;
};

/// Routes below /_culvert/: health, faults, keys, clock, events, limits, sessions, properties of
/// projects. They ask for no signature.
void RegisterAdminRoutes(Router& router, AdminServices& admin);

}  // namespace culvert::emulator
