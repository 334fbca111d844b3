// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_table_text.h"
#include "emulator/sql/run_context.h"
#include "emulator/sql/value.h"

#include <algorithm>
#include <set>
#include <utility>

namespace culvert::emulator::sql {
namespace {

using record::Column;
using record::TypeKind;

constexpr std::size_t kColumnsMax = 1200;       // vendor page "Table limits"
constexpr std::size_t kPartitionLevelsMax = 6;  // the same

/// True for the types of the 1.0 edition (vendor page "MaxCompute V1.0 data type edition").
bool IsOldType(const record::Type& type) {
  switch (type.kind) {
    case TypeKind::kBigint:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
    case TypeKind::kString:
    case TypeKind::kDatetime:
    case TypeKind::kBoolean:
      return true;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return std::ranges::all_of(type.children, IsOldType);
    default:
      return false;
  }
}

bool CanPartition(TypeKind kind) {
  return kind == TypeKind::kString || kind == TypeKind::kVarchar || kind == TypeKind::kChar ||
         kind == TypeKind::kTinyint || kind == TypeKind::kSmallint || kind == TypeKind::kInt ||
         kind == TypeKind::kBigint || kind == TypeKind::kDate;
}

Status CheckColumns(const RunContext& run, const ObjectName& name, const record::Schema& schema) {
  if (schema.columns.size() > kColumnsMax) {
    return Fail(SemanticError(name.at, "a table has at most 1200 columns"));
  }
  if (schema.partition_keys.size() > kPartitionLevelsMax) {
    return Fail(SemanticError(name.at, "a table has at most 6 partition levels"));
  }
  const bool new_types = record::SameName(run.Setting("odps.sql.type.system.odps2"), "true");
  std::set<std::string> names;
  for (const auto* list : {&schema.columns, &schema.partition_keys}) {
    for (const Column& column : *list) {
      if (!names.insert(record::FoldName(column.name)).second) {
        return Fail(SemanticError(name.at, "column " + column.name + " is given twice"));
      }
      if (!new_types && !IsOldType(column.type)) {
        return Fail(SemanticError(name.at, "type " + column.type.ToString() +
                                               " is not enabled in current mode; set "
                                               "odps.sql.type.system.odps2=true"));
      }
      if (column.default_value && *column.default_value != "null") {
        const auto value = CastValue(Value::Text(*column.default_value),
                                     ScalarType(TypeKind::kString), column.type, CastMode::kAssign);
        if (!value) return Fail(SemanticError(name.at, value.error().message));
      }
    }
  }
  for (const Column& key : schema.partition_keys) {
    if (!CanPartition(key.type.kind)) {
      return Fail(SemanticError(
          name.at, "partition key " + key.name + " cannot be of type " + key.type.ToString()));
    }
  }
  return {};
}

Status CheckPrimaryKey(const ObjectName& name, const TableDef& def) {
  if (def.primary_key.empty()) return {};
  if (!def.transactional) {
    return Fail(
        SemanticError(name.at, "a primary key needs TBLPROPERTIES (\"transactional\"=\"true\")"));
  }
  for (const std::string& key : def.primary_key) {
    const auto column = def.columns.FindColumn(key);
    if (!column) return Fail(SemanticError(name.at, "primary key " + key + " is no column"));
    if (def.columns.columns[*column].nullable) {
      return Fail(SemanticError(name.at, "primary key column " + key + " must be NOT NULL"));
    }
  }
  return {};
}

TableDef NewTable(const RunContext& run, const ObjectName& name) {
  const TableKey key = run.KeyOf(name);
  TableDef def;
  def.project = key.project;
  def.schema = key.schema;
  def.name = key.name;
  return def;
}

Status CheckSchemaExists(const RunContext& run, const ObjectName& name) {
  const TableKey key = run.KeyOf(name);
  if (const auto project = run.projects.Find(key.project); !project) {
    return Fail(NotFound("ODPS-0420111: Project not found - '" + key.project + "'")
                    .Because("NoSuchProject"));
  }
  const std::vector<std::string> schemas = run.catalog.ListSchemas(key.project);
  if (key.schema.empty() || std::ranges::find(schemas, key.schema) != schemas.end()) return {};
  return Fail(
      SemanticError(name.at, "schema " + key.project + "." + key.schema + " cannot be resolved"));
}

/// Creates the table; success, without a change, when it exists and IF NOT EXISTS was written.
/// The bool says whether it is new.
Result<bool> Create(RunContext& run, TableDef def, bool if_not_exists) {
  const Status created = run.catalog.CreateTable(std::move(def));
  if (created) return true;
  if (created.error().code == ErrorCode::kAlreadyExists && if_not_exists) return false;
  return Fail(DdlError(created.error()));
}

Status AddAll(RunContext& run, const ObjectName& name, const TableDef& table,
              const AddPartitions& action) {
  const TableKey key = run.KeyOf(name);
  for (const record::PartitionSpec& spec : action.specs) {
    for (const auto& [entry_key, value] : spec.entries) {
      const auto found = table.columns.FindPartitionKey(entry_key);
      if (!found) {
        return Fail(SemanticError(
            name.at, "'" + entry_key + "' is no partition key of table " + run.FullName(name)));
      }
      const auto cast = CastValue(Value::Text(value), ScalarType(TypeKind::kString),
                                  table.columns.partition_keys[*found].type, CastMode::kAssign);
      if (!cast) return Fail(SemanticError(name.at, cast.error().message));
    }
    const Status added = run.catalog.AddPartition(key, spec);
    if (!added && !(action.if_not_exists && added.error().code == ErrorCode::kAlreadyExists)) {
      return Fail(DdlError(added.error()));
    }
  }
  return {};
}

Status DropAll(RunContext& run, const ObjectName& name, const TableDef& table,
               const DropPartitions& action) {
  const TableKey key = run.KeyOf(name);
  for (const record::PartitionSpec& spec : action.specs) {
    CULVERT_ASSIGN_OR_RETURN(const auto matches, MatchPartitions(run, name, table, spec));
    if (matches.empty() && !action.if_exists) {
      return Fail(DdlError(NotFound("partition " + spec.ToQuoted() + " of table " +
                                    run.FullName(name) + " does not exist")
                               .Because("NoSuchPartition")));
    }
    for (const record::PartitionSpec& match : matches) {
      const Status dropped = run.catalog.DropPartition(key, match);
      if (!dropped && dropped.error().code != ErrorCode::kNotFound) {
        return Fail(DdlError(dropped.error()));
      }
    }
  }
  return {};
}

}  // namespace

Result<Outcome> RunCreateTable(RunContext& run, CreateTable& statement) {
  CULVERT_TRY(CheckSchemaExists(run, statement.name));
  TableDef def = NewTable(run, statement.name);
  def.comment = statement.comment;
  def.lifecycle_days = statement.lifecycle_days;
  def.properties = statement.properties;
  def.columns = std::move(statement.schema);
  def.primary_key = statement.primary_key;
  if (statement.like) {
    CULVERT_ASSIGN_OR_RETURN(const auto model, run.FindManaged(*statement.like));
    def.columns = model->columns;
    def.primary_key = model->primary_key;
    if (def.comment.empty()) def.comment = model->comment;
    for (const auto& [key, value] : model->properties) def.properties.emplace(key, value);
  }
  std::optional<BoundQuery> query;
  if (statement.query != nullptr) {
    CULVERT_ASSIGN_OR_RETURN(query, BindQuery(*statement.query, run));
    for (const OutputColumn& column : query->columns) {
      Column made;
      made.name = column.name;
      made.type = column.type;
      def.columns.columns.push_back(std::move(made));
    }
    if (!def.columns.partition_keys.empty()) {
      return Fail(SemanticError(statement.name.at, "CREATE TABLE AS SELECT makes no partitions"));
    }
  }
  if (statement.external) {
    def.kind = TableKind::kExternal;
    def.properties[std::string(kStorageHandlerKey)] = statement.storage_handler;
    def.properties[std::string(kLocationKey)] = statement.location;
  }
  for (std::string& key : def.primary_key) key = record::FoldName(key);
  const auto transactional = def.properties.find("transactional");
  def.transactional =
      transactional != def.properties.end() && record::SameName(transactional->second, "true");
  CULVERT_TRY(CheckColumns(run, statement.name, def.columns));
  CULVERT_TRY(CheckPrimaryKey(statement.name, def));
  CULVERT_ASSIGN_OR_RETURN(const bool made, Create(run, std::move(def), statement.if_not_exists));
  if (made && query) {
    CULVERT_ASSIGN_OR_RETURN(const auto table, run.Find(statement.name));
    if (const Status filled = InsertAll(run, *table, *query); !filled) {
      (void)run.catalog.DropTable(run.KeyOf(statement.name));  // the statement's own table
      return Fail(filled.error());
    }
  }
  return Outcome{};
}

Result<Outcome> RunCreateView(RunContext& run, CreateView& statement) {
  CULVERT_TRY(CheckSchemaExists(run, statement.name));
  CULVERT_ASSIGN_OR_RETURN(const BoundQuery query, BindQuery(*statement.query, run));
  if (!statement.columns.empty() && statement.columns.size() != query.columns.size()) {
    return Fail(SemanticError(statement.name.at,
                              "the view has another number of columns than its "
                              "SELECT"));
  }
  TableDef def = NewTable(run, statement.name);
  def.kind = TableKind::kView;
  def.comment = statement.comment;
  def.view_text = statement.text;
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    Column column;
    column.name = statement.columns.empty() ? query.columns[i].name : statement.columns[i];
    column.type = query.columns[i].type;
    def.columns.columns.push_back(std::move(column));
  }
  CULVERT_TRY(CheckColumns(run, statement.name, def.columns));
  const TableKey key = run.KeyOf(statement.name);
  if (statement.or_replace) {
    const auto old = run.catalog.FindTable(key);
    if (old && (*old)->kind != TableKind::kView) {
      return Fail(SemanticError(statement.name.at, run.FullName(statement.name) + " is a table"));
    }
    if (old) CULVERT_TRY(run.catalog.DropTable(key));
  }
  CULVERT_TRY(Create(run, std::move(def), statement.if_not_exists));
  return Outcome{};
}

