// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/http/internal/body_reader.h"
#include "libs/http/internal/request_head.h"
#include "libs/http/internal/socket.h"
#include "libs/http/server.h"

#include <cstddef>
#include <span>
#include <string>

namespace culvert::http::internal {

/// The reason phrase of a status, "OK" for 200; "Status" for one without a registered phrase.
std::string_view ReasonPhrase(int status);

/// One exchange over one connection. `socket` and `input` (bytes received and not used yet) must
/// outlive it.
class SocketExchange final : public ServerExchange {
 public:
  SocketExchange(Socket& socket, ByteBuffer& input, RequestHead head);

  const std::string& method() const override { return head_.method; }
  const std::string& raw_target() const override { return head_.raw_target; }
  const std::string& path() const override { return head_.path; }
  const Query& query() const override { return head_.query; }
  const Headers& headers() const override { return head_.headers; }

  Result<std::span<const std::byte>> ReadBody() override;
  Result<std::string> ReadWholeBody(std::size_t limit) override;
  Status Respond(const Response& response) override;
  Status Begin(const Response& response) override;
  Status Write(std::span<const std::byte> bytes) override;
  Status End() override;
  void Reset() override;
  void Close() override;

  /// After the handler: answers 500 when it did not answer, skips what it left of the request's
  /// body (at most 1 MiB). True when the connection may serve another request.
  bool Complete();

 private:
  enum class State { kIdle, kStreaming, kAnswered, kBroken };
  Status SendHead(const Response& response, bool chunked);
  Status Send(std::span<iovec> parts);
  Status Expecting(State state) const;
  bool KeepsAlive() const;
  bool SkipBody();

  Socket& socket_;
  ByteBuffer& input_;
  RequestHead head_;
  BodyReader body_;
  State state_ = State::kIdle;
  bool continue_due_ = false;  // the client waits for "100 Continue" before it sends its body
  bool body_failed_ = false;
  bool bodiless_ = false;  // a response to HEAD, or of a status that has no body
  bool chunked_ = false;   // false for HTTP/1.0: the end of the connection ends the body
};

}  // namespace culvert::http::internal
