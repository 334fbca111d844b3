// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/reasons.h"
#include "libs/syncjob/report.h"

namespace culvert::syncjob {
namespace {

ExitCode ByCode(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCancelled:
      return ExitCode::kCancelled;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kOutOfRange:
    case ErrorCode::kFailedPrecondition:
      return ExitCode::kBadPlan;
    case ErrorCode::kNotFound:
      return ExitCode::kNotFound;
    case ErrorCode::kPermissionDenied:
      return ExitCode::kDenied;
    case ErrorCode::kUnimplemented:
      return ExitCode::kUnsupported;
    case ErrorCode::kUnauthenticated:
      return ExitCode::kCredentialsRejected;
    case ErrorCode::kResourceExhausted:
      return ExitCode::kThrottled;
    // Nobody has to act before the next try may succeed.
    case ErrorCode::kUnknown:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kAborted:
    case ErrorCode::kInternal:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDataLoss:
      return ExitCode::kTransient;
  }
  return ExitCode::kTransient;
}

}  // namespace

ExitCode ExitCodeFor(const Error& error) {
  const Reason* const reason = FindReason(error.reason);
  return reason != nullptr && reason->exit ? *reason->exit : ByCode(error.code);
}

}  // namespace culvert::syncjob
