// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/http/url.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using culvert::http::EncodeQuery;
using culvert::http::ParseQuery;
using culvert::http::PercentDecode;
using culvert::http::PercentEncode;
using culvert::http::Query;
using culvert::http::Url;

void CheckUrl(std::string_view text) {
  const auto url = Url::Parse(text);
  if (!url) return;
  CULVERT_CHECK(!url->host.empty() && url->port != 0);
  const auto again = Url::Parse(url->ToString());
  CULVERT_CHECK(again.has_value());
  CULVERT_CHECK(again->scheme == url->scheme && again->host == url->host);
  CULVERT_CHECK(again->port == url->port && again->path == url->path);
}

void CheckQuery(std::string_view text) {
  auto query = ParseQuery(text);
  if (!query) return;
  // A parameter of neither name nor value has no written form of its own.
  std::erase(*query, Query::value_type());
  const auto again = ParseQuery(EncodeQuery(*query));
  CULVERT_CHECK(again.has_value() && *again == *query);
}

}  // namespace

/// Any bytes: refused, or the same again after printing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckUrl(text);
  CheckQuery(text);
  const auto decoded = PercentDecode(PercentEncode(text));
  CULVERT_CHECK(decoded.has_value() && *decoded == text);
  return 0;
}
