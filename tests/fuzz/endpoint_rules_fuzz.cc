// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/http/endpoint_rules.h"
#include "libs/http/ip_address.h"
#include "libs/http/ip_network.h"
#include "libs/http/special_address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using culvert::http::EndpointRules;
using culvert::http::FindSpecialRange;
using culvert::http::IpAddress;
using culvert::http::IpNetwork;

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    lines.emplace_back(line);
    text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
  }
  return lines;
}

void CheckTexts(const std::string& text) {
  if (const auto address = IpAddress::Parse(text)) {
    CULVERT_CHECK(IpAddress::Parse(address->ToString()) == address);
    CULVERT_CHECK(IpNetwork::Of(*address).Contains(*address));
    if (const auto embedded = address->Embedded()) CULVERT_CHECK(embedded->is_v4());
  }
  if (const auto network = IpNetwork::Parse(text)) {
    CULVERT_CHECK(IpNetwork::Parse(network->ToString()) == *network);
  }
}

}  // namespace

/// Lines: a host, an address, entries of the list. Any bytes are refused or make rules under which
/// nobody's addresses stay shut, only networks open special ones, and a refusal's entry opens it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> lines =
      Lines(std::string_view(reinterpret_cast<const char*>(data), size));
  for (const std::string& line : lines) CheckTexts(line);
  if (lines.size() < 3) return 0;
  const std::string host = lines[0];
  const auto address = IpAddress::Parse(lines[1]);
  std::vector<std::string> allow(lines.begin() + 2, lines.end());
  const auto rules = EndpointRules::Make(allow, {});
  if (!rules || !address) return 0;
  const auto refusal = rules->Judge(host, *address);
  const auto* const special = FindSpecialRange(*address);
  bool networks = false;
  for (const std::string& entry : allow) networks = networks || IpNetwork::Parse(entry).has_value();
  if (special != nullptr && (special->nobody || !networks)) CULVERT_CHECK(refusal.has_value());
  if (!refusal) return 0;
  CULVERT_CHECK(!refusal->why.empty());
  CULVERT_CHECK(refusal->entry.empty() == (special != nullptr && special->nobody));
  if (refusal->entry.empty() || allow.size() == EndpointRules::kEntriesMax) return 0;
  allow.push_back(refusal->entry);
  const auto more = EndpointRules::Make(allow, {});
  CULVERT_CHECK(more.has_value() && !more->Judge(host, *address).has_value());
  return 0;
}
