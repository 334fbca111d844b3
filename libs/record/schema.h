// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/type.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::record {

struct Column {
  std::string name;  // as the service spells it
  Type type;
  bool nullable = true;
  std::string comment;
  std::optional<std::string> default_value;  // literal text

  bool operator==(const Column& other) const = default;
};

/// Data columns in record order, and partition keys in order. Names compare case-insensitively.
struct Schema {
  std::vector<Column> columns;
  std::vector<Column> partition_keys;

  std::optional<std::size_t> FindColumn(std::string_view name) const;
  std::optional<std::size_t> FindPartitionKey(std::string_view name) const;
  bool operator==(const Schema& other) const = default;
};

/// ASCII lower case, as MaxCompute folds names.
std::string FoldName(std::string_view name);
bool SameName(std::string_view a, std::string_view b);

/// SHA-256 over folded names, types and nullability, in hexadecimal: equal hash, equal layout.
std::string SchemaHash(const Schema& schema);

}  // namespace culvert::record