Result<Outcome> RunCreateSchema(RunContext& run, const CreateSchema& statement) {
  const std::vector<std::string>& parts = statement.name.parts;
  const std::string project = parts.size() > 1 ? parts[0] : run.session.project;
  if (const auto found = run.projects.Find(project); !found) {
    return Fail(
        NotFound("ODPS-0420111: Project not found - '" + project + "'").Because("NoSuchProject"));
  }
  const Status created = run.catalog.CreateSchema(project, record::FoldName(parts.back()));
  if (!created && !(statement.if_not_exists && created.error().code == ErrorCode::kAlreadyExists)) {
    return Fail(DdlError(created.error()));
  }
  return Outcome{};
}

Result<Outcome> RunDropTable(RunContext& run, const DropTable& statement) {
  const auto table = run.Find(statement.name);
  if (!table) {
    if (statement.if_exists && table.error().code == ErrorCode::kNotFound) return Outcome{};
    return Fail(table.error());
  }
  if (((*table)->kind == TableKind::kView) != statement.view) {
    return Fail(SemanticError(statement.name.at,
                              run.FullName(statement.name) +
                                  (statement.view ? " is no view" : " is a view, use DROP VIEW")));
  }
  const Status dropped = run.catalog.DropTable(run.KeyOf(statement.name));
  if (!dropped && !(statement.if_exists && dropped.error().code == ErrorCode::kNotFound)) {
    return Fail(DdlError(dropped.error()));
  }
  return Outcome{};
}

