// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/event_log.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>

namespace culvert::emulator {

Result<std::unique_ptr<EventLog>> EventLog::Open(const std::string& file, const Clock& clock) {
  std::unique_ptr<EventLog> log(new EventLog(clock));
  if (!file.empty()) {
    const MutexLock lock(log->mutex_);
    log->file_ = std::fopen(file.c_str(), "ae");
    if (log->file_ == nullptr) {
      return Fail(FailedPrecondition("event log '" + file + "' cannot be opened: " +
                                     std::strerror(errno)));  // NOLINT(concurrency-mt-unsafe)
    }
  }
  return log;
}

EventLog::~EventLog() {
  if (file_ != nullptr) (void)std::fclose(file_);
}

void EventLog::Append(std::string_view event, std::initializer_list<LogField> fields) {
  nlohmann::ordered_json line;
  const MutexLock lock(mutex_);
  line["seq"] = next_++;
  line["ns"] =
      std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.SteadyNow().time_since_epoch())
          .count();
  line["at"] = FormatRfc3339(clock_.Now());
  line["event"] = event;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.key)] = value; }, field.value);
  }
  std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (file_ != nullptr) {
    (void)std::fwrite(text.data(), 1, text.size(), file_);
    (void)std::fflush(file_);  // a checker reads it after a kill
  }
  kept_.push_back(std::move(text));
  if (kept_.size() > kKeptMax) kept_.pop_front();
}

std::string EventLog::Lines(std::uint64_t after) const {
  const MutexLock lock(mutex_);
  const std::uint64_t first = next_ - kept_.size();
  std::string text;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (first + i > after) text += kept_[i];
  }
  return text;
}

}  // namespace culvert::emulator
