// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/signer.h"

#include "libs/base/digest.h"
#include "libs/base/time_format.h"

#include <algorithm>
#include <map>

namespace culvert::maxcompute::internal {
namespace {

constexpr std::string_view kPrefix = "x-odps-";

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

}  // namespace

std::string CanonicalString(std::string_view method, std::string_view path,
                            const http::Query& query, const http::Headers& headers) {
  // Absent content headers count as empty lines, so they are there from the start.
  std::map<std::string, std::string> lines = {{"content-md5", ""}, {"content-type", ""}};
  for (const auto& [name, value] : headers.all()) {
    const std::string lower = Lower(name);
    if (lower == "content-md5" || lower == "content-type" || lower == "date" ||
        lower.starts_with(kPrefix)) {
      lines[lower] = value;
    }
  }
  for (const auto& [name, value] : query) {
    if (const std::string lower = Lower(name); lower.starts_with(kPrefix)) lines[lower] = value;
  }

  std::string text(method);
  text += '\n';
  for (const auto& [name, value] : lines) {
    if (name.starts_with(kPrefix)) {
      text += name;
      text += ':';
    }
    text += value;
    text += '\n';
  }

  text += path;
  // Equal keys keep their order.
  std::multimap<std::string_view, std::string_view> sorted(query.begin(), query.end());
  char separator = '?';
  for (const auto& [name, value] : sorted) {
    text += separator;
    text += name;
    if (!value.empty()) {
      text += '=';
      text += value;
    }
    separator = '&';
  }
  return text;
}

std::string AuthorizationV2(const Credentials& credentials, std::string_view canonical) {
  const auto mac = HmacSha1(AsBytes(credentials.access_key_secret.Reveal()), canonical);
  return "ODPS " + credentials.access_key_id + ":" + Base64Encode(mac);
}

std::string AuthorizationV4(const Credentials& credentials, std::string_view region, WallTime now,
                            std::string_view canonical) {
  const std::string date = FormatCompactDate(now);
  const Secret root("aliyun_v4" + std::string(credentials.access_key_secret.Reveal()));
  auto key = HmacSha256(AsBytes(root.Reveal()), date);
  key = HmacSha256(key, region);
  key = HmacSha256(key, "odps");
  key = HmacSha256(key, "aliyun_v4_request");
  // The derivation is SHA-256, the signature itself SHA-1.
  const auto mac = HmacSha1(key, canonical);
  std::string value = "ODPS " + credentials.access_key_id;
  value += '/';
  value += date;
  value += '/';
  value += region;
  value += "/odps/aliyun_v4_request:";
  value += Base64Encode(mac);
  return value;
}

}  // namespace culvert::maxcompute::internal
