// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/endpoint_guard.h"

#include <string_view>
#include <utility>

namespace culvert::runner {

http::AddressGuard GuardEndpoints(http::EndpointRules rules, std::string data_source) {
  return [rules = std::move(rules), data_source = std::move(data_source)](
             std::string_view host, const http::IpAddress& address) -> Status {
    const auto refusal = rules.Judge(host, address);
    if (!refusal) return {};
    std::string message =
        refusal->why + "; correct endpoint or tunnelEndpoint of DataSource '" + data_source + "'";
    if (!refusal->entry.empty()) {
      message += ", or have " + refusal->entry +
                 " added to --endpoint-allow of the operator (operator.endpointAllow of its chart)";
    }
    return Fail(FailedPrecondition(std::move(message)).Because("EndpointNotAllowed"));
  };
}

}  // namespace culvert::runner
