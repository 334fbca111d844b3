// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/failure.h"
#include "operator/look.h"

#include <optional>
#include <string>
#include <string_view>

namespace culvert::control {

// Times without pods: the user's, and our own before something is tried again.

bool IsPaused(const Look& look);
/// The failure of a run whose pause is over for good: credentials were waited for long enough.
std::optional<Failure> GivenUp(const Look& look);
/// What the status says of the pause at hand.
void ShowPause(Look& look);
/// Until somebody renewed a key, or credentialTimeoutSeconds are over.
void PauseForCredentials(Look& look, std::string_view where, const JobObject& job, Failure failure);
/// A failure that may pass: another Job, after a while.
void Retry(Look& look, std::string_view where, const JobObject& job, Failure failure);
/// A Job that ended well and whose result cannot be had: it runs again, at once the first time.
void AskAgain(Look& look, std::string_view where, const JobObject& job, const std::string& why);
void SuspendedByUser(Look& look);

}  // namespace culvert::control
