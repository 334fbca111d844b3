// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/executor.h"

#include "emulator/sql/run_context.h"

#include <type_traits>
#include <utility>

namespace culvert::emulator::sql {
namespace {

Result<Outcome> RunStatement(RunContext& run, Statement& statement) {
  return std::visit(
      [&](auto& body) -> Result<Outcome> {
        using Body = std::remove_cvref_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, CreateTable>) {
          return RunCreateTable(run, body);
        } else if constexpr (std::is_same_v<Body, CreateView>) {
          return RunCreateView(run, body);
        } else if constexpr (std::is_same_v<Body, CreateSchema>) {
          return RunCreateSchema(run, body);
        } else if constexpr (std::is_same_v<Body, DropTable>) {
          return RunDropTable(run, body);
        } else if constexpr (std::is_same_v<Body, AlterTable>) {
          return RunAlterTable(run, body);
        } else if constexpr (std::is_same_v<Body, Truncate>) {
          return RunTruncate(run, body);
        } else if constexpr (std::is_same_v<Body, Insert>) {
          return RunInsert(run, body);
        } else if constexpr (std::is_same_v<Body, SelectStatement>) {
          return RunSelect(run, *body.query);
        } else if constexpr (std::is_same_v<Body, Describe>) {
          return RunDescribe(run, body);
        } else if constexpr (std::is_same_v<Body, ShowPartitions>) {
          return RunShowPartitions(run, body);
        } else if constexpr (std::is_same_v<Body, ShowTables>) {
          return RunShowTables(run, body);
        } else {
          static_assert(std::is_same_v<Body, SetOption>);
          run.session.settings[body.key] = body.value;
          return Outcome{};
        }
      },
      statement.body);
}

}  // namespace

Result<Outcome> Executor::RunScript(const OpContext& context, Session session,
                                    std::string_view script) {
  // All of it is read before any of it runs.
  CULVERT_ASSIGN_OR_RETURN(std::vector<Statement> statements, ParseScript(script));
  RunContext run(context, catalog_, segments_, projects_, events_, std::move(session));
  Outcome last;
  for (Statement& statement : statements) {
    CULVERT_TRY(context.Check());
    CULVERT_ASSIGN_OR_RETURN(Outcome outcome, RunStatement(run, statement));
    // A SELECT's rows stay the result, whatever follows it.
    if (outcome.rows || !last.rows) last = std::move(outcome);
  }
  return last;
}

TableKey RunContext::KeyOf(const ObjectName& name) const {
  std::string default_schema = session.schema;
  if (const std::string schema = Setting("odps.default.schema"); !schema.empty()) {
    default_schema = schema;
  }
  const std::vector<std::string>& parts = name.parts;
  if (parts.size() == 3) return MakeTableKey(parts[0], parts[1], parts[2]);
  if (parts.size() == 1) return MakeTableKey(session.project, default_schema, parts[0]);
  // Two parts are project.table, or schema.table where the project's names have three tiers.
  if (record::SameName(Setting("odps.namespace.schema"), "true")) {
    return MakeTableKey(session.project, parts[0], parts[1]);
  }
  return MakeTableKey(parts[0], "", parts[1]);
}

std::string RunContext::FullName(const ObjectName& name) const {
  const TableKey key = KeyOf(name);
  return key.project + "." + (key.schema.empty() ? "" : key.schema + ".") + key.name;
}

Result<std::shared_ptr<const TableDef>> RunContext::Find(const ObjectName& name) const {
  Result<std::shared_ptr<const TableDef>> found = catalog.FindTable(KeyOf(name));
  if (!found && found.error().code == ErrorCode::kNotFound) {
    return Fail(TableNotFound(name.at, FullName(name)));
  }
  return found;
}

Result<std::shared_ptr<const TableDef>> RunContext::FindManaged(const ObjectName& name) const {
  CULVERT_ASSIGN_OR_RETURN(std::shared_ptr<const TableDef> table, Find(name));
  if (table->kind != TableKind::kManaged) {
    return Fail(SemanticError(name.at, FullName(name) + " is a view or an external table, not a "
                                                        "table of this project's own"));
  }
  return table;
}

Result<SourceTable> RunContext::Open(const ObjectName& name) {
  SourceTable source;
  CULVERT_ASSIGN_OR_RETURN(source.def, Find(name));
  if (source.def->kind != TableKind::kManaged) return source;
  const TableKey key = KeyOf(name);
  if (source.def->columns.partition_keys.empty()) {
    CULVERT_ASSIGN_OR_RETURN(auto rows, catalog.Snapshot(key, {}));
    source.partitions.push_back(std::move(rows));
  } else {
    CULVERT_ASSIGN_OR_RETURN(source.partitions, catalog.ListPartitions(key));
  }
  return source;
}

std::string RunContext::Setting(const std::string& key) const {
  if (const auto found = session.settings.find(key); found != session.settings.end()) {
    return found->second;
  }
  const auto project = projects.Find(session.project);
  if (!project) return {};
  const auto property = (*project)->properties.find(key);
  return property == (*project)->properties.end() ? std::string() : property->second;
}

Error DdlError(Error error) {
  if (!error.message.starts_with("ODPS-")) {
    error.message = "ODPS-0110061: Failed to run ddltask - " + error.message;
  }
  return error;
}

}  // namespace culvert::emulator::sql
