// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::convert {

struct YamlEntry;

/// A YAML value to be written, entries in the order in which a person would write them.
struct YamlValue {
  enum class Kind : std::uint8_t { kText, kWord, kList, kMap };
  Kind kind = Kind::kMap;
  std::string text;                // kText: quoted where need be; kWord: a number, true or false
  std::vector<YamlValue> items;    // kList
  std::vector<YamlEntry> entries;  // kMap
  bool not_yet = false;            // an entry that this version refuses when it is used

  static YamlValue Text(std::string_view text);
  static YamlValue Word(std::string_view word);
  static YamlValue Flag(bool flag);
  static YamlValue Texts(const std::vector<std::string>& texts);
  /// A list that is filled later.
  static YamlValue List();

  /// Appends an entry to this map and returns its value. `name` is an identifier.
  YamlValue& Set(std::string_view name, YamlValue value);
  /// The same with an empty map.
  YamlValue& Set(std::string_view name);
};

struct YamlEntry {
  std::string name;
  YamlValue value;
};

// Behind the entries: a value is complete with them.
inline YamlValue YamlValue::Flag(bool flag) { return Word(flag ? "true" : "false"); }

/// Whether entries that are `not_yet` are written.
enum class YamlParts : std::uint8_t { kAll, kDone };

/// The map as a block: two spaces a level, lists of short scalars in brackets, a line feed at the
/// end. Readers of YAML 1.1 and 1.2 find the same values.
std::string WriteYaml(const YamlValue& map, YamlParts parts = YamlParts::kAll);

/// Where a scalar stands: commas and brackets end one inside `[ ]`.
enum class YamlContext : std::uint8_t { kBlock, kFlow };

/// `text` as it is where every reader takes it for that string, else in double quotes. `text` is
/// UTF-8.
std::string YamlScalar(std::string_view text, YamlContext context);

}  // namespace culvert::convert
