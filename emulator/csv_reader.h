// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator {

/// Reads CSV (RFC 4180: quotes, doubled quotes, line breaks inside quotes; LF or CRLF) from memory.
/// Not thread-safe.
class CsvReader {
 public:
  /// `text` must outlive the reader.
  explicit CsvReader(std::string_view text);
  /// The next line's fields, valid until the next call. False at the end; blank lines are skipped.
  /// kInvalidArgument with the line number for a quote that does not end.
  Result<bool> Next(std::vector<std::string_view>& fields);
  std::size_t line() const { return line_; }

 private:
  Result<std::string_view> Quoted();
  std::string_view rest_;
  std::size_t line_ = 0;
  std::vector<std::string> unquoted_;  // fields that are not a piece of the text as it is
  std::size_t unquoted_used_ = 0;
};

}  // namespace culvert::emulator
