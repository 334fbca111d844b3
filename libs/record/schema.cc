// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/schema.h"

#include "libs/base/digest.h"

#include <algorithm>

namespace culvert::record {
namespace {

char FoldChar(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::optional<std::size_t> Find(const std::vector<Column>& columns, std::string_view name) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (SameName(columns[i].name, name)) return i;
  }
  return std::nullopt;
}

// One line a column; the length before the name keeps neighbours apart whatever it contains.
void AppendLine(char kind, const Column& column, std::string& text) {
  text += kind;
  text += std::to_string(column.name.size());
  text += ' ';
  text += FoldName(column.name);
  text += ' ';
  text += FoldName(column.type.ToString());
  text += column.nullable ? " null\n" : " not null\n";
}

}  // namespace

std::optional<std::size_t> Schema::FindColumn(std::string_view name) const {
  return Find(columns, name);
}

std::optional<std::size_t> Schema::FindPartitionKey(std::string_view name) const {
  return Find(partition_keys, name);
}

std::string FoldName(std::string_view name) {
  std::string folded(name);
  std::ranges::transform(folded, folded.begin(), FoldChar);
  return folded;
}

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, FoldChar, FoldChar);
}

std::string SchemaHash(const Schema& schema) {
  std::string text;
  for (const Column& column : schema.columns) AppendLine('c', column, text);
  for (const Column& key : schema.partition_keys) AppendLine('p', key, text);
  return Sha256Hex(text);
}

}  // namespace culvert::record
