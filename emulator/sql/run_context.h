// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/binder.h"
#include "emulator/sql/executor.h"

#include <memory>
#include <string>
#include <vector>

namespace culvert::emulator::sql {

/// One script on its way: what every statement's function gets. Lives for one RunScript.
struct RunContext final : TableResolver {
  RunContext(const OpContext& op_context, Catalog& catalog_in, SegmentStore& segments_in,
             const ProjectRegistry& projects_in, EventLog& events_in, Session session_in)
      : op(op_context),
        catalog(catalog_in),
        segments(segments_in),
        projects(projects_in),
        events(events_in),
        session(std::move(session_in)) {}

  /// Names of one, two or three parts by the session's project, schema and settings.
  TableKey KeyOf(const ObjectName& name) const;
  /// `project.table` or `project.schema.table`, for messages.
  std::string FullName(const ObjectName& name) const;
  /// kNotFound in the service's form.
  Result<std::shared_ptr<const TableDef>> Find(const ObjectName& name) const;
  /// The same for a table that has rows of its own: no view, no external table.
  Result<std::shared_ptr<const TableDef>> FindManaged(const ObjectName& name) const;
  Result<SourceTable> Open(const ObjectName& name) override;
  /// A setting of the session, else a property of the project, else empty.
  std::string Setting(const std::string& key) const;

  const OpContext& op;
  Catalog& catalog;
  SegmentStore& segments;
  const ProjectRegistry& projects;
  EventLog& events;
  Session session;
};

/// `ODPS-0110061: Failed to run ddltask - WHAT`, with the class and reason of `error`.
Error DdlError(Error error);

// ddl.cc
Result<Outcome> RunCreateTable(RunContext& run, CreateTable& statement);
Result<Outcome> RunCreateView(RunContext& run, CreateView& statement);
Result<Outcome> RunCreateSchema(RunContext& run, const CreateSchema& statement);
Result<Outcome> RunDropTable(RunContext& run, const DropTable& statement);
Result<Outcome> RunAlterTable(RunContext& run, const AlterTable& statement);
Result<Outcome> RunTruncate(RunContext& run, const Truncate& statement);
// dml.cc
Result<Outcome> RunInsert(RunContext& run, const Insert& statement);
Result<Outcome> RunSelect(RunContext& run, const Query& query);
/// Writes the rows of `query` into a table without partitions.
Status InsertAll(RunContext& run, const TableDef& table, const BoundQuery& query);
// show.cc
Result<Outcome> RunDescribe(RunContext& run, const Describe& statement);
Result<Outcome> RunShowPartitions(RunContext& run, const ShowPartitions& statement);
Result<Outcome> RunShowTables(RunContext& run, const ShowTables& statement);

/// Partitions of `table` that have all entries of `spec`; kInvalidArgument for a key it lacks.
Result<std::vector<record::PartitionSpec>> MatchPartitions(const RunContext& run,
                                                           const ObjectName& name,
                                                           const TableDef& table,
                                                           const record::PartitionSpec& spec);

}  // namespace culvert::emulator::sql
