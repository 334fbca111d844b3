// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"
#include "libs/http/message.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::maxcompute::internal {

/// What the service said about a failure: the fields of its XML or JSON error body, each empty when
/// absent or when the body is neither.
struct ServiceFailure {
  std::string code;        // "NoSuchTable" or "ODPS-0130131"
  std::string message;     // untrusted: may echo the request
  std::string request_id;  // from the body, else from x-odps-request-id
  std::int64_t hold_millis = 0;
};

ServiceFailure ReadServiceFailure(const http::Response& response);

/// The Error for an answer that is no success. `doing` says what was asked ("read table t1");
/// `missing` is the reason when the service says 404 without saying what is missing. Code and
/// reason come from the service's code where it is known (docs/reasons.md), from the status
/// otherwise. The message holds the service's code and at most 200 characters of its message,
/// scrubbed of anything that looks like a header or a URL query, and none of it when credentials
/// are the matter. Context: status, code, request_id. `retry_after` from Retry-After (seconds or a
/// date) or HoldClientMillis.
Error MapFailure(const http::Response& response, std::string_view doing, std::string_view missing);

/// The first `ODPS-1234567` in `text`, else empty.
std::string_view FindOdpsCode(std::string_view text);

/// One line of at most `limit` bytes for people: white space folded, control characters, URL
/// queries and everything from a word that names a credential on left out.
std::string ScrubMessage(std::string_view text, std::size_t limit);

}  // namespace culvert::maxcompute::internal
