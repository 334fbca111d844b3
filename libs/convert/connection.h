// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/secret.h"
#include "libs/convert/field_reader.h"

#include <optional>
#include <string>
#include <string_view>

namespace culvert::convert {

/// Where a table is, as one step of a script says it: the name of a data source that the platform
/// keeps, or the fields of one.
struct Connection {
  std::string data_source;  // its name; empty: the fields below
  std::string project;
  std::string schema;
  std::string endpoint;
  std::string tunnel_endpoint;
  Secret access_id;
  Secret access_key;
  Secret security_token;
  // Of `datasource` or `project`, for messages.
  std::string path;
  Place place;

  bool Named() const { return !data_source.empty(); }
  bool HasKeys() const { return !access_id.empty(); }
};

/// Members of a step whose values are keys: never shown, and never filled from a command line.
bool IsKeyField(std::string_view name);

/// Reads `datasource` or the inline fields of a step. Nothing when they are refused.
std::optional<Connection> ReadConnection(FieldReader& in);

/// Whether both mean the same DataSource and Secret.
bool SameConnection(const Connection& a, const Connection& b);

}  // namespace culvert::convert
