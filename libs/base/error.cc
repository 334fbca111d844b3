// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/error.h"

namespace culvert {
namespace {

Error Make(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

}  // namespace

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kUnknown:
      return "unknown";
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kDeadlineExceeded:
      return "deadline_exceeded";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kAlreadyExists:
      return "already_exists";
    case ErrorCode::kPermissionDenied:
      return "permission_denied";
    case ErrorCode::kResourceExhausted:
      return "resource_exhausted";
    case ErrorCode::kFailedPrecondition:
      return "failed_precondition";
    case ErrorCode::kAborted:
      return "aborted";
    case ErrorCode::kOutOfRange:
      return "out_of_range";
    case ErrorCode::kUnimplemented:
      return "unimplemented";
    case ErrorCode::kInternal:
      return "internal";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kDataLoss:
      return "data_loss";
    case ErrorCode::kUnauthenticated:
      return "unauthenticated";
  }
  return "unknown";
}

bool IsRetryable(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnavailable:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kDataLoss:
    case ErrorCode::kAborted:
      return true;
    default:
      return false;
  }
}

Error&& Error::With(std::string key, std::string value) && {
  context.emplace_back(std::move(key), std::move(value));
  return std::move(*this);
}

Error& Error::With(std::string key, std::string value) & {
  context.emplace_back(std::move(key), std::move(value));
  return *this;
}

Error&& Error::Because(std::string_view word) && {
  reason = word;
  return std::move(*this);
}

std::string ToString(const Error& error) {
  std::string text = error.message;
  if (error.context.empty()) return text;
  std::string_view separator = " (";
  for (const auto& [key, value] : error.context) {
    text.append(separator).append(key).append("=").append(value);
    separator = ", ";
  }
  text += ')';
  return text;
}

Error Cancelled(std::string message) { return Make(ErrorCode::kCancelled, std::move(message)); }
Error Unknown(std::string message) { return Make(ErrorCode::kUnknown, std::move(message)); }
Error InvalidArgument(std::string message) {
  return Make(ErrorCode::kInvalidArgument, std::move(message));
}
Error DeadlineExceeded(std::string message) {
  return Make(ErrorCode::kDeadlineExceeded, std::move(message));
}
Error NotFound(std::string message) { return Make(ErrorCode::kNotFound, std::move(message)); }
Error AlreadyExists(std::string message) {
  return Make(ErrorCode::kAlreadyExists, std::move(message));
}
Error PermissionDenied(std::string message) {
  return Make(ErrorCode::kPermissionDenied, std::move(message));
}
Error ResourceExhausted(std::string message) {
  return Make(ErrorCode::kResourceExhausted, std::move(message));
}
Error FailedPrecondition(std::string message) {
  return Make(ErrorCode::kFailedPrecondition, std::move(message));
}
Error Aborted(std::string message) { return Make(ErrorCode::kAborted, std::move(message)); }
Error OutOfRange(std::string message) { return Make(ErrorCode::kOutOfRange, std::move(message)); }
Error Unimplemented(std::string message) {
  return Make(ErrorCode::kUnimplemented, std::move(message));
}
Error Internal(std::string message) { return Make(ErrorCode::kInternal, std::move(message)); }
Error Unavailable(std::string message) { return Make(ErrorCode::kUnavailable, std::move(message)); }
Error DataLoss(std::string message) { return Make(ErrorCode::kDataLoss, std::move(message)); }
Error Unauthenticated(std::string message) {
  return Make(ErrorCode::kUnauthenticated, std::move(message));
}

}  // namespace culvert
