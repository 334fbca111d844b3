// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/api_error.h"

#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace culvert::kube {
namespace {

constexpr std::size_t kMessageBytesMax = 1'000;
constexpr std::int64_t kRetryAfterSecondsMax = 3'600;

ErrorCode CodeOf(std::int64_t http_code, std::string_view reason) {
  switch (http_code) {
    case 400:
    case 413:
    case 415:
    case 422:
      return ErrorCode::kInvalidArgument;
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 405:
      return ErrorCode::kUnimplemented;
    case 409:
      return reason == "AlreadyExists" ? ErrorCode::kAlreadyExists : ErrorCode::kAborted;
    case 410:
      return ErrorCode::kAborted;
    case 429:
      return ErrorCode::kResourceExhausted;
    default:
      return http_code >= 500 ? ErrorCode::kUnavailable : ErrorCode::kUnknown;
  }
}

std::string_view ReasonOf(std::int64_t http_code) {
  switch (http_code) {
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 409:
      return "Conflict";
    case 410:
      return kReasonExpired;
    case 422:
      return "Invalid";
    case 429:
      return "TooManyRequests";
    default:
      return http_code >= 500 ? "ServerError" : "Unknown";
  }
}

/// Its reason, or that of a cause which says more.
std::string ReasonIn(const nlohmann::json& status) {
  const nlohmann::json causes =
      status.value(nlohmann::json::json_pointer("/details/causes"), nlohmann::json());
  if (causes.is_array()) {
    for (const nlohmann::json& cause : causes) {
      if (cause.is_object() &&
          cause.value("reason", nlohmann::json()) == kReasonNamespaceTerminating) {
        return std::string(kReasonNamespaceTerminating);
      }
    }
  }
  return JsonStringOr(status, "reason", "").value_or("");
}

Error Make(std::int64_t http_code, std::string reason, std::string message) {
  if (reason.empty() || reason == "Gone") reason = ReasonOf(http_code);
  if (message.empty()) message = "the API server answered " + std::to_string(http_code);
  if (message.size() > kMessageBytesMax) message.resize(kMessageBytesMax);
  return Error{.code = CodeOf(http_code, reason),
               .message = std::move(message),
               .reason = std::move(reason),
               .context = {},
               .retry_after = {}};
}

}  // namespace

Error ErrorFromStatus(const nlohmann::json& status) {
  if (!status.is_object()) return Make(500, "", "");
  return Make(JsonInt64Or(status, "code", 500).value_or(500), ReasonIn(status),
              JsonStringOr(status, "message", "").value_or(""));
}

Error ErrorFromResponse(const http::Response& response) {
  Error error;
  const auto body = ParseJson(response.body);
  if (body && body->is_object() && JsonStringOr(*body, "kind", "").value_or("") == "Status") {
    error = Make(response.status, ReasonIn(*body), JsonStringOr(*body, "message", "").value_or(""));
  } else {
    error = Make(response.status, "", "");
  }
  if (const auto header = response.headers.Get("Retry-After")) {
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(header->data(), header->data() + header->size(), seconds);
    if (parsed.ec == std::errc() && seconds >= 0 && seconds <= kRetryAfterSecondsMax) {
      error.retry_after = std::chrono::seconds(seconds);
    }
  }
  return error;
}

}  // namespace culvert::kube
