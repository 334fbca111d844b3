// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/socket_exchange.h"

#include "libs/base/digest.h"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace culvert::http::internal {
namespace {

constexpr std::size_t kSkippedBytesMax = 1 << 20;
constexpr std::size_t kFillBytes = 64UL * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

// iovec has no const form; sendmsg only reads.
iovec Part(std::string_view text) {
  return {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
}
iovec Part(std::span<const std::byte> bytes) { return Part(AsText(bytes)); }

BodyReader BodyOf(const RequestHead& head, Socket& socket, ByteBuffer& input) {
  auto fill = [&socket](ByteBuffer& into) -> Result<std::size_t> {
    CULVERT_ASSIGN_OR_RETURN(const std::size_t got, socket.Read(into.Reserve(kFillBytes)));
    into.Commit(got);
    return got;
  };
  if (head.chunked) return BodyReader::Chunked(input, std::move(fill));
  return BodyReader::WithLength(input, std::move(fill), head.content_length.value_or(0));
}

bool HasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

bool IsHeaderSafe(const std::pair<std::string, std::string>& header) {
  const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  return !header.first.empty() && std::ranges::none_of(header.first, breaks) &&
         std::ranges::none_of(header.second, breaks);
}

}  // namespace

std::string_view ReasonPhrase(int status) {
  namespace beast = boost::beast;
  const auto known = beast::http::int_to_status(static_cast<unsigned>(status));
  if (known == beast::http::status::unknown) return "Status";
  const beast::string_view phrase = beast::http::obsolete_reason(known);
  return {phrase.data(), phrase.size()};
}

SocketExchange::SocketExchange(Socket& socket, ByteBuffer& input, RequestHead head)
    : socket_(socket),
      input_(input),
      head_(std::move(head)),
      body_(BodyOf(head_, socket, input)),
      continue_due_(head_.expects_continue && !body_.done()) {}

Status SocketExchange::Expecting(State state) const {
  if (state_ == state) return {};
  if (state_ == State::kBroken) return Fail(Unavailable("the connection is closed"));
  return Fail(FailedPrecondition("the response is not in the state for this call"));
}

Result<std::span<const std::byte>> SocketExchange::ReadBody() {
  if (state_ == State::kBroken || body_failed_) {
    return Fail(Unavailable("the connection is closed"));
  }
  if (std::exchange(continue_due_, false)) CULVERT_TRY(socket_.WriteAll(kContinue));
  auto piece = body_.Next();
  body_failed_ = !piece.has_value();
  return piece;
}

Result<std::string> SocketExchange::ReadWholeBody(std::size_t limit) {
  std::string whole;
  while (true) {
    CULVERT_ASSIGN_OR_RETURN(const std::span<const std::byte> piece, ReadBody());
    if (piece.empty()) return whole;
    if (piece.size() > limit - whole.size()) {
      return Fail(
          OutOfRange("the request's body is larger than " + std::to_string(limit) + " bytes"));
    }
    whole.append(AsText(piece));
  }
}

Status SocketExchange::Send(std::span<iovec> parts) {
  Status sent = socket_.WriteAll(parts);
  if (!sent) state_ = State::kBroken;
  return sent;
}

bool SocketExchange::KeepsAlive() const {
  // A client that was not told to go on may or may not send its body: nobody knows where it would
  // end.
  return head_.keep_alive && !continue_due_ && !body_failed_;
}

Status SocketExchange::SendHead(const Response& response, bool chunked) {
  CULVERT_TRY(Expecting(State::kIdle));
  if (response.status < 200 || response.status > 999 ||
      !std::ranges::all_of(response.headers.all(), IsHeaderSafe)) {
    return Fail(InvalidArgument("the response has a status or a header that cannot be sent"));
  }
  bodiless_ = head_.method == "HEAD" || HasNoBody(response.status);
  chunked_ = chunked && head_.http_1_1;
  if (chunked && !head_.http_1_1) head_.keep_alive = false;

  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(ReasonPhrase(response.status)).append(kLineEnd);
  for (const auto& [name, value] : response.headers.all()) {
    if (SameHeader(name, "Content-Length") || SameHeader(name, "Transfer-Encoding") ||
        SameHeader(name, "Connection")) {
      continue;  // ours to say
    }
    head.append(name).append(": ").append(value).append(kLineEnd);
  }
  if (chunked_ && !HasNoBody(response.status)) head += "Transfer-Encoding: chunked\r\n";
  if (!chunked && !HasNoBody(response.status)) {
    head.append("Content-Length: ").append(std::to_string(response.body.size())).append(kLineEnd);
  }
  if (!KeepsAlive()) head += "Connection: close\r\n";
  head += kLineEnd;
  const std::string_view body = chunked || bodiless_ ? std::string_view() : response.body;
  std::array<iovec, 2> parts{Part(head), Part(body)};
  CULVERT_TRY(Send(parts));
  state_ = chunked ? State::kStreaming : State::kAnswered;
  return {};
}

Status SocketExchange::Respond(const Response& response) { return SendHead(response, false); }
Status SocketExchange::Begin(const Response& response) { return SendHead(response, true); }

Status SocketExchange::Write(std::span<const std::byte> bytes) {
  CULVERT_TRY(Expecting(State::kStreaming));
  if (bytes.empty() || bodiless_) return {};
  if (!chunked_) {
    std::array<iovec, 1> parts{Part(bytes)};
    return Send(parts);
  }
  constexpr int kHexadecimal = 16;
  std::array<char, 18> size{};
  char* end = std::to_chars(size.data(), size.data() + 16, bytes.size(), kHexadecimal).ptr;
  *end++ = '\r';
  *end++ = '\n';
  std::array<iovec, 3> parts{Part(std::string_view(size.data(), end)), Part(bytes), Part(kLineEnd)};
  return Send(parts);
}

Status SocketExchange::End() {
  CULVERT_TRY(Expecting(State::kStreaming));
  if (chunked_ && !bodiless_) {
    std::array<iovec, 1> parts{Part(kLastChunk)};
    CULVERT_TRY(Send(parts));
  }
  state_ = State::kAnswered;
  return {};
}

void SocketExchange::Reset() {
  state_ = State::kBroken;
  socket_.CloseWithReset();
}

void SocketExchange::Close() {
  state_ = State::kBroken;
  socket_.FinishWriting();
}

bool SocketExchange::SkipBody() {
  std::size_t skipped = 0;
  while (!body_.done()) {
    const auto piece = body_.Next();
    if (!piece) return false;
    skipped += piece->size();
    if (skipped > kSkippedBytesMax) return false;
  }
  return true;
}

bool SocketExchange::Complete() {
  if (state_ == State::kIdle) {
    Response response;
    response.status = 500;
    response.body = "the handler gave no answer\n";
    if (!Respond(response)) return false;
  }
  // A body that was begun and not ended: the client must see that it is cut short.
  if (state_ != State::kAnswered) return false;
  return KeepsAlive() && SkipBody();
}

}  // namespace culvert::http::internal
