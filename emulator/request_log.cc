// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/request_log.h"

#include <cstdio>

namespace culvert::emulator {

Result<std::unique_ptr<RequestLog>> RequestLog::Open(const std::string& file, const Clock& clock) {
  auto log = std::make_unique<RequestLog>();
  if (file.empty()) return log;
  const std::shared_ptr<std::FILE> out(std::fopen(file.c_str(), "ae"), [](std::FILE* opened) {
    if (opened != nullptr) (void)std::fclose(opened);
  });
  if (out == nullptr) {
    return Fail(FailedPrecondition("request log '" + file + "' cannot be opened"));
  }
  log->logger_ = std::make_unique<Logger>(LogLevel::kInfo, clock, [out](std::string_view line) {
    (void)std::fwrite(line.data(), 1, line.size(), out.get());
    (void)std::fflush(out.get());
  });
  return log;
}

void RequestLog::Append(const RequestLine& line) {
  if (logger_ == nullptr) return;
  logger_->Info("request", {{"request_id", line.request_id},
                            {"operation", line.operation},
                            {"method", line.method},
                            {"path", line.path},
                            {"status", line.status},
                            {"request_bytes", line.request_bytes},
                            {"response_bytes", line.response_bytes},
                            {"ms", line.milliseconds}});
}

}  // namespace culvert::emulator
