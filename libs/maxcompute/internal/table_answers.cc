// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/table_answers.h"

#include "libs/base/json.h"
#include "libs/maxcompute/internal/schema_json.h"
#include "libs/maxcompute/internal/xml.h"
#include "libs/maxcompute/reasons.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

namespace culvert::maxcompute::internal {
namespace {

using nlohmann::json;

Result<XmlNode> ReadRoot(std::string_view body, std::string_view name) {
  CULVERT_ASSIGN_OR_RETURN(XmlNode root, ParseXml(body));
  if (root.name != name) {
    return Fail(InvalidArgument("its root element is not <" + std::string(name) + ">"));
  }
  return root;
}

/// The JSON object inside the <Schema> element.
Result<json> ReadEmbedded(const XmlNode& root) {
  CULVERT_ASSIGN_OR_RETURN(json object, ParseJson(root.ChildText("Schema")));
  if (!object.is_object()) return Fail(InvalidArgument("its <Schema> holds no json object"));
  return object;
}

std::optional<TableKind> KindFromName(std::string_view name) {
  constexpr auto kKinds = std::to_array<std::pair<std::string_view, TableKind>>({
      {"managed_table", TableKind::kManaged},
      {"external_table", TableKind::kExternal},
      {"object_table", TableKind::kObject},
      {"virtual_view", TableKind::kView},
      {"materialized_view", TableKind::kMaterializedView},
      {"snapshot", TableKind::kSnapshot},
  });
  const std::string folded = record::FoldName(name);
  for (const auto& [known, kind] : kKinds) {
    if (known == folded) return kind;
  }
  return std::nullopt;
}

/// From <Type>, or from the flags of older answers. An unknown word is an error: what is not known
/// to be a table must not be treated as one.
Result<TableKind> ReadKind(const XmlNode& root, const json& object) {
  constexpr auto kFlags = std::to_array<std::pair<std::string_view, TableKind>>({
      {"isMaterializedView", TableKind::kMaterializedView},
      {"isVirtualView", TableKind::kView},
      {"isObjectTable", TableKind::kObject},
      {"isExternal", TableKind::kExternal},
  });
  const std::string_view name = root.ChildText("Type");
  if (!name.empty()) {
    const auto kind = KindFromName(name);
    if (!kind) return Fail(InvalidArgument("its <Type> is unknown"));
    if (*kind != TableKind::kManaged) return *kind;
  }
  for (const auto& [key, kind] : kFlags) {
    CULVERT_ASSIGN_OR_RETURN(const bool set, JsonBoolOr(object, key, false));
    if (set) return kind;
  }
  return TableKind::kManaged;
}

/// Text of a number, `fallback` where there is none.
Result<std::int64_t> ReadNumber(const XmlNode& node, std::string_view name, std::int64_t fallback) {
  const std::string_view text = node.ChildText(name);
  if (text.empty()) return fallback;
  std::int64_t value = 0;
  const char* end = std::to_address(text.end());
  const auto [stop, problem] = std::from_chars(std::to_address(text.begin()), end, value);
  if (problem != std::errc() || stop != end) {
    return Fail(InvalidArgument("its <" + std::string(name) + "> is no number"));
  }
  return value;
}

Result<Table> TryReadTable(std::string_view body) {
  CULVERT_ASSIGN_OR_RETURN(const XmlNode root, ReadRoot(body, "Table"));
  CULVERT_ASSIGN_OR_RETURN(const json object, ReadEmbedded(root));
  Table table;
  table.name = root.ChildText("Name");
  table.schema_name = root.ChildText("SchemaName");
  table.owner = root.ChildText("Owner");
  if (table.owner.empty()) {
    CULVERT_ASSIGN_OR_RETURN(table.owner, JsonStringOr(object, "owner", ""));
  }
  table.comment = root.ChildText("Comment");
  if (table.comment.empty()) {
    CULVERT_ASSIGN_OR_RETURN(table.comment, JsonStringOr(object, "comment", ""));
  }
  CULVERT_ASSIGN_OR_RETURN(table.kind, ReadKind(root, object));
  CULVERT_ASSIGN_OR_RETURN(table.schema, ReadSchema(object, kRestColumnKeys));
  CULVERT_ASSIGN_OR_RETURN(table.size_bytes, JsonInt64Or(object, "size", -1));
  CULVERT_ASSIGN_OR_RETURN(table.record_count, JsonInt64Or(object, "recordNum", -1));
  CULVERT_ASSIGN_OR_RETURN(table.lifecycle_days, JsonInt64Or(object, "lifecycle", -1));
  return table;
}

/// "true" or true.
bool IsTrue(const json& object, std::string_view key) {
  const auto found = object.find(key);
  if (found == object.end()) return false;
  if (found->is_boolean()) return found->get<bool>();
  return found->is_string() && record::SameName(found->get_ref<const std::string&>(), "true");
}

Status TryReadTableExtension(std::string_view body, Table& table) {
  CULVERT_ASSIGN_OR_RETURN(const XmlNode root, ReadRoot(body, "Table"));
  CULVERT_ASSIGN_OR_RETURN(const json object, ReadEmbedded(root));
  CULVERT_ASSIGN_OR_RETURN(const std::string text, JsonStringOr(object, "Reserved", ""));
  if (text.empty()) return {};
  CULVERT_ASSIGN_OR_RETURN(const json reserved, ParseJson(text));
  if (!reserved.is_object()) return Fail(InvalidArgument("its Reserved is no json object"));
  table.transactional = IsTrue(reserved, "Transactional");
  const auto keys = reserved.find("PrimaryKey");
  if (keys == reserved.end() || keys->is_null()) return {};
  if (!keys->is_array()) return Fail(InvalidArgument("its PrimaryKey is no list"));
  for (const json& key : *keys) {
    if (!key.is_string()) return Fail(InvalidArgument("its PrimaryKey holds no names"));
    table.primary_key.push_back(key.get<std::string>());
  }
  return {};
}

Result<Partition> ReadPartitionItem(const XmlNode& item) {
  Partition partition;
  for (const XmlNode& child : item.children) {
    if (child.name != "Column") continue;
    const std::string* key = child.Attribute("Name");
    const std::string* value = child.Attribute("Value");
    if (key == nullptr || value == nullptr || key->empty()) {
      return Fail(InvalidArgument("a partition's <Column> has no Name or no Value"));
    }
    partition.spec.entries.emplace_back(record::FoldName(*key), *value);
  }
  if (partition.spec.empty()) return Fail(InvalidArgument("a partition has no <Column>"));
  CULVERT_ASSIGN_OR_RETURN(partition.size_bytes, ReadNumber(item, "PartitionSize", -1));
  CULVERT_ASSIGN_OR_RETURN(partition.record_count, ReadNumber(item, "PartitionRecordCount", -1));
  CULVERT_ASSIGN_OR_RETURN(partition.modified_seconds, ReadNumber(item, "LastModifiedTime", 0));
  return partition;
}

Result<PartitionPage> TryReadPartitionPage(std::string_view body) {
  CULVERT_ASSIGN_OR_RETURN(const XmlNode root, ReadRoot(body, "Partitions"));
  PartitionPage page;
  page.marker = root.ChildText("Marker");
  for (const XmlNode& child : root.children) {
    if (child.name != "Partition") continue;
    CULVERT_ASSIGN_OR_RETURN(Partition partition, ReadPartitionItem(child));
    page.partitions.push_back(std::move(partition));
  }
  return page;
}

Result<Partition> TryReadPartition(std::string_view body, const record::PartitionSpec& spec) {
  CULVERT_ASSIGN_OR_RETURN(const XmlNode root, ReadRoot(body, "Partition"));
  CULVERT_ASSIGN_OR_RETURN(const json object, ReadEmbedded(root));
  Partition partition{.spec = spec};
  CULVERT_ASSIGN_OR_RETURN(partition.size_bytes, JsonInt64Or(object, "partitionSize", -1));
  CULVERT_ASSIGN_OR_RETURN(partition.record_count, JsonInt64Or(object, "partitionRecordNum", -1));
  CULVERT_ASSIGN_OR_RETURN(partition.modified_seconds, JsonInt64Or(object, "lastModifiedTime", 0));
  return partition;
}

Result<Project> TryReadProject(std::string_view body) {
  CULVERT_ASSIGN_OR_RETURN(const XmlNode root, ReadRoot(body, "Project"));
  Project project;
  project.name = root.ChildText("Name");
  project.owner = root.ChildText("Owner");
  project.region = root.ChildText("Region");
  for (const std::string_view list : {"Properties", "ExtendedProperties"}) {
    const XmlNode* properties = root.Child(list);
    if (properties == nullptr) continue;
    for (const XmlNode& property : properties->children) {
      if (property.name != "Property") continue;
      project.properties.emplace(property.ChildText("Name"), property.ChildText("Value"));
    }
  }
  return project;
}

}  // namespace

Result<Project> ReadProject(std::string_view body) {
  return Readable(TryReadProject(body), "a project");
}

Result<Table> ReadTable(std::string_view body) { return Readable(TryReadTable(body), "a table"); }

Status ReadTableExtension(std::string_view body, Table& table) {
  return Readable(TryReadTableExtension(body, table), "a table's properties");
}

Result<PartitionPage> ReadPartitionPage(std::string_view body) {
  return Readable(TryReadPartitionPage(body), "partitions");
}

Result<Partition> ReadPartition(std::string_view body, const record::PartitionSpec& spec) {
  return Readable(TryReadPartition(body, spec), "a partition");
}

}  // namespace culvert::maxcompute::internal
