// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/query.h"
#include "libs/record/partition_spec.h"
#include "libs/record/schema.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace culvert::emulator::sql {

struct CreateTable {
  ObjectName name;
  bool if_not_exists = false;
  bool external = false;
  record::Schema schema;
  std::vector<std::string> primary_key;
  std::string comment;
  std::map<std::string, std::string> properties;
  std::int64_t lifecycle_days = -1;
  std::string storage_handler;     // STORED BY '...'
  std::string location;            // LOCATION '...'
  std::optional<ObjectName> like;  // CREATE TABLE ... LIKE
  QueryPtr query;                  // CREATE TABLE ... AS SELECT
};

struct CreateView {
  ObjectName name;
  bool or_replace = false;
  bool if_not_exists = false;
  std::vector<std::string> columns;
  std::string comment;
  std::string text;  // the SELECT as written
  QueryPtr query;
};

struct CreateSchema {
  ObjectName name;
  bool if_not_exists = false;
};

struct DropTable {
  ObjectName name;
  bool if_exists = false;
  bool view = false;
};

struct AddPartitions {
  bool if_not_exists = false;
  std::vector<record::PartitionSpec> specs;
};
struct DropPartitions {
  bool if_exists = false;
  std::vector<record::PartitionSpec> specs;
};
struct AddColumns {
  std::vector<record::Column> columns;
};
struct SetLifecycle {
  std::int64_t days = -1;
};
struct SetProperties {
  std::map<std::string, std::string> properties;
};
struct SetComment {
  std::string comment;
};
struct AlterTable {
  ObjectName name;
  std::variant<AddPartitions, DropPartitions, AddColumns, SetLifecycle, SetProperties, SetComment>
      action;
};

struct Truncate {
  ObjectName name;
  std::vector<record::PartitionSpec> specs;  // empty: the whole table
};

/// One key of INSERT's PARTITION clause; without a value it is dynamic.
struct PartitionTarget {
  std::string key;
  std::optional<std::string> value;
};
struct Insert {
  ObjectName name;
  bool overwrite = false;
  std::vector<PartitionTarget> partition;
  std::vector<std::string> columns;
  QueryPtr query;  // a SELECT or VALUES
};

struct SelectStatement {
  QueryPtr query;
};
struct Describe {
  ObjectName name;
  record::PartitionSpec spec;
};
struct ShowPartitions {
  ObjectName name;
};
struct ShowTables {
  std::optional<std::string> like;  // with * as the wildcard
};
struct SetOption {
  std::string key;
  std::string value;
};

struct Statement {
  Position at;
  std::variant<CreateTable, CreateView, CreateSchema, DropTable, AlterTable, Truncate, Insert,
               SelectStatement, Describe, ShowPartitions, ShowTables, SetOption>
      body;
};

/// Reads a script of statements separated by `;`. Nothing is resolved: names may not exist.
/// kInvalidArgument with the service's text (`ODPS-0130161:[1,8] Parse exception - ...`).
Result<std::vector<Statement>> ParseScript(std::string_view script);

/// Reads one SELECT, for the text of a view.
Result<QueryPtr> ParseQueryText(std::string_view text);

}  // namespace culvert::emulator::sql
