// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/result.h"
#include "libs/syncjob/step_message.h"

#include <cstddef>
#include <set>
#include <string>

namespace culvert::runner {

/// What a step's pod says at its end. Steps fill in what they did; Failed adds why not. Committed
/// may be called from any thread.
class LastWord {
 public:
  explicit LastWord(syncjob::Step step) { message_.step = step; }

  syncjob::StepMessage& message() { return message_; }
  /// The session is committed, or may be.
  void Committed(std::size_t session);
  void Failed(const Error& error);

 private:
  syncjob::StepMessage message_;
  Mutex mutex_;
  std::set<std::size_t> committed_ GUARDED_BY(mutex_);
};

/// Writes the message to `path` in place, as the file of a pod is mounted and cannot be replaced.
/// kResourceExhausted/LocalPressure.
Status WriteLastWord(const std::string& path, const syncjob::StepMessage& message);

}  // namespace culvert::runner
