// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/csv_reader.h"

namespace culvert::emulator {

CsvReader::CsvReader(std::string_view text) : rest_(text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  constexpr std::size_t kFieldsMax = 1200;  // columns of a table
  unquoted_.resize(kFieldsMax);             // so that views into it stay valid
}

Result<bool> CsvReader::Next(std::vector<std::string_view>& fields) {
  fields.clear();
  unquoted_used_ = 0;
  while (!rest_.empty() && (rest_.front() == '\n' || rest_.starts_with("\r\n"))) {
    rest_.remove_prefix(rest_.front() == '\n' ? 1 : 2);
    ++line_;
  }
  if (rest_.empty()) return false;
  ++line_;
  while (true) {
    if (rest_.starts_with('"')) {
      CULVERT_ASSIGN_OR_RETURN(const std::string_view field, Quoted());
      fields.push_back(field);
    } else {
      const std::size_t end = rest_.find_first_of(",\n");
      std::string_view field = rest_.substr(0, end);
      rest_.remove_prefix(field.size());
      if (field.ends_with('\r')) field.remove_suffix(1);
      fields.push_back(field);
    }
    if (rest_.starts_with('\r')) rest_.remove_prefix(1);
    if (rest_.empty()) return true;
    const char separator = rest_.front();
    rest_.remove_prefix(1);
    if (separator == '\n') return true;
    if (separator != ',') {
      return Fail(
          InvalidArgument("line " + std::to_string(line_) + ": text behind a closing quote"));
    }
  }
}

Result<std::string_view> CsvReader::Quoted() {
  if (unquoted_used_ == unquoted_.size()) {
    return Fail(InvalidArgument("line " + std::to_string(line_) + ": too many fields"));
  }
  std::string& field = unquoted_[unquoted_used_++];
  field.clear();
  rest_.remove_prefix(1);
  while (true) {
    const std::size_t quote = rest_.find('"');
    if (quote == std::string_view::npos) {
      return Fail(InvalidArgument("line " + std::to_string(line_) + ": a quote that does not end"));
    }
    field += rest_.substr(0, quote);
    rest_.remove_prefix(quote + 1);
    if (!rest_.starts_with('"')) return std::string_view(field);
    field += '"';
    rest_.remove_prefix(1);
  }
}

}  // namespace culvert::emulator
