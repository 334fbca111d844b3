// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::http {

/// Header names as written, compared case-insensitively, order kept.
class Headers {
 public:
  void Add(std::string name, std::string value);
  /// Replaces all of that name.
  void Set(std::string name, std::string value);
  /// First value of that name.
  std::optional<std::string_view> Get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

/// True when two header names are the same, whatever their case.
bool SameHeader(std::string_view a, std::string_view b);

/// What to send. `url` is absolute and fully encoded, query included. `body` is for small requests;
/// streams use Transport::Upload.
struct Request {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;
};

/// What came back. Any status is a Response: only the caller knows whether a 404 is a failure.
struct Response {
  int status = 0;
  Headers headers;
  std::string body;  // empty where the body is streamed
};

}  // namespace culvert::http
