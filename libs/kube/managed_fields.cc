// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/managed_fields.h"

#include <cstddef>

namespace culvert::kube {
namespace {

// Within a string each quote has a backslash before it: this is a key wherever it stands.
constexpr std::string_view kManagedFieldsKey = R"("managedFields":[)";

/// Offset behind the string whose first quote is at `at`; the end of a text that ends within it.
std::size_t BehindString(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

/// Whether what stands at `at` is a member of `metadata`, which is open at `depth`.
bool IsInMetadata(std::string_view text, std::size_t at, int depth) {
  int open = 0;
  std::string_view key;  // the last string one level above
  for (std::size_t i = 0; i < at;) {
    const char c = text[i];
    if (c == '"') {
      const std::size_t behind = BehindString(text, i);
      if (open == depth - 1) key = text.substr(i, behind - i);
      i = behind;
      continue;
    }
    if (c == '{' || c == '[') ++open;
    if (c == '}' || c == ']') --open;
    ++i;
  }
  return open == depth && key == R"("metadata")";
}

/// Offset behind the bracket that closes the one at `at`, or npos.
std::size_t BehindBrackets(std::string_view text, std::size_t at) {
  int open = 0;
  for (std::size_t i = at; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i = BehindString(text, i);
      continue;
    }
    ++i;
    if (c == '{' || c == '[') ++open;
    if ((c == '}' || c == ']') && --open == 0) return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view WithoutManagedFields(std::string_view text, int depth, std::string& buffer) {
  std::size_t begin = text.find(kManagedFieldsKey);
  if (begin == std::string_view::npos || !IsInMetadata(text, begin, depth)) return text;
  std::size_t end = BehindBrackets(text, begin + kManagedFieldsKey.size() - 1);
  if (end == std::string_view::npos) return text;
  if (end < text.size() && text[end] == ',') {
    ++end;
  } else if (text[begin - 1] == ',') {
    --begin;
  }
  buffer.assign(text.substr(0, begin));
  buffer.append(text.substr(end));
  return buffer;
}

}  // namespace culvert::kube
