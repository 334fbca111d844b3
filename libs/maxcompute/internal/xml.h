// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::maxcompute::internal {

inline constexpr std::size_t kXmlBytesMax = 64UL * 1024 * 1024;
inline constexpr int kXmlDepthMax = 64;
/// Elements and attributes together: bounds the tree's memory at about 130 MB whatever the
/// document.
inline constexpr std::size_t kXmlNodesMax = 1'000'000;

/// One element: a value, children included.
struct XmlNode {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;  // character data and CDATA directly inside, joined
  std::vector<XmlNode> children;

  /// First child of that name, or nullptr.
  const XmlNode* Child(std::string_view child_name) const;
  /// Text of the first child of that name without surrounding white space; empty when there is
  /// none.
  std::string_view ChildText(std::string_view child_name) const;
  /// Value of an attribute, or nullptr.
  const std::string* Attribute(std::string_view attribute_name) const;
};

/// Reads one XML 1.0 document in UTF-8 and returns its root. Strict and not validating: a DOCTYPE,
/// any entity but the five predefined ones, another encoding, unbalanced tags and control
/// characters are kInvalidArgument with the byte offset, as is a document beyond the limits above.
/// Comments and processing instructions are skipped, line ends are folded to '\n'.
Result<XmlNode> ParseXml(std::string_view document);

/// `text` for use inside an element or attribute: the five entities escaped, also '\r' and, because
/// attributes fold them, '\t' and '\n'. kInvalidArgument for what XML cannot carry (control
/// characters, bad UTF-8).
Result<std::string> EscapeXml(std::string_view text);

/// `text` as CDATA, split where it holds "]]>". Errors as EscapeXml.
Result<std::string> XmlCdata(std::string_view text);

}  // namespace culvert::maxcompute::internal
