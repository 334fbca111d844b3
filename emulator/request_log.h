// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log.h"
#include "libs/base/result.h"

#include <cstdint>
#include <memory>
#include <string>

namespace culvert::emulator {

struct RequestLine {
  std::string request_id;
  std::string operation;
  std::string method;
  std::string path;  // without the query
  int status = 0;    // 0: the connection was cut instead
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  double milliseconds = 0;
};

/// One JSON line a request, in a file; nothing without one. Thread-safe.
class RequestLog {
 public:
  /// `clock` must outlive the log.
  static Result<std::unique_ptr<RequestLog>> Open(const std::string& file, const Clock& clock);
  void Append(const RequestLine& line);

 private:
  std::unique_ptr<Logger> logger_;
};

}  // namespace culvert::emulator