Result<Outcome> RunAlterTable(RunContext& run, const AlterTable& statement) {
  CULVERT_ASSIGN_OR_RETURN(const auto table, run.Find(statement.name));
  if (const auto* add = std::get_if<AddPartitions>(&statement.action)) {
    CULVERT_TRY(AddAll(run, statement.name, *table, *add));
    return Outcome{};
  }
  if (const auto* drop = std::get_if<DropPartitions>(&statement.action)) {
    CULVERT_TRY(DropAll(run, statement.name, *table, *drop));
    return Outcome{};
  }
  TableDef def = *table;
  if (const auto* add = std::get_if<AddColumns>(&statement.action)) {
    for (const Column& column : add->columns) {
      if (!column.nullable) {
        return Fail(SemanticError(statement.name.at, "an added column cannot be NOT NULL"));
      }
      def.columns.columns.push_back(column);
    }
    CULVERT_TRY(CheckColumns(run, statement.name, def.columns));
  } else if (const auto* lifecycle = std::get_if<SetLifecycle>(&statement.action)) {
    def.lifecycle_days = lifecycle->days;
  } else if (const auto* properties = std::get_if<SetProperties>(&statement.action)) {
    for (const auto& [key, value] : properties->properties) def.properties[key] = value;
  } else if (const auto* comment = std::get_if<SetComment>(&statement.action)) {
    def.comment = comment->comment;
  }
  if (const Status altered = run.catalog.AlterTable(run.KeyOf(statement.name), std::move(def));
      !altered) {
    return Fail(DdlError(altered.error()));
  }
  return Outcome{};
}

