// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"
#include "libs/http/message.h"

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace culvert::kube {

/// The API server's word for a resourceVersion or continue token that is too old: list again.
inline constexpr std::string_view kReasonExpired = "Expired";

/// Nothing can be created in a namespace that is being deleted. The API server says Forbidden, and
/// this as a cause (k8s.io/apiserver, admission/plugin/namespace/lifecycle).
inline constexpr std::string_view kReasonNamespaceTerminating = "NamespaceTerminating";

/// The error of an answer that is no success. `Error::reason` is the API's own reason (NotFound,
/// AlreadyExists, Conflict, Invalid, Forbidden, Expired, TooManyRequests, ...) or
/// kReasonNamespaceTerminating, the message its sentence, at most 1,000 bytes; Retry-After becomes
/// `retry_after`. A Conflict is kAborted, AlreadyExists kAlreadyExists, 410 kAborted, 422
/// kInvalidArgument, 429 kResourceExhausted, 5xx kUnavailable.
Error ErrorFromResponse(const http::Response& response);

/// The same for a `Status` object, as ERROR events of a watch carry it.
Error ErrorFromStatus(const nlohmann::json& status);

}  // namespace culvert::kube
