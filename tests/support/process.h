// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace culvert::test {

struct ProcessOptions {
  std::vector<std::string> args{};           // the program's path first
  std::map<std::string, std::string> env{};  // added to this process's own
  std::string stdin_text{};                  // at most 64 KiB, then end of file
  std::string working_directory{};           // empty: this one's
};

/// A child process with its outputs on pipes that are drained by two threads, so that it never
/// blocks on them. Killed (SIGKILL) and reaped when the object goes. Methods are thread-safe.
class Process {
 public:
  /// kNotFound or kPermissionDenied when the program cannot be started.
  static Result<std::unique_ptr<Process>> Start(const ProcessOptions& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int pid() const;
  /// The next whole line of standard output, without its newline; kUnavailable when the output
  /// ended, kDeadlineExceeded when `budget` has passed.
  Result<std::string> ReadLine(std::chrono::milliseconds budget);
  /// All of it so far, lines already read included.
  std::string stdout_text() const;
  std::string stderr_text() const;
  /// Sends a signal by process id; no effect when it has ended.
  void Signal(int number);
  /// Waits for the end: the exit code, or 128 + the signal that killed it; both outputs are
  /// complete then. kDeadlineExceeded when `budget` has passed.
  Result<int> Wait(std::chrono::milliseconds budget);
  /// The same without waiting; empty while it runs.
  std::optional<int> ExitCode();

 private:
  struct State;
  explicit Process(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// What one run of a program left.
struct ProcessOutcome {
  int exit_code = 0;
  std::string stdout_text;
  std::string stderr_text;
};

/// Starts and waits.
Result<ProcessOutcome> RunProcess(const ProcessOptions& options, std::chrono::milliseconds budget);

}  // namespace culvert::test
