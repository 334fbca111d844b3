// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/log_level.h"

#include "libs/base/op_context.h"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert {
namespace {

constexpr std::array kLevels = {
    std::pair{LogLevel::kDebug, "debug"}, std::pair{LogLevel::kInfo, "info"},
    std::pair{LogLevel::kWarn, "warn"}, std::pair{LogLevel::kError, "error"}};

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

std::string_view LogLevelName(LogLevel level) {
  for (const auto& [known, name] : kLevels) {
    if (known == level) return name;
  }
  return "error";
}

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  for (const auto& [level, known] : kLevels) {
    if (known == name) return level;
  }
  return std::nullopt;
}

void LogThreshold::Change(Logger& log, LogLevel level) const {
  const LogLevel before = Get();
  if (before == level) return;
  // The line is written while the lower of the two holds; from `error` to `warn` only a warning is
  // let through.
  const LogLevel lower = std::min(before, level);
  level_->store(lower, std::memory_order_relaxed);
  const std::string_view from = LogLevelName(before);
  const std::string_view to = LogLevelName(level);
  if (lower == LogLevel::kWarn) {
    log.Warn("log level changed", {{"from", from}, {"to", to}});
  } else {
    log.Info("log level changed", {{"from", from}, {"to", to}});
  }
  level_->store(level, std::memory_order_relaxed);
}

Logger::Sink LogThreshold::Over(Logger::Sink sink) const {
  return ThresholdSink{.threshold = *this, .sink = std::move(sink)};
}

FollowedFile LogLevelFile(std::string path, LogThreshold threshold) {
  return {
      std::move(path), "log level not read, it stays as it is",
      [threshold = std::move(threshold)](const OpContext& ctx, const std::string& text) -> Status {
        const std::string_view name = Trimmed(text);
        const auto level = ParseLogLevel(name);
        if (!level) {
          return Fail(
              InvalidArgument("'" + std::string(name) + "' must be debug, info, warn or error"));
        }
        threshold.Change(ctx.log, *level);
        return {};
      }};
}

}  // namespace culvert
