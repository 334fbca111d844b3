// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator {

/// One element of a request body. Attributes are read past: no request of the REST API has any.
struct XmlElement {
  std::string name;
  std::string text;  // of this element alone: character data and CDATA, entities resolved
  std::vector<XmlElement> children;

  /// First child of that name, or null.
  const XmlElement* Child(std::string_view child_name) const;
  /// Text of the first child of that name without the white space around it, or empty.
  std::string ChildText(std::string_view child_name) const;
};

/// Reads one document: elements, text, CDATA, the five named and the numeric entities, comments,
/// one declaration. kInvalidArgument/ODPS-0420031 for anything else (a DOCTYPE included), for more
/// than 8 MiB, 10,000 elements or 32 levels.
Result<XmlElement> ParseXml(std::string_view text);

/// Builds a response body. Names are the caller's own literals.
class XmlWriter {
 public:
  XmlWriter();
  /// `<name>`; `attributes` is written as is, with a space before it.
  XmlWriter& Open(std::string_view name, std::string_view attributes = {});
  XmlWriter& Close(std::string_view name);
  /// `<name>escaped</name>`, or `<name/>` for an empty text.
  XmlWriter& Leaf(std::string_view name, std::string_view text, std::string_view attributes = {});
  /// `<name><![CDATA[text]]></name>`.
  XmlWriter& Cdata(std::string_view name, std::string_view text, std::string_view attributes = {});
  std::string Take() { return std::move(text_); }

 private:
  void Tag(std::string_view name, std::string_view attributes, std::string_view end);
  std::string text_;
};

}  // namespace culvert::emulator
