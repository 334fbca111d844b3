// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/client.h"
#include "operator/command_line.h"
#include "operator/operator.h"

#include <string>
#include <vector>

namespace culvert::control {

/// How the program ends.
enum class ExitCode : int {
  kDone = 0,  // asked to stop
  kUnexpected = 1,
  kBadFlags = 2,
  kUnreachable = 3,   // the API server, or it does not accept who we are
  kKindsMissing = 4,  // culvert.dev/v1alpha1
  kLeaseLost = 5,     // others lead: an expected restart
  kBroken = 70,       // an invariant of ours: standard error says which
};
ExitCode ExitCodeOf(const Error& error);

/// Success once the API server serves our kinds. Waits for a server that cannot be reached for up
/// to a minute. kNotFound/KindsMissing, kUnavailable, kUnauthenticated, kPermissionDenied.
Status CheckKinds(const OpContext& ctx, kube::Client& client,
                  const std::vector<std::string>& namespaces);

/// What the flags mean. `random`: hexadecimal digits, for jitter and the name in the election. The
/// networks of `cluster` are refused to the pods beside those that the flags name.
OperatorOptions OptionsFrom(const CommandLine& line, const std::string& own_namespace,
                            const std::string& identity, const std::string& random,
                            const std::vector<std::string>& cluster);

}  // namespace culvert::control
