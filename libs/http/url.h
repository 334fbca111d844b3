// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::http {

/// `scheme://host[:port][/path]`, as users write endpoints. No userinfo, query or fragment.
struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; an IPv6 literal without its brackets
  std::uint16_t port = 0;
  std::string path;  // "" or starting with '/', no trailing '/', as written (not decoded)

  /// Refuses other schemes, userinfo, query, fragment, control characters, spaces, an empty host,
  /// port 0 or above 65535, and more than 2,048 bytes. Says which.
  static Result<Url> Parse(std::string_view text);
  /// Without the default port of the scheme.
  std::string ToString() const;
  /// `host[:port]` for a Host header, with brackets for IPv6.
  std::string Authority() const;
};

/// Ordered query parameters, values not encoded. A "bare" key has an empty value.
using Query = std::vector<std::pair<std::string, std::string>>;

/// Percent-encodes everything but ALPHA, DIGIT, '-', '.', '_', '~'.
std::string PercentEncode(std::string_view text);
/// kInvalidArgument for a '%' without two hexadecimal digits. '+' stays '+'.
Result<std::string> PercentDecode(std::string_view text);
/// `a=1&b&c=%28x%29`: encoded, bare keys without '='.
std::string EncodeQuery(const Query& query);
/// The reverse; accepts `key`, `key=`, `key=value`. '+' stays '+'. At most 1,000 parameters.
Result<Query> ParseQuery(std::string_view text);

}  // namespace culvert::http
