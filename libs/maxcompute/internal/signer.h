// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/http/message.h"
#include "libs/http/url.h"
#include "libs/maxcompute/credentials.h"

#include <string>
#include <string_view>

namespace culvert::maxcompute::internal {

/// The text that is signed. `path` is decoded and relative to the endpoint (no `/api`); `query` is
/// decoded; headers that take no part are ignored. As observed of the official clients:
/// content-md5, content-type, date and x-odps-* headers and parameters, sorted by lower-cased name,
/// then the resource with its sorted query, values unencoded.
std::string CanonicalString(std::string_view method, std::string_view path,
                            const http::Query& query, const http::Headers& headers);

/// Value of Authorization: `ODPS <id>:<base64 of HMAC-SHA1>`.
std::string AuthorizationV2(const Credentials& credentials, std::string_view canonical);

/// Value of Authorization with a key derived for the UTC day of `now` and `region`:
/// `ODPS <id>/<yyyymmdd>/<region>/odps/aliyun_v4_request:<base64 of HMAC-SHA1>`.
std::string AuthorizationV4(const Credentials& credentials, std::string_view region, WallTime now,
                            std::string_view canonical);

}  // namespace culvert::maxcompute::internal
