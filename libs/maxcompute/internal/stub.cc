// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/stub.h"

#include "libs/base/digest.h"
#include "libs/base/time_format.h"
#include "libs/maxcompute/internal/signer.h"

namespace culvert::maxcompute::internal {

http::Request BuildRequest(const Call& call, const Site& site, const Credentials& credentials,
                           WallTime now) {
  std::string decoded_path;
  std::string encoded_path;
  for (const std::string& segment : call.path) {
    decoded_path += '/';
    decoded_path += segment;
    encoded_path += '/';
    encoded_path += http::PercentEncode(segment);
  }
  http::Query query = call.query;
  query.emplace_back("curr_project", site.project);

  http::Request request{.method = call.method,
                        .url = site.url.ToString() + encoded_path + "?" + http::EncodeQuery(query),
                        .headers = call.headers,
                        .body = call.body};
  http::Headers& headers = request.headers;
  headers.Set("Date", FormatHttpDate(now));
  headers.Set("User-Agent", site.user_agent);
  headers.Set("x-odps-user-agent", site.user_agent);
  if (!call.content_type.empty()) headers.Set("Content-Type", call.content_type);
  // Hexadecimal and not base64, as the official clients send it.
  if (!call.body.empty()) headers.Set("Content-MD5", Md5Hex(call.body));
  if (call.service == Service::kTunnel) {
    headers.Set("x-odps-tunnel-version", "6");
    headers.Set("odps-tunnel-sdk-support-schema-evolution", "true");
  }

  const std::string canonical = CanonicalString(call.method, decoded_path, query, headers);
  headers.Set("Authorization", site.region.empty()
                                   ? AuthorizationV2(credentials, canonical)
                                   : AuthorizationV4(credentials, site.region, now, canonical));
  if (!credentials.security_token.empty()) {
    headers.Set("authorization-sts-token", std::string(credentials.security_token.Reveal()));
  }
  return request;
}

}  // namespace culvert::maxcompute::internal
