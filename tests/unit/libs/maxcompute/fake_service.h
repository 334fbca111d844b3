// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/check.h"
#include "libs/maxcompute/client.h"
#include "tests/support/fake_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::maxcompute {

/// Hands out keys KEY1, KEY2, ... and moves on at each Refresh while there are more.
class RotatingKeys final : public CredentialsProvider {
 public:
  explicit RotatingKeys(int keys) : keys_(keys) {}
  Result<std::shared_ptr<const Credentials>> Get() override {
    return std::make_shared<const Credentials>(Credentials{
        .access_key_id = Name(), .access_key_secret = Secret("c2VjcmV0"), .security_token = {}});
  }
  bool Refresh(const Credentials& rejected) override {
    ++refreshes_;
    if (rejected.access_key_id != Name()) return true;
    if (current_ == keys_) return false;
    ++current_;
    return true;
  }
  int refreshes() const { return refreshes_; }

 private:
  std::string Name() const { return "KEY" + std::to_string(current_); }
  int keys_;
  int current_ = 1;
  int refreshes_ = 0;
};

/// A service that answers from a script, and all that a client of it needs.
class FakeServiceTest : public ::testing::Test {
 protected:
  static ClientConfig Config() {
    ClientConfig config;
    auto endpoint = http::Url::Parse("http://mc.example.com/api");
    CULVERT_CHECK(endpoint.has_value());
    config.endpoint = *endpoint;
    config.tunnel_endpoint = "http://dt.example.com";
    config.project = "demo";
    config.user_agent = "culvert/test";
    return config;
  }

  std::unique_ptr<Client> NewClient(ClientConfig config = Config()) {
    return MakeClient(std::move(config), transport_, keys_, env_.clock());
  }

  OpContext ctx() const { return env_.ctx(); }

  void Answer(int status, std::string body = "", http::Headers headers = {}) {
    transport_.Push(status, std::move(body), std::move(headers));
  }
  void AnswerError(int status, std::string_view code, std::string_view message = "no") {
    Answer(status, R"({"Code":")" + std::string(code) + R"(","Message":")" + std::string(message) +
                       R"(","RequestId":"r1"})");
  }
  void AnswerLost() { transport_.Push(Unavailable("connection reset")); }

  std::size_t RequestCount() const { return transport_.requests().size(); }
  http::Request RequestAt(std::size_t index) const {
    return transport_.requests().at(index).request;
  }
  std::string UrlAt(std::size_t index) const { return RequestAt(index).url; }
  /// Empty when there is no such header.
  std::string HeaderAt(std::size_t index, std::string_view name) const {
    const http::Request request = RequestAt(index);
    return std::string(request.headers.Get(name).value_or(""));
  }
  std::string KeyAt(std::size_t index) const {
    const std::string value = HeaderAt(index, "Authorization");
    return value.substr(5, value.find(':') - 5);
  }

  test::FakeContext env_;
  test::FakeTransport transport_;
  RotatingKeys keys_{1};
};

inline http::Headers HeadersOf(std::initializer_list<std::pair<std::string, std::string>> pairs) {
  http::Headers headers;
  for (const auto& [name, value] : pairs) headers.Set(name, value);
  return headers;
}

}  // namespace culvert::maxcompute
