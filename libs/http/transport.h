// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/http/message.h"

#include <cstddef>
#include <memory>
#include <span>

namespace culvert::http {

/// A response whose body is pulled by the caller: back-pressure is the socket. One thread at a
/// time. Destroying it before the end drops the connection.
class DownloadStream {
 public:
  virtual ~DownloadStream() = default;
  /// Status and headers; known since Transport::Download returned. `body` is empty.
  virtual const Response& response() const = 0;
  /// The next bytes of the body (at most 256 KiB), valid until the next call; empty at its end.
  /// kUnavailable on a reset or a body cut short, kDeadlineExceeded on a stall (fewer than the
  /// transport's minimum of bytes per second), kCancelled on stop.
  virtual Result<std::span<const std::byte>> Read(const OpContext& ctx) = 0;
  /// Reads what is left into one string, at most `limit` bytes (kOutOfRange beyond).
  virtual Result<std::string> ReadAll(const OpContext& ctx, std::size_t limit) = 0;
};

/// A request whose body is pushed by the caller, sent with chunked encoding. One thread at a time.
/// Destroying it before Finish cuts the body short, so that the server keeps nothing of it.
class UploadStream {
 public:
  virtual ~UploadStream() = default;
  /// Sends all of `bytes` before it returns (the kernel may still hold some). When the server has
  /// already answered, returns success and the rest is not sent: Finish tells.
  virtual Status Write(const OpContext& ctx, std::span<const std::byte> bytes) = 0;
  /// Ends the body and waits for the response (its body at most 1 MiB).
  virtual Result<Response> Finish(const OpContext& ctx) = 0;
};

/// The only way out of a process over HTTP. Thread-safe; streams it returns are not. No redirects
/// are followed, no content is decoded, no `Expect` is sent. A failure is an Error only when there
/// is no response: connect refused, DNS, TLS, reset, timeout (all kUnavailable or kDeadlineExceeded
/// but TLS verification and a refused address: kFailedPrecondition).
class Transport {
 public:
  virtual ~Transport() = default;
  /// Whole request, whole response; a response body above 64 MiB is kOutOfRange.
  virtual Result<Response> Send(const OpContext& ctx, const Request& request) = 0;
  /// Sends `request` and returns once the response's headers are there.
  virtual Result<std::unique_ptr<DownloadStream>> Download(const OpContext& ctx,
                                                           const Request& request) = 0;
  /// Opens `request` (its `body` is ignored) for a streamed body.
  virtual Result<std::unique_ptr<UploadStream>> Upload(const OpContext& ctx,
                                                       const Request& request) = 0;
};

}  // namespace culvert::http
