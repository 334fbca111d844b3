// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/json_tree.h"

#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <utility>

namespace culvert::syncjob::internal {
namespace {

std::shared_ptr<YamlNode> Make(YamlNode::Kind kind) {
  auto node = std::make_shared<YamlNode>();
  node->kind = kind;
  node->line = node->column = 1;
  return node;
}

YamlRef Scalar(std::string text, bool quoted) {
  auto node = Make(YamlNode::Kind::kScalar);
  node->weight += text.size();
  node->text = std::move(text);
  node->quoted = quoted;
  return node;
}

}  // namespace

YamlRef TreeOfJson(const nlohmann::json& value) {
  if (value.is_null()) return Make(YamlNode::Kind::kNull);
  if (value.is_string()) return Scalar(value.get_ref<const std::string&>(), true);
  if (!value.is_structured()) return Scalar(DumpJson(value), false);
  auto node = Make(value.is_object() ? YamlNode::Kind::kMap : YamlNode::Kind::kSequence);
  for (const auto& [name, member] : value.items()) {
    const YamlRef below = TreeOfJson(member);
    node->weight += below->weight;
    if (value.is_array()) {
      node->items.push_back(below);
    } else {
      node->entries.emplace_back(Scalar(name, true), below);
      node->weight += 1 + name.size();
    }
  }
  return node;
}

}  // namespace culvert::syncjob::internal
