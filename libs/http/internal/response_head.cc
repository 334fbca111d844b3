// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/response_head.h"

#include <charconv>
#include <string>

namespace culvert::http::internal {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr int kFirstFinalStatus = 200;

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// The number in `HTTP/1.1 200 OK`, or 0.
int StatusOf(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  const std::string_view digits = line.substr(space + 1, 3);
  int status = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && status >= 100 ? status : 0;
}

}  // namespace

bool ResponseHead::AddLine(std::string_view line) {
  if (done_) return true;
  bytes_ += line.size();
  if (bytes_ > kBytesMax) return false;
  const std::string_view text = Trimmed(line);
  if (text.starts_with("HTTP/")) {
    response_ = {};
    response_.status = StatusOf(text);
    return response_.status != 0;
  }
  if (response_.status == 0) return false;
  if (text.empty()) {
    done_ = response_.status >= kFirstFinalStatus;
    return true;
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  response_.headers.Add(std::string(Trimmed(text.substr(0, colon))),
                        std::string(Trimmed(text.substr(colon + 1))));
  return true;
}

}  // namespace culvert::http::internal
