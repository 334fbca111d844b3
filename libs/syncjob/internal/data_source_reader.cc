// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/spec_reader.h"

#include <algorithm>
#include <charconv>

namespace culvert::syncjob::internal {
namespace {

constexpr std::size_t kUrlBytesMax = 2'048;
constexpr std::size_t kNameBytesMax = 253;

/// What is wrong with an endpoint, empty when nothing is. Only the parts that a run relies on:
/// scheme, host, port, and no place for a secret.
std::string EndpointProblem(std::string_view url, bool allow_http) {
  const bool https = url.starts_with("https://");
  if (!https && !url.starts_with("http://")) return "must begin with https:// (or http://)";
  if (!https && !allow_http) {
    return "http sends data and signatures in the clear, use https or set allowInsecureHttp: true";
  }
  std::string_view rest = url.substr(https ? 8 : 7);
  if (rest.find_first_of("?#") != std::string_view::npos)
    return "must have no query and no fragment";
  const bool odd = std::ranges::any_of(
      rest, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '\\'; });
  if (odd) return "holds a space, a backslash or a control character";
  std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.find('@') != std::string_view::npos) return "must hold no user or password";
  std::string_view host = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return "has an IPv6 address without ']'";
    host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!port.empty() && port[0] != ':') return "has text after ']'";
    if (!port.empty()) port.remove_prefix(1);
    if (authority.ends_with(':')) return "has an empty port";
  } else if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    if (port.empty()) return "has an empty port";
  }
  if (host.empty()) return "has no host";
  if (port.empty()) return {};
  unsigned value = 0;
  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), value);
  if (problem != std::errc() || end != port.data() + port.size() || value < 1 || value > 65'535) {
    return "has a port outside 1..65535";
  }
  return {};
}

std::string ReadEndpoint(ObjectReader& in, std::string_view field, bool allow_http) {
  std::string url = in.Text(field, kUrlBytesMax);
  if (!in.ok() || url.empty()) return url;
  const std::string problem = EndpointProblem(url, allow_http);
  if (!problem.empty()) in.Fail(field, problem);
  return url;
}

/// `2024-02-29`; the day of the month is not held against the calendar.
bool IsDay(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&text](std::size_t at, std::size_t size) {
    int value = 0;
    for (const char c : text.substr(at, size)) {
      if (c < '0' || c > '9') return -1;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const int month = number(5, 2);
  const int day = number(8, 2);
  return number(0, 4) >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

std::string ReadName(ReadContext& context, ObjectReader& in, std::string_view field,
                     bool required) {
  const YamlNode* node = in.Map(field, required);
  if (node == nullptr) return {};
  ObjectReader ref(context, node, in.PathOf(field), {"name"});
  std::string name = ref.RequiredText("name", kNameBytesMax);
  // It becomes a part of the paths at which pods see the object.
  if (!name.empty() && !IsObjectName(name, kNameBytesMax, true)) {
    ref.Fail("name", "must be the name of an object: lower-case letters, digits, '-' and '.'");
  }
  return name;
}

}  // namespace

void ReadDataSourceSpec(ReadContext& context, const YamlNode& node, DataSource& data_source) {
  ObjectReader spec(context, &node, "spec", {"maxCompute", "mysql", "postgresql", "kafka"});
  for (const std::string_view kind : {"mysql", "postgresql", "kafka"}) {
    spec.Unsupported(kind, "use maxCompute");
  }
  const YamlNode* chosen = spec.Map("maxCompute", true);
  if (chosen == nullptr) return;
  ObjectReader in(
      context, chosen, "spec.maxCompute",
      {"endpoint", "tunnelEndpoint", "project", "schema", "quotaName", "region", "crossRegion",
       "createdAt", "credentialsRef", "caBundleRef", "allowInsecureHttp", "limits"});
  data_source.allow_insecure_http = in.Flag("allowInsecureHttp", false);
  data_source.endpoint = ReadEndpoint(in, "endpoint", data_source.allow_insecure_http);
  if (data_source.endpoint.empty()) in.Fail("endpoint", "required");
  data_source.tunnel_endpoint = ReadEndpoint(in, "tunnelEndpoint", data_source.allow_insecure_http);
  data_source.project = in.RequiredText("project");
  data_source.schema = in.Text("schema");
  data_source.quota_name = in.Text("quotaName");
  data_source.region = in.Text("region");
  data_source.cross_region = in.Text("crossRegion");
  if (!data_source.cross_region.empty() && data_source.cross_region != "cen") {
    in.Fail("crossRegion", "must be cen, or left out");
  }
  data_source.created_at = in.Text("createdAt");
  if (!data_source.created_at.empty() && !IsDay(data_source.created_at)) {
    in.Fail("createdAt", "must be a day such as 2023-12-10");
  }
  data_source.credentials_secret = ReadName(context, in, "credentialsRef", true);
  data_source.ca_bundle_config_map = ReadName(context, in, "caBundleRef", false);
  ObjectReader limits(context, in.Map("limits"), in.PathOf("limits"),
                      {"maxConcurrentStreams", "maxBlocksPerSession"});
  data_source.concurrent_streams_max =
      static_cast<std::int32_t>(limits.Integer("maxConcurrentStreams", 1, 1'000, 64));
  data_source.blocks_per_session_max =
      static_cast<std::uint64_t>(limits.Integer("maxBlocksPerSession", 1, 300'000, 20'000));
}

}  // namespace culvert::syncjob::internal
