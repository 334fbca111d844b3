// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/maxcompute/credentials.h"

#include <chrono>
#include <memory>
#include <stop_token>

namespace culvert::runner {

/// `inner`, with patience: a key that is missing, and another one after a rejection, are waited for
/// up to `budget` a call. `stop` ends the wait: kCancelled, or no other key. Thread-safe. `clock`
/// must outlive it.
std::unique_ptr<maxcompute::CredentialsProvider> WaitingCredentials(
    std::unique_ptr<maxcompute::CredentialsProvider> inner, std::chrono::seconds budget,
    std::stop_token stop, Clock& clock);

}  // namespace culvert::runner
