// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/transport.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::http {

/// One request as it went.
struct ObservedRequest {
  std::string_view method;
  std::string_view url;  // whole: not for eyes, see RedactUrl
  int status = 0;        // 0: there was no answer, or an upload was cut short by its owner
  /// Until the headers of the answer; of an upload that is behind its body.
  std::chrono::nanoseconds took{0};
};

/// Is told of every request, from the threads that send them. Must not block.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  virtual void OnRequest(const ObservedRequest& request) = 0;
};

struct ObservedTransportOptions {
  /// Query parameters whose values may be logged; all others are shown as `…`.
  std::vector<std::string> shown_parameters;
  /// Header of the answer by which the service finds the request again, for the log; empty: none.
  std::string request_id_header;
};

/// `inner` with a witness: tells `observer` of each request and logs it at debug level, without
/// headers, bodies and the values of its query. Both must outlive it and its streams.
std::unique_ptr<Transport> ObserveTransport(Transport& inner, RequestObserver& observer,
                                            ObservedTransportOptions options);

/// `https://host/path?blockid=3&signature=…`: the URL with the values of all parameters but
/// `shown` replaced.
std::string RedactUrl(std::string_view url, const std::vector<std::string>& shown);

}  // namespace culvert::http
