// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/yaml_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <utility>

namespace culvert::convert {
namespace {

using YamlKind = YamlValue::Kind;

constexpr std::size_t kLineBytesMax = 100;  // a list that is longer gets a line an item

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Words that YAML 1.1 or 1.2 reads as null, a boolean or a number, whatever their case.
bool IsReserved(std::string_view text) {
  static constexpr std::array<std::string_view, 11> kWords = {
      "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"};
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::ranges::find(kWords, lower) != kWords.end();
}

/// Numbers, dates and times begin with a digit, a sign or a dot, and indicators with a sign of
/// punctuation: only what begins otherwise may go without quotes.
bool IsPlain(std::string_view text, YamlContext context) {
  if (text.empty() || IsReserved(text)) return false;
  const char first = text.front();
  if (!IsLetter(first) && first != '_' && first != '/') return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) {
    return false;
  }
  return std::ranges::all_of(text, [context](char c) {
    if (c < 0x20 || c > 0x7E) return false;  // also each byte beyond ASCII
    // yaml-cpp ends a scalar in brackets at a question mark, too.
    return context == YamlContext::kBlock ||
           std::string_view(",?[]{}").find(c) == std::string_view::npos;
  });
}

/// U+0085, U+2028, U+2029 break lines in YAML 1.1, U+FEFF is a mark, the C1 controls and the two
/// last code points of a plane are not printable.
std::uint32_t CodePointToEscape(std::string_view text, std::size_t& bytes) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])) : 0U;
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80) {
    bytes = 1;
    return first < 0x20 || first == 0x7F ? first : 0;
  }
  std::uint32_t point = 0;
  if (first < 0xE0) {
    bytes = 2;
    point = ((first & 0x1FU) << 6U) | (byte(1) & 0x3FU);
  } else if (first < 0xF0) {
    bytes = 3;
    point = ((first & 0x0FU) << 12U) | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
  } else {
    bytes = 4;
    point = ((first & 0x07U) << 18U) | ((byte(1) & 0x3FU) << 12U) | ((byte(2) & 0x3FU) << 6U) |
            (byte(3) & 0x3FU);
  }
  const bool hidden = point < 0xA0 || point == 0x2028 || point == 0x2029 || point == 0xFEFF ||
                      (point & 0xFFFEU) == 0xFFFE;
  return hidden ? point : 0;
}

std::string DoubleQuoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    std::size_t bytes = 1;
    const char c = text.front();
    const std::uint32_t escaped = CodePointToEscape(text, bytes);
    bytes = std::min(bytes, text.size());
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (escaped != 0 || c == '\0') {
      std::array<char, 12> code{};
      std::snprintf(code.data(), code.size(), escaped < 0x10000 ? "\\u%04X" : "\\U%08X", escaped);
      out += code.data();
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out + '"';
}

std::string ScalarOf(const YamlValue& value, YamlContext context) {
  return value.kind == YamlKind::kWord ? value.text : YamlScalar(value.text, context);
}

bool IsScalar(const YamlValue& value) {
  return value.kind == YamlKind::kText || value.kind == YamlKind::kWord;
}

std::string FlowList(const YamlValue& list) {
  std::string out = "[";
  for (const YamlValue& item : list.items) {
    if (out.size() > 1) out += ", ";
    out += ScalarOf(item, YamlContext::kFlow);
  }
  return out + "]";
}

void WriteMap(const YamlValue& map, std::size_t indent, YamlParts parts, std::string& out);

/// What follows `name:` or `-`, with the space or line feed before it.
void WriteValue(const YamlValue& value, std::size_t indent, std::size_t used, YamlParts parts,
                std::string& out) {
  if (IsScalar(value)) {
    out += " " + ScalarOf(value, YamlContext::kBlock) + "\n";
    return;
  }
  if (value.kind == YamlKind::kMap) {
    const bool empty = std::ranges::all_of(value.entries, [parts](const YamlEntry& entry) {
      return entry.value.not_yet && parts == YamlParts::kDone;
    });
    out += empty ? " {}\n" : "\n";
    WriteMap(value, indent + 2, parts, out);
    return;
  }
  if (std::ranges::all_of(value.items, IsScalar)) {
    const std::string flow = FlowList(value);
    if (used + 1 + flow.size() <= kLineBytesMax) {
      out += " " + flow + "\n";
      return;
    }
  }
  out += "\n";
  for (const YamlValue& item : value.items) {
    if (item.kind != YamlKind::kMap) {
      out += std::string(indent + 2, ' ') + "-";
      WriteValue(item, indent + 2, indent + 3, parts, out);
      continue;
    }
    // The first entry of a map stands behind the dash.
    std::string block;
    WriteMap(item, indent + 4, parts, block);
    if (block.empty()) block = std::string(indent + 4, ' ') + "{}\n";
    block[indent + 2] = '-';
    out += block;
  }
}

void WriteMap(const YamlValue& map, std::size_t indent, YamlParts parts, std::string& out) {
  for (const YamlEntry& entry : map.entries) {
    if (entry.value.not_yet && parts == YamlParts::kDone) continue;
    out += std::string(indent, ' ') + entry.name + ":";
    WriteValue(entry.value, indent, indent + entry.name.size() + 1, parts, out);
  }
}

}  // namespace

YamlValue YamlValue::Text(std::string_view text) {
  YamlValue value;
  value.kind = YamlKind::kText;
  value.text = text;
  return value;
}

YamlValue YamlValue::Word(std::string_view word) {
  YamlValue value;
  value.kind = YamlKind::kWord;
  value.text = word;
  return value;
}

YamlValue YamlValue::List() {
  YamlValue value;
  value.kind = YamlKind::kList;
  return value;
}

YamlValue YamlValue::Texts(const std::vector<std::string>& texts) {
  YamlValue value = List();
  for (const std::string& text : texts) value.items.push_back(Text(text));
  return value;
}

YamlValue& YamlValue::Set(std::string_view name, YamlValue value) {
  entries.push_back({.name = std::string(name), .value = std::move(value)});
  return entries.back().value;
}

YamlValue& YamlValue::Set(std::string_view name) { return Set(name, YamlValue()); }

std::string WriteYaml(const YamlValue& map, YamlParts parts) {
  std::string out;
  WriteMap(map, 0, parts, out);
  return out;
}

std::string YamlScalar(std::string_view text, YamlContext context) {
  return IsPlain(text, context) ? std::string(text) : DoubleQuoted(text);
}

}  // namespace culvert::convert
