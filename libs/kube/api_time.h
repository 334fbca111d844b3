// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"

#include <chrono>

namespace culvert::kube {

/// How long this thread has waited for API servers, ever: for its turn, and from a request to its
/// answer. The difference over a piece of work is what the server, not we, took of its time.
std::chrono::nanoseconds ApiTimeOfThread();

/// Adds its lifetime to that.
class ApiWait {
 public:
  explicit ApiWait(const Clock& clock) : clock_(clock), began_(clock.SteadyNow()) {}
  ~ApiWait();
  ApiWait(const ApiWait&) = delete;
  ApiWait& operator=(const ApiWait&) = delete;

 private:
  const Clock& clock_;
  const SteadyTime began_;
};

}  // namespace culvert::kube
