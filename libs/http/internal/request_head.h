// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/http/message.h"
#include "libs/http/url.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace culvert::http::internal {

/// Request line and headers of one HTTP/1 request, checked.
struct RequestHead {
  std::string method;
  std::string raw_target;
  std::string path;  // decoded
  Query query;       // decoded
  Headers headers;
  std::optional<std::uint64_t> content_length;  // empty: no body, unless chunked
  bool chunked = false;
  bool http_1_1 = true;
  bool keep_alive = true;
  bool expects_continue = false;
};

/// Reads one request head out of bytes as they come. Boost.Beast's parser inside: the only use of
/// it.
class RequestHeadParser {
 public:
  explicit RequestHeadParser(std::size_t header_bytes_max);
  ~RequestHeadParser();
  RequestHeadParser(const RequestHeadParser&) = delete;
  RequestHeadParser& operator=(const RequestHeadParser&) = delete;

  /// Takes bytes and says how many were used up; the rest must be given again with more behind it,
  /// unless done(). kOutOfRange when the head is larger than allowed (answer 431), kUnimplemented
  /// for a transfer coding other than chunked (501), kInvalidArgument for anything malformed (400).
  Result<std::size_t> Feed(std::span<const std::byte> bytes);
  bool done() const;
  /// Once done.
  Result<RequestHead> Take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace culvert::http::internal
