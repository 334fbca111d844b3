// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/http/message.h"
#include "libs/http/url.h"
#include "libs/maxcompute/credentials.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::maxcompute::internal {

enum class Service : std::uint8_t { kRest, kTunnel };

/// May the request be sent again when it failed? Declared where the call is made.
enum class Repeat : std::uint8_t {
  kAlways,          // idempotent: by the retry policy
  kWhenRefused,     // only when the service said "later" without doing anything
  kOnNewKeyOrDate,  // one try; again only after a refused key or date, which did nothing either
};

/// One question to the service, before it is signed.
struct Call {
  Service service = Service::kRest;
  std::string method = "GET";
  std::vector<std::string> path;  // segments, not encoded: projects, p, tables, t
  http::Query query;              // without curr_project
  http::Headers headers;          // beyond those that every request has
  std::string content_type;       // empty: no such header
  std::string body;
  Repeat repeat = Repeat::kAlways;
  std::string doing;         // for messages: "read table t1"
  std::string_view missing;  // the reason of a 404 that does not say what is missing
};

/// Where a service lives and how it wants to be talked to.
struct Site {
  http::Url url;       // REST: with its /api path
  std::string region;  // not empty: signature v4
  std::string project;
  std::string user_agent;
};

/// The signed request for `call`, dated `now`.
http::Request BuildRequest(const Call& call, const Site& site, const Credentials& credentials,
                           WallTime now);

}  // namespace culvert::maxcompute::internal
