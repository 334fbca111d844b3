// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_table_text.h"
#include "emulator/sql/run_context.h"
#include "libs/record/partition_spec.h"

#include <utility>

namespace culvert::emulator::sql {
namespace {

std::string PadTo(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string ColumnLine(const record::Column& column) {
  return "| " + PadTo(column.name, 24) + " | " + PadTo(column.type.ToString(), 24) + " | " +
         PadTo(column.comment, 24) + " |\n";
}

std::string ListedPath(const record::PartitionSpec& spec) {
  std::string text;
  for (const auto& [key, value] : spec.entries) {
    text += (text.empty() ? "" : "/") + key + "=" + value;
  }
  return text;
}

}  // namespace

Result<Outcome> RunDescribe(RunContext& run, const Describe& statement) {
  CULVERT_ASSIGN_OR_RETURN(const auto table, run.Find(statement.name));
  Outcome outcome;
  if (!statement.spec.empty()) {
    const auto partition = run.catalog.Snapshot(run.KeyOf(statement.name), statement.spec);
    if (!partition) return Fail(DdlError(partition.error()));
    outcome.text = "| PartitionSize: " + std::to_string((*partition)->byte_size()) +
                   " |\n| CreateTime: " + HttpDate((*partition)->created_seconds) +
                   " |\n| LastModifiedTime: " + HttpDate((*partition)->modified_seconds) + " |\n";
    return outcome;
  }
  const std::string line(82, '-');
  outcome.text = "+" + line + "+\n| Project: " + table->project +
                 " | TableComment: " + table->comment +
                 " |\n| CreateTime: " + HttpDate(table->created_seconds) +
                 " |\n| Type: " + std::string(TableTypeName(table->kind)) + " |\n";
  if (table->lifecycle_days > 0) {
    outcome.text += "| Lifecycle: " + std::to_string(table->lifecycle_days) + " |\n";
  }
  outcome.text += "+" + line + "+\n| Native Columns: |\n+" + line + "+\n";
  for (const record::Column& column : table->columns.columns) outcome.text += ColumnLine(column);
  if (!table->columns.partition_keys.empty()) {
    outcome.text += "+" + line + "+\n| Partition Columns: |\n+" + line + "+\n";
    for (const record::Column& key : table->columns.partition_keys) outcome.text += ColumnLine(key);
  }
  outcome.text += "+" + line + "+\n";
  return outcome;
}

Result<Outcome> RunShowPartitions(RunContext& run, const ShowPartitions& statement) {
  CULVERT_ASSIGN_OR_RETURN(const auto table, run.Find(statement.name));
  if (table->columns.partition_keys.empty()) {
    return Fail(
        SemanticError(statement.name.at, run.FullName(statement.name) + " has no partitions"));
  }
  CULVERT_ASSIGN_OR_RETURN(const auto partitions,
                           run.catalog.ListPartitions(run.KeyOf(statement.name)));
  Outcome outcome;
  for (const auto& partition : partitions) outcome.text += ListedPath(partition->spec) + "\n";
  return outcome;
}

Result<Outcome> RunShowTables(RunContext& run, const ShowTables& statement) {
  const auto project = run.projects.Find(run.session.project);
  if (!project) return Fail(project.error());
  Outcome outcome;
  for (const auto& table : run.catalog.ListTables(run.session.project, run.session.schema)) {
    if (statement.like &&
        !record::WildcardMatch(record::FoldName(*statement.like), record::FoldName(table->name))) {
      continue;
    }
    outcome.text += (*project)->owner + ":" + table->name + "\n";
  }
  return outcome;
}

}  // namespace culvert::emulator::sql
