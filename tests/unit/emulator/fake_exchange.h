// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/digest.h"
#include "libs/http/server.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::emulator {

/// An exchange without a socket: the request is given, the answer is kept.
class FakeExchange final : public http::ServerExchange {
 public:
  FakeExchange(std::string method, std::string target, http::Headers headers = {})
      : method_(std::move(method)), target_(std::move(target)), headers_(std::move(headers)) {
    const std::size_t question = target_.find('?');
    path_ = http::PercentDecode(target_.substr(0, question)).value();
    if (question != std::string::npos) {
      query_ = http::ParseQuery(target_.substr(question + 1)).value();
    }
  }
  void SetBody(std::string body, std::size_t piece_bytes = 1000) {
    body_ = std::move(body);
    piece_bytes_ = piece_bytes;
  }

  const std::string& method() const override { return method_; }
  const std::string& raw_target() const override { return target_; }
  const std::string& path() const override { return path_; }
  const http::Query& query() const override { return query_; }
  const http::Headers& headers() const override { return headers_; }
  Result<std::span<const std::byte>> ReadBody() override {
    const std::string_view rest = std::string_view(body_).substr(read_);
    const std::string_view piece = rest.substr(0, piece_bytes_);
    read_ += piece.size();
    return AsBytes(piece);
  }
  Result<std::string> ReadWholeBody(std::size_t) override { return body_.substr(read_); }
  Status Respond(const http::Response& response) override {
    status = response.status;
    answer_headers = response.headers;
    answer = response.body;
    ended = true;
    return {};
  }
  Status Begin(const http::Response& response) override {
    status = response.status;
    answer_headers = response.headers;
    return {};
  }
  Status Write(std::span<const std::byte> bytes) override {
    answer += AsText(bytes);
    ++writes;
    return {};
  }
  Status End() override {
    ended = true;
    return {};
  }
  void Reset() override { reset = true; }
  void Close() override { closed = true; }

  int status = 0;
  http::Headers answer_headers;
  std::string answer;
  int writes = 0;
  bool ended = false;
  bool reset = false;
  bool closed = false;

 private:
  std::string method_;
  std::string target_;
  std::string path_;
  http::Query query_;
  http::Headers headers_;
  std::string body_;
  std::size_t piece_bytes_ = 1000;
  std::size_t read_ = 0;
};

}  // namespace culvert::emulator
