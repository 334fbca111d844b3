// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/result.h"

#include <sys/uio.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace culvert::http::internal {

/// A connected TCP socket in blocking mode. One thread reads, writes and closes; any thread may
/// Shutdown.
class Socket {
 public:
  /// Takes `fd` over.
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// For every later read and write: how long one may wait.
  void SetTimeout(std::chrono::seconds timeout) const;
  void SetNoDelay() const;
  /// At least one byte into `room`, or 0 at the peer's end of stream. kUnavailable when the
  /// connection is broken, kDeadlineExceeded when nothing came within the timeout.
  Result<std::size_t> Read(std::span<std::byte> room) const;
  /// All of `parts`, gathered without copying; the array is used up. Errors as Read.
  Status WriteAll(std::span<iovec> parts) const;
  Status WriteAll(std::string_view text) const;

  /// No more bytes from here (FIN).
  void FinishWriting() const;
  /// Wakes the owner out of any read or write for good. Thread-safe.
  void Shutdown();
  void Close();
  /// Drops unsent bytes and sends a reset (RST).
  void CloseWithReset();

 private:
  int fd_;  // written by the owner under mutex_, so that Shutdown never meets a recycled number
  Mutex mutex_;
};

/// A listening TCP socket.
class Listener {
 public:
  /// `port` 0 takes any free one. kInvalidArgument when `address` is no IPv4 or IPv6 literal,
  /// kFailedPrecondition when it is in use or not of this machine, kPermissionDenied for reserved
  /// ports.
  static Result<Listener> Open(const std::string& address, std::uint16_t port);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  std::uint16_t port() const { return port_; }
  /// The next connection's descriptor. kCancelled after Shutdown, kResourceExhausted when the
  /// process has no descriptor left.
  Result<int> Accept() const;
  /// Ends a blocked Accept and all later ones. Thread-safe.
  void Shutdown() const;

 private:
  Listener(int fd, std::uint16_t port) : fd_(fd), port_(port) {}
  int fd_;
  std::uint16_t port_;
};

}  // namespace culvert::http::internal
