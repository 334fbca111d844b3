// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>
#include <thread>

namespace culvert {

/// Turns the first SIGINT or SIGTERM into a stop request and the second into the end of the process
/// (exit code 143), which everything of ours survives as well as SIGKILL. Made before any other
/// thread, so that all of them inherit the blocked signals.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void Watch(int signals, int end);

  std::stop_source stop_;
  int end_ = -1;  // readable when the watcher shall go
  std::jthread watcher_;
};

/// No core dumps and no reading of this process's memory by others: keys are in it.
void ProtectMemory();

}  // namespace culvert
