// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/table_calls.h"

#include "libs/maxcompute/internal/table_answers.h"
#include "libs/maxcompute/reasons.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace culvert::maxcompute::internal {
namespace {

constexpr std::string_view kPageSize = "1000";

Call TableCall(const ClientConfig& config, const std::string& table) {
  Call call;
  // Names are the same in any case; folded, every part of the system sees one spelling.
  call.path = {"projects", config.project, "tables", record::FoldName(table)};
  call.missing = reasons::kNoSuchTable;
  call.doing = "read table " + config.project + "." +
               (config.schema.empty() ? "" : config.schema + ".") + table;
  return call;
}

/// The schema goes last, as in requests of the official clients.
Result<http::Response> SendTableCall(const OpContext& ctx, Connection& connection, Call call) {
  if (!connection.config().schema.empty()) {
    call.query.emplace_back("curr_schema", connection.config().schema);
  }
  return connection.Send(ctx, call);
}

}  // namespace

Result<Project> GetProject(const OpContext& ctx, Connection& connection) {
  Call call;
  call.path = {"projects", connection.config().project};
  call.query = {{"properties", "all"}};
  call.doing = "read project " + connection.config().project;
  call.missing = reasons::kNoSuchProject;
  CULVERT_ASSIGN_OR_RETURN(const http::Response response, connection.Send(ctx, call));
  return ReadProject(response.body);
}

Result<Table> GetTable(const OpContext& ctx, Connection& connection, const std::string& name) {
  Call call = TableCall(connection.config(), name);
  CULVERT_ASSIGN_OR_RETURN(const http::Response response, SendTableCall(ctx, connection, call));
  CULVERT_ASSIGN_OR_RETURN(Table table, ReadTable(response.body));
  if (table.kind != TableKind::kManaged) return table;
  call.query = {{"extended", ""}};
  CULVERT_ASSIGN_OR_RETURN(const http::Response extended, SendTableCall(ctx, connection, call));
  CULVERT_TRY(ReadTableExtension(extended.body, table));
  return table;
}

Result<std::vector<Partition>> ListPartitions(const OpContext& ctx, Connection& connection,
                                              const std::string& table, std::size_t limit) {
  std::vector<Partition> all;
  std::string marker;
  while (true) {
    Call call = TableCall(connection.config(), table);
    call.doing = "list the partitions of table " + table;
    call.query = {
        {"partitions", ""}, {"expectmarker", "true"}, {"maxitems", std::string(kPageSize)}};
    if (!marker.empty()) call.query.emplace_back("marker", marker);
    CULVERT_ASSIGN_OR_RETURN(const http::Response response, SendTableCall(ctx, connection, call));
    CULVERT_ASSIGN_OR_RETURN(PartitionPage page, ReadPartitionPage(response.body));
    if (all.size() + page.partitions.size() > limit) {
      return Fail(ResourceExhausted("table " + table + " has more than " + std::to_string(limit) +
                                    " partitions")
                      .Because(reasons::kTooManyPartitions));
    }
    const bool stuck = page.marker == marker || page.partitions.empty();
    std::ranges::move(page.partitions, std::back_inserter(all));
    if (page.marker.empty()) return all;
    if (stuck) {
      return Fail(Internal("the service's list of the partitions of table " + table +
                           " does not come to an end")
                      .Because(reasons::kUnexpectedAnswer));
    }
    marker = std::move(page.marker);
  }
}

Result<Partition> GetPartition(const OpContext& ctx, Connection& connection,
                               const std::string& table, const record::PartitionSpec& spec) {
  Call call = TableCall(connection.config(), table);
  call.query = {{"partition", spec.ToQuoted()}};
  call.doing = "read partition " + spec.ToString() + " of table " + table;
  call.missing = reasons::kNoSuchPartition;
  CULVERT_ASSIGN_OR_RETURN(const http::Response response, SendTableCall(ctx, connection, call));
  return ReadPartition(response.body, spec);
}

}  // namespace culvert::maxcompute::internal
