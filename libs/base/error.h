// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert {

/// What went wrong, as a small closed set (the gRPC codes). Whether a failure is worth a retry is a
/// function of the code alone: see IsRetryable.
enum class ErrorCode : std::uint8_t {
  kCancelled,           // our own stop, never the peer's fault
  kUnknown,             // the peer answered something that fits nothing below
  kInvalidArgument,     // the request or the input is wrong whatever the state
  kDeadlineExceeded,    // time ran out; the outcome of what was sent is unknown
  kNotFound,            // the named thing does not exist
  kAlreadyExists,       // the named thing exists
  kPermissionDenied,    // known caller, not allowed
  kResourceExhausted,   // throttled or out of quota: come back later
  kFailedPrecondition,  // the state forbids it (wrong session state, view, external table)
  kAborted,             // lost a race: start over from a fresh read
  kOutOfRange,          // a row range or a value beyond its bounds
  kUnimplemented,       // the input asks for what this program does not do
  kInternal,            // the peer or we broke an invariant
  kUnavailable,         // network or 5xx: the outcome of what was sent is unknown
  kDataLoss,            // bytes that fail their checks (truncated, corrupted)
  kUnauthenticated,     // credentials missing, malformed, rejected or expired
};

/// Lower-case snake_case name of a code, for logs and metrics: "not_found".
std::string_view ErrorCodeName(ErrorCode code);

/// True when a new try of an idempotent request may succeed without anyone acting:
/// kUnavailable, kResourceExhausted, kDeadlineExceeded, kDataLoss, kAborted.
bool IsRetryable(ErrorCode code);

/// A failure as a value. `message` says what failed, on what, and what the user can do: lower case,
/// no full stop, no secret, no URL query. `reason` is one CamelCase word of the documented
/// catalogue (docs/reasons.md) for programs to switch on; empty when the code says it all.
/// `context` are key/value pairs added on the way up, one per layer that knows a noun.
struct Error {
  ErrorCode code = ErrorCode::kUnknown;
  std::string message;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> context;
  std::optional<std::chrono::milliseconds> retry_after;

  /// Adds one pair and returns itself, so that `return Err(...).With("table", name)` reads well.
  Error&& With(std::string key, std::string value) &&;
  Error& With(std::string key, std::string value) &;
  /// Sets `reason`.
  Error&& Because(std::string_view word) &&;
};

/// `message (key=value, key=value)`: one line for people.
std::string ToString(const Error& error);

// One factory per code in use: InvalidArgument("column 'x' is not in table t").
Error Cancelled(std::string message);
Error Unknown(std::string message);
Error InvalidArgument(std::string message);
Error DeadlineExceeded(std::string message);
Error NotFound(std::string message);
Error AlreadyExists(std::string message);
Error PermissionDenied(std::string message);
Error ResourceExhausted(std::string message);
Error FailedPrecondition(std::string message);
Error Aborted(std::string message);
Error OutOfRange(std::string message);
Error Unimplemented(std::string message);
Error Internal(std::string message);
Error Unavailable(std::string message);
Error DataLoss(std::string message);
Error Unauthenticated(std::string message);

}  // namespace culvert
