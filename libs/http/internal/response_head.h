// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/message.h"

#include <cstddef>
#include <string_view>

namespace culvert::http::internal {

/// Builds a Response out of header lines as they arrive: status line, fields, empty line. Interim
/// answers (1xx) are forgotten when the next status line comes; lines after the final head
/// (trailers) are ignored.
class ResponseHead {
 public:
  static constexpr std::size_t kBytesMax = 1 << 20;

  /// One line with its line end. False when it is malformed or the head grows beyond kBytesMax.
  bool AddLine(std::string_view line);
  /// True when the final head is complete.
  bool done() const { return done_; }
  const Response& response() const { return response_; }
  Response& response() { return response_; }

 private:
  Response response_;
  std::size_t bytes_ = 0;
  bool done_ = false;
};

}  // namespace culvert::http::internal
