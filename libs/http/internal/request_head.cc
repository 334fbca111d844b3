// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/request_head.h"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <limits>

namespace culvert::http::internal {
namespace {

namespace beast = boost::beast;
using BeastParser = beast::http::request_parser<beast::http::empty_body>;

constexpr std::uint32_t kHttp11 = 11;

std::string ToText(beast::string_view text) { return {text.data(), text.size()}; }

Error FromBeast(const beast::error_code& error) {
  if (error == beast::http::error::header_limit) {
    return OutOfRange("the request's headers are too large");
  }
  return InvalidArgument("malformed request: " + error.message());
}

std::size_t CountOf(const Headers& headers, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count_if(
      headers.all(), [&](const auto& header) { return SameHeader(header.first, name); }));
}

// Two ways to say where the body ends are how requests get smuggled (RFC 9112 section 6.3).
Status CheckFraming(const RequestHead& head) {
  const std::optional<std::string_view> coding = head.headers.Get("Transfer-Encoding");
  if (!coding) {
    if (CountOf(head.headers, "Content-Length") > 1) {
      return Fail(InvalidArgument("malformed request: more than one content length"));
    }
    return {};
  }
  if (head.headers.Get("Content-Length") || !head.http_1_1) {
    return Fail(InvalidArgument("malformed request: ambiguous body length"));
  }
  // A coding's name has the same rules of case as a header's.
  if (CountOf(head.headers, "Transfer-Encoding") > 1 || !SameHeader(*coding, "chunked")) {
    return Fail(Unimplemented("transfer codings other than chunked are not supported"));
  }
  return {};
}

Status DecodeTarget(RequestHead& head) {
  const std::string_view target = head.raw_target;
  if (!target.starts_with('/')) {
    return Fail(InvalidArgument("malformed request: its target does not begin with '/'"));
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  CULVERT_ASSIGN_OR_RETURN(head.path, PercentDecode(target.substr(0, mark)));
  CULVERT_ASSIGN_OR_RETURN(head.query,
                           ParseQuery(target.substr(std::min(target.size(), mark + 1))));
  return {};
}

}  // namespace

struct RequestHeadParser::State {
  BeastParser parser;
};

RequestHeadParser::RequestHeadParser(std::size_t header_bytes_max)
    : state_(std::make_unique<State>()) {
  const std::size_t limit =
      std::min<std::size_t>(header_bytes_max, std::numeric_limits<std::uint32_t>::max());
  state_->parser.header_limit(static_cast<std::uint32_t>(limit));
  // Bodies are streamed and never held.
  state_->parser.body_limit(std::numeric_limits<std::uint64_t>::max());
}
RequestHeadParser::~RequestHeadParser() = default;

Result<std::size_t> RequestHeadParser::Feed(std::span<const std::byte> bytes) {
  beast::error_code error;
  const std::size_t used =
      state_->parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error && error != beast::http::error::need_more) return Fail(FromBeast(error));
  return used;
}

bool RequestHeadParser::done() const { return state_->parser.is_header_done(); }

Result<RequestHead> RequestHeadParser::Take() {
  const BeastParser& parser = state_->parser;
  const auto& message = parser.get();
  RequestHead head;
  head.method = ToText(message.method_string());
  head.raw_target = ToText(message.target());
  for (const auto& field : message) {
    head.headers.Add(ToText(field.name_string()), ToText(field.value()));
  }
  head.http_1_1 = message.version() >= kHttp11;
  head.keep_alive = parser.keep_alive();
  head.chunked = parser.chunked();
  if (const auto length = parser.content_length()) head.content_length = *length;
  const std::optional<std::string_view> expect = head.headers.Get("Expect");
  head.expects_continue = head.http_1_1 && expect && SameHeader(*expect, "100-continue");
  CULVERT_TRY(CheckFraming(head));
  CULVERT_TRY(DecodeTarget(head));
  return head;
}

}  // namespace culvert::http::internal