Result<Outcome> RunTruncate(RunContext& run, const Truncate& statement) {
  CULVERT_ASSIGN_OR_RETURN(const auto table, run.FindManaged(statement.name));
  const bool partitioned = !table->columns.partition_keys.empty();
  if (partitioned == statement.specs.empty()) {
    return Fail(SemanticError(statement.name.at,
                              partitioned ? "TRUNCATE of a partitioned table needs PARTITION (...)"
                                          : run.FullName(statement.name) + " has no partitions"));
  }
  std::vector<record::PartitionSpec> targets;
  if (!partitioned) targets.emplace_back();
  for (const record::PartitionSpec& spec : statement.specs) {
    CULVERT_ASSIGN_OR_RETURN(const auto matches,
                             MatchPartitions(run, statement.name, *table, spec));
    if (matches.empty()) {
      return Fail(DdlError(NotFound("partition " + spec.ToQuoted() + " of table " +
                                    run.FullName(statement.name) + " does not exist")
                               .Because("NoSuchPartition")));
    }
    targets.insert(targets.end(), matches.begin(), matches.end());
  }
  const TableKey key = run.KeyOf(statement.name);
  for (const record::PartitionSpec& target : targets) {
    const Status emptied = run.catalog.Publish(key, target, Catalog::Mode::kOverwrite, {});
    if (!emptied) return Fail(DdlError(emptied.error()));
    run.events.Append("truncate.applied", {{"project", key.project},
                                           {"schema", key.schema},
                                           {"table", key.name},
                                           {"partition", target.ToString()}});
  }
  return Outcome{};
}

Result<std::vector<record::PartitionSpec>> MatchPartitions(const RunContext& run,
                                                           const ObjectName& name,
                                                           const TableDef& table,
                                                           const record::PartitionSpec& spec) {
  for (const auto& [key, value] : spec.entries) {
    if (!table.columns.FindPartitionKey(key)) {
      return Fail(SemanticError(
          name.at, "'" + key + "' is no partition key of table " + run.FullName(name)));
    }
  }
  CULVERT_ASSIGN_OR_RETURN(const auto all, run.catalog.ListPartitions(run.KeyOf(name)));
  std::vector<record::PartitionSpec> matches;
  for (const auto& partition : all) {
    const auto& entries = partition->spec.entries;
    const bool fits = std::ranges::all_of(spec.entries, [&](const auto& entry) {
      return std::ranges::find(entries, entry) != entries.end();
    });
    if (fits) matches.push_back(partition->spec);
  }
  return matches;
}

}  // namespace culvert::emulator::sql
