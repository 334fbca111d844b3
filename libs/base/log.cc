// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/log.h"

#include "libs/base/log_level.h"
#include "libs/base/mutex.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cerrno>

namespace culvert {
namespace {

LogThreshold ThresholdOf(const Logger::Sink& sink, LogLevel own) {
  const auto* brought = sink.target<ThresholdSink>();
  return brought != nullptr ? brought->threshold : LogThreshold(own);
}

}  // namespace

struct Logger::State {
  const LogThreshold threshold;
  const Clock& clock;
  Mutex mutex;
  Sink sink GUARDED_BY(mutex);
};

Logger::Logger(LogLevel threshold, const Clock& clock, Sink sink)
    : state_(new State{.threshold = ThresholdOf(sink, threshold),
                       .clock = clock,
                       .mutex = {},
                       .sink = std::move(sink)}) {}
Logger::~Logger() = default;

void Logger::Debug(std::string_view message, std::initializer_list<LogField> fields) {
  Write(LogLevel::kDebug, message, fields);
}
void Logger::Info(std::string_view message, std::initializer_list<LogField> fields) {
  Write(LogLevel::kInfo, message, fields);
}
void Logger::Warn(std::string_view message, std::initializer_list<LogField> fields) {
  Write(LogLevel::kWarn, message, fields);
}
void Logger::Error(std::string_view message, std::initializer_list<LogField> fields) {
  Write(LogLevel::kError, message, fields);
}

void Logger::Write(LogLevel level, std::string_view message,
                   std::initializer_list<LogField> fields) {
  if (level < state_->threshold.Get()) return;
  nlohmann::ordered_json line;
  line["ts"] = FormatRfc3339(state_->clock.Now(), Subseconds::kMilliseconds);
  line["level"] = LogLevelName(level);
  line["msg"] = message;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.key)] = value; }, field.value);
  }
  using Json = nlohmann::ordered_json;
  const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  const MutexLock lock(state_->mutex);
  state_->sink(text);
}

Logger::Sink StderrSink() {
  return [](std::string_view line) {
    while (!line.empty()) {
      const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;  // nowhere left to complain
      line.remove_prefix(static_cast<std::size_t>(written));
    }
  };
}

}  // namespace culvert
