// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace culvert {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

/// One key/value of a log line. Secret has no conversion to it, so it cannot be logged. Text is not
/// copied: a field lives no longer than the call it is written in.
struct LogField {
  std::string_view key;
  std::variant<std::int64_t, std::uint64_t, double, bool, std::string_view> value;

  template <typename T>
    requires std::is_arithmetic_v<T>
  LogField(std::string_view k, T v) : key(k) {  // NOLINT(google-explicit-constructor)
    if constexpr (std::is_same_v<T, bool>) {
      value = v;
    } else if constexpr (std::is_floating_point_v<T>) {
      value = static_cast<double>(v);
    } else if constexpr (std::is_unsigned_v<T>) {
      value = static_cast<std::uint64_t>(v);
    } else {
      value = static_cast<std::int64_t>(v);
    }
  }
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
};

/// Constant message plus key/values, one JSON line per call:
/// `{"ts":"2026-01-02T03:04:05.678Z","level":"info","msg":"shard done","shard":3}`. Thread-safe.
class Logger {
 public:
  using Sink = std::function<void(std::string_view line)>;  // gets a whole line with its newline

  /// `clock` must outlive the logger. `sink` is called under a lock.
  Logger(LogLevel threshold, const Clock& clock, Sink sink);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  void Debug(std::string_view message, std::initializer_list<LogField> fields = {});
  void Info(std::string_view message, std::initializer_list<LogField> fields = {});
  void Warn(std::string_view message, std::initializer_list<LogField> fields = {});
  void Error(std::string_view message, std::initializer_list<LogField> fields = {});

 private:
  void Write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields);
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes whole lines to standard error.
Logger::Sink StderrSink();

}  // namespace culvert
