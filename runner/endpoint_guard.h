// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/curl_transport.h"
#include "libs/http/endpoint_rules.h"

#include <string>

namespace culvert::runner {

/// For the connections of a DataSource: to its endpoint, and to the tunnel that it or the service
/// names. Refuses with kFailedPrecondition/EndpointNotAllowed, and says what to do about it.
http::AddressGuard GuardEndpoints(http::EndpointRules rules, std::string data_source);

}  // namespace culvert::runner
