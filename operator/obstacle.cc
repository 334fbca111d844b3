// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/obstacle.h"

#include "libs/kube/api_error.h"

#include <chrono>
#include <utility>

namespace culvert::control {
namespace {

constexpr std::chrono::seconds kNamespaceAgain{15};

}  // namespace

bool IsObstacle(const Error& error) {
  if (error.reason == kube::kReasonNamespaceTerminating) return false;
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kUnimplemented:
      return true;
    default:
      return error.reason == "NameConflict";
  }
}

std::string ObstacleReason(const Error& error) {
  if (error.message.find("exceeded quota") != std::string::npos) return "QuotaExceeded";
  if (error.code == ErrorCode::kPermissionDenied) return "OperatorForbidden";
  // Words of the API server for one thing: it does not take the object as it is.
  const bool refused =
      error.reason.empty() || error.reason == "Invalid" || error.reason == "BadRequest";
  return refused ? "InvalidSpec" : error.reason;
}

kube::Outcome OutcomeOf(Error error) {
  if (error.code == ErrorCode::kCancelled) return kube::AwaitChange{};
  // All goes with its namespace, which takes a while: nothing to complain about.
  if (error.reason == kube::kReasonNamespaceTerminating) return kube::RequeueAfter{kNamespaceAgain};
  return kube::TryAgain{std::move(error)};
}

}  // namespace culvert::control
