// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"
#include "libs/http/server.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator {

/// One request on its way through the emulator. The exchange is already wrapped: it adds
/// `x-odps-request-id`, counts bytes and carries out faults.
struct Call {
  http::ServerExchange& exchange;
  std::string request_id;
  std::string operation;      // of the route: "block.put", "sql.submit"
  std::string access_key_id;  // empty for anonymous
  std::map<std::string, std::string, std::less<>> params;  // from the path, decoded

  /// Whether the query has `key`, with or without a value: clients write `?downloads`,
  /// `?downloads=` and `?uploads=1` for the same thing.
  bool Has(std::string_view key) const;
  /// First value of `key`; empty text for a bare key.
  std::optional<std::string> Query(std::string_view key) const;
  /// The path parameter, or empty.
  std::string Param(std::string_view name) const;
  /// Of `{project}` and `{table}`; the schema is the path segment `/schemas/S`, else `curr_schema`,
  /// else `schema_name`, else the default.
  TableKey Table() const;
  std::string SchemaName() const;
};

/// How a route's errors are written: REST clients read XML, Tunnel clients only JSON (rest.md 4.1).
enum class ErrorForm : std::uint8_t { kXml, kJson };

struct Route {
  std::string method;
  /// `/projects/{project}/tables/{table}`, relative to the endpoint: the router also serves it
  /// under
  /// `/api`, and with `/schemas/{schema}` behind the project.
  std::string pattern;
  /// Query keys that must be present. Of the routes that fit a request the one with the most keys
  /// wins; among equals the one added first.
  std::vector<std::string> query;
  std::string operation;
  ErrorForm errors = ErrorForm::kXml;
  std::function<void(Call&)> handler;
};

/// Method and path to handler. Built once, then read by every thread.
class Router {
 public:
  void Add(Route route);
  struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string, std::less<>> params;
    bool path_known = false;  // some route has this path, so 405 rather than 404
  };
  Match Find(std::string_view method, std::string_view path, const http::Query& query) const;

 private:
  std::vector<Route> routes_;
};

/// `/projects/p` for `/api/projects/p`: the path relative to the endpoint, as it is signed.
std::string_view RelativePath(std::string_view path);

}  // namespace culvert::emulator
