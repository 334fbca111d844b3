// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/api_time.h"

namespace culvert::kube {
namespace {

// Of the thread: a call and who asks about it are on one, and nothing has to be handed through.
thread_local std::chrono::nanoseconds waited{0};

}  // namespace

std::chrono::nanoseconds ApiTimeOfThread() { return waited; }

ApiWait::~ApiWait() { waited += clock_.SteadyNow() - began_; }

}  // namespace culvert::kube
