// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_routes.h"

namespace culvert::emulator {

// SQL instances are not served yet: a request for one is answered 404.
Status RegisterInstanceRoutes(Router& /*router*/, Services& /*services*/) { return {}; }

}  // namespace culvert::emulator
