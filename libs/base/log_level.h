// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/followed_file.h"
#include "libs/base/log.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace culvert {

/// `debug`, `info`, `warn` or `error`: the word in flags, files and log lines.
std::string_view LogLevelName(LogLevel level);
/// The level of that name, nothing for any other text.
std::optional<LogLevel> ParseLogLevel(std::string_view name);

/// The least level that is logged, which may change while loggers go by it. Copies are the same
/// threshold. Whoever may change what a process logs is handed one; who only logs is not.
/// Thread-safe.
class LogThreshold {
 public:
  explicit LogThreshold(LogLevel level) : level_(std::make_shared<std::atomic<LogLevel>>(level)) {}

  LogLevel Get() const { return level_->load(std::memory_order_relaxed); }
  /// From now on `level`. `log`, which goes by this threshold, says so where it is another one, in
  /// a line that either of the two lets through.
  void Change(Logger& log, LogLevel level) const;
  /// `sink` for a logger that shall go by this threshold in place of one of its own.
  Logger::Sink Over(Logger::Sink sink) const;

 private:
  std::shared_ptr<std::atomic<LogLevel>> level_;
};

/// A sink that brings its logger the threshold to go by.
struct ThresholdSink {
  LogThreshold threshold;
  Logger::Sink sink;
  void operator()(std::string_view line) const { sink(line); }
};

/// A file that holds the name of a level, white space around it trimmed: `threshold` follows it.
FollowedFile LogLevelFile(std::string path, LogThreshold threshold);

}  // namespace culvert
