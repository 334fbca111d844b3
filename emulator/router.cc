// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/router.h"

#include <algorithm>

namespace culvert::emulator {
namespace {

using Params = std::map<std::string, std::string, std::less<>>;

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty()) parts.push_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

std::optional<Params> MatchParts(const std::vector<std::string_view>& pattern,
                                 const std::vector<std::string_view>& parts) {
  if (pattern.size() != parts.size()) return std::nullopt;
  Params params;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view want = pattern[i];
    if (want.size() > 2 && want.front() == '{') {
      params.emplace(want.substr(1, want.size() - 2), parts[i]);
    } else if (want != parts[i]) {
      return std::nullopt;
    }
  }
  return params;
}

bool HasKey(const http::Query& query, std::string_view key) {
  return std::ranges::any_of(query, [&](const auto& pair) { return pair.first == key; });
}

}  // namespace

bool Call::Has(std::string_view key) const { return HasKey(exchange.query(), key); }

std::optional<std::string> Call::Query(std::string_view key) const {
  for (const auto& [name, value] : exchange.query()) {
    if (name == key) return value;
  }
  return std::nullopt;
}

std::string Call::Param(std::string_view name) const {
  const auto found = params.find(name);
  return found == params.end() ? std::string() : found->second;
}

std::string Call::SchemaName() const {
  if (const auto found = params.find("schema"); found != params.end()) return found->second;
  if (auto schema = Query("curr_schema")) return *schema;
  return Query("schema_name").value_or("");
}

TableKey Call::Table() const {
  return MakeTableKey(Param("project"), SchemaName(), Param("table"));
}

void Router::Add(Route route) {
  // More query keys first, so that Find takes the first fit.
  const auto place = std::ranges::find_if(
      routes_, [&](const Route& other) { return other.query.size() < route.query.size(); });
  routes_.insert(place, std::move(route));
}

Router::Match Router::Find(std::string_view method, std::string_view path,
                           const http::Query& query) const {
  const std::vector<std::string_view> parts = Split(RelativePath(path));
  // The same path without its /schemas/S, which any table or volume below a project may carry.
  std::vector<std::string_view> flat = parts;
  std::string_view schema;
  if (parts.size() > 4 && parts[0] == "projects" && parts[2] == "schemas") {
    schema = parts[3];
    flat.erase(flat.begin() + 2, flat.begin() + 4);
  }
  Match match;
  for (const Route& route : routes_) {
    const std::vector<std::string_view> pattern = Split(route.pattern);
    std::optional<Params> params = MatchParts(pattern, parts);
    if (!params && !schema.empty()) {
      params = MatchParts(pattern, flat);
      if (params) params->emplace("schema", schema);
    }
    if (!params) continue;
    match.path_known = true;
    if (route.method != method) continue;
    if (!std::ranges::all_of(route.query, [&](const auto& key) { return HasKey(query, key); })) {
      continue;
    }
    match.route = &route;
    match.params = std::move(*params);
    return match;
  }
  return match;
}

std::string_view RelativePath(std::string_view path) {
  if (path == "/api") return "/";
  return path.starts_with("/api/") ? path.substr(4) : path;
}

}  // namespace culvert::emulator
