// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/internal/socket.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::http {

/// A client that sends and shows plain bytes, for what a well-behaved client would never send.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(Connect(port)) {
    socket_.SetTimeout(std::chrono::seconds(20));
    socket_.SetNoDelay();
  }
  void Send(std::string_view text) { EXPECT_TRUE(socket_.WriteAll(text).has_value()); }
  /// Everything up to the server's end of stream, or up to the error that ended it.
  std::string ReadToEnd() {
    while (ReadMore()) {
    }
    return std::move(received_);
  }
  /// Everything up to and including `mark`.
  std::string ReadUntil(std::string_view mark) {
    std::size_t at = received_.find(mark);
    while (at == std::string::npos && ReadMore()) at = received_.find(mark);
    if (at == std::string::npos) return std::move(received_);
    std::string text = received_.substr(0, at + mark.size());
    received_.erase(0, at + mark.size());
    return text;
  }
  /// True when the connection ended with a reset instead of an end of stream.
  bool was_reset() const { return was_reset_; }
  void FinishWriting() { socket_.FinishWriting(); }

 private:
  static int Connect(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return fd;
  }
  bool ReadMore() {
    std::array<std::byte, 4096> room{};
    const auto got = socket_.Read(room);
    was_reset_ = !got.has_value();
    if (!got || *got == 0) return false;
    received_.append(reinterpret_cast<const char*>(room.data()), *got);
    return true;
  }

  internal::Socket socket_;
  std::string received_;
  bool was_reset_ = false;
};

}  // namespace culvert::http
