// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/maxcompute/internal/xml.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using culvert::maxcompute::internal::EscapeXml;
using culvert::maxcompute::internal::ParseXml;
using culvert::maxcompute::internal::XmlCdata;
using culvert::maxcompute::internal::XmlNode;

std::string Escaped(std::string_view text) {
  const auto escaped = EscapeXml(text);
  CULVERT_CHECK(escaped.has_value());  // what was read can be written
  return *escaped;
}

void Write(const XmlNode& node, std::string& out) {
  out += '<' + node.name;
  for (const auto& [name, value] : node.attributes) {
    out += ' ';
    out += name;
    out += "=\"" + Escaped(value) + '"';
  }
  out += '>' + Escaped(node.text);
  for (const XmlNode& child : node.children) Write(child, out);
  out += "</" + node.name + '>';
}

bool Same(const XmlNode& a, const XmlNode& b) {
  if (a.name != b.name || a.attributes != b.attributes || a.text != b.text ||
      a.children.size() != b.children.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    if (!Same(a.children[i], b.children[i])) return false;
  }
  return true;
}

}  // namespace

/// Any bytes: refused, or a tree that reads back the same when written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto root = ParseXml(text)) {
    std::string written;
    Write(*root, written);
    const auto again = ParseXml(written);
    CULVERT_CHECK(again.has_value() && Same(*root, *again));
  }
  if (const auto cdata = XmlCdata(text); cdata && text.find('\r') == std::string_view::npos) {
    const auto root = ParseXml("<r>" + *cdata + "</r>");
    CULVERT_CHECK(root.has_value() && root->text == text);
  }
  return 0;
}
