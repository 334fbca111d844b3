// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_routes.h"
#include "emulator/rest_table_text.h"
#include "emulator/rest_xml.h"

#include <algorithm>
#include <utility>

namespace culvert::emulator {
namespace {

using PartitionPtr = std::shared_ptr<const PartitionData>;

std::vector<std::string> KeysOf(const TableDef& table) {
  std::vector<std::string> keys;
  keys.reserve(table.columns.partition_keys.size());
  for (const record::Column& column : table.columns.partition_keys) {
    keys.push_back(record::FoldName(column.name));
  }
  return keys;
}

/// The spec of `?partition=`, in the table's order.
Result<record::PartitionSpec> SpecOf(const Call& call, const TableDef& table) {
  CULVERT_ASSIGN_OR_RETURN(const record::PartitionSpec spec,
                           record::PartitionSpec::Parse(call.Query("partition").value_or("")));
  return record::OrderLike(spec, KeysOf(table));
}

/// True when `spec` has every entry of `filter`.
bool Fits(const record::PartitionSpec& spec, const record::PartitionSpec& filter) {
  return std::ranges::all_of(filter.entries, [&](const auto& entry) {
    return std::ranges::find(spec.entries, entry) != spec.entries.end();
  });
}

/// A path form that is as long as it is unique: names and markers of a list.
std::string PathOf(const record::PartitionSpec& spec) {
  std::string text;
  for (const auto& [key, value] : spec.entries) {
    if (!text.empty()) text += '/';
    text += key + "=" + value;
  }
  return text;
}

struct Listing {
  std::vector<std::string> keys;
  std::map<std::string, PartitionPtr> partitions;
  Page page;
};

Result<Listing> List(const Call& call, const Services& services) {
  const TableKey key = call.Table();
  CULVERT_ASSIGN_OR_RETURN(const auto table, services.catalog.FindTable(key));
  if (table->columns.partition_keys.empty()) {
    return Fail(InvalidArgument("table '" + table->name + "' has no partitions")
                    .Because("InvalidArgument"));
  }
  record::PartitionSpec filter;
  if (const auto text = call.Query("partition"); text && !text->empty()) {
    CULVERT_ASSIGN_OR_RETURN(filter, record::PartitionSpec::Parse(*text));
    for (const auto& [name, value] : filter.entries) {
      if (!table->columns.FindPartitionKey(name)) {
        return Fail(
            InvalidArgument("'" + name + "' is no partition key of table '" + table->name + "'")
                .Because("InvalidPartitionSpec"));
      }
    }
  }
  CULVERT_ASSIGN_OR_RETURN(const auto all, services.catalog.ListPartitions(key));
  Listing listing;
  for (const PartitionPtr& partition : all) {
    if (Fits(partition->spec, filter))
      listing.partitions.emplace(PathOf(partition->spec), partition);
  }
  for (const auto& [path, partition] : listing.partitions) listing.keys.push_back(path);
  const bool descending = call.Has("reverse") && call.Query("reverse") != "false";
  if (descending) std::ranges::reverse(listing.keys);
  listing.page =
      CutPage(listing.keys, call.Query("marker").value_or(""), MaxItems(call), descending);
  return listing;
}

void Finish(XmlWriter& xml, Call& call, const Listing& listing) {
  xml.Leaf("Marker", listing.page.next_marker)
      .Leaf("MaxItems", std::to_string(MaxItems(call)))
      .Close("Partitions");
  RespondXml(call, xml.Take());
}

void ListPartitions(Call& call, Services& services) {
  const auto listing = List(call, services);
  if (!listing) return RespondXmlError(call, listing.error());
  XmlWriter xml;
  xml.Open("Partitions");
  for (std::size_t i = listing->page.begin; i < listing->page.end; ++i) {
    const PartitionData& partition = *listing->partitions.at(listing->keys[i]);
    xml.Open("Partition");
    for (const auto& [key, value] : partition.spec.entries) {
      xml.Leaf("Column", "", "Name=\"" + EscapeXml(key) + "\" Value=\"" + EscapeXml(value) + "\"");
    }
    xml.Leaf("CreationTime", std::to_string(partition.created_seconds))
        .Leaf("LastDDLTime", std::to_string(partition.created_seconds))
        .Leaf("LastModifiedTime", std::to_string(partition.modified_seconds))
        .Leaf("PartitionSize", std::to_string(partition.byte_size()))
        .Leaf("PartitionRecordCount", std::to_string(partition.rows()))
        .Close("Partition");
  }
  Finish(xml, call, *listing);
}

void ListPartitionNames(Call& call, Services& services) {
  const auto listing = List(call, services);
  if (!listing) return RespondXmlError(call, listing.error());
  XmlWriter xml;
  xml.Open("Partitions");
  for (std::size_t i = listing->page.begin; i < listing->page.end; ++i) {
    xml.Open("Partition").Leaf("Name", listing->keys[i]).Close("Partition");
  }
  Finish(xml, call, *listing);
}

void GetPartition(Call& call, Services& services) {
  const TableKey key = call.Table();
  const auto table = services.catalog.FindTable(key);
  if (!table) return RespondXmlError(call, table.error());
  const auto spec = SpecOf(call, **table);
  if (!spec) {
    Error error = spec.error();
    error.reason = "InvalidPartitionSpec";
    return RespondXmlError(call, error);
  }
  const auto partition = services.catalog.Snapshot(key, *spec);
  if (!partition) return RespondXmlError(call, partition.error());
  RespondXml(call,
             PartitionXml(**partition, call.Has("extended") ? Detail::kExtended : Detail::kBasic));
}

}  // namespace

void RegisterPartitionRoutes(Router& router, Services& services) {
  const auto add = [&](std::vector<std::string> query, std::string operation,
                       void (*handler)(Call&, Services&)) {
    router.Add({.method = "GET",
                .pattern = "/projects/{project}/tables/{table}",
                .query = std::move(query),
                .operation = std::move(operation),
                .errors = ErrorForm::kXml,
                .handler = [&services, handler](Call& call) { handler(call, services); }});
  };
  // The list carries `partition` as a filter, so it goes before the single partition.
  add({"partitions", "name"}, "partition.names", ListPartitionNames);
  add({"partitions"}, "partition.list", ListPartitions);
  add({"partition"}, "partition.get", GetPartition);
}

}  // namespace culvert::emulator
