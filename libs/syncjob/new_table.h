// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/schema.h"
#include "libs/syncjob/column_plan.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The table that `createPolicy: IfNotExists` makes where the target is missing. Pure.

namespace culvert::syncjob {

/// What the new table is made from.
struct NewTableInput {
  ColumnSide source;                           // the table that is read, and its list
  std::vector<std::string> target_list;        // ["*"], or the names of the new columns
  std::vector<record::Column> partition_keys;  // of the new table
  std::string comment = {};                    // of the source table
  std::int32_t lifecycle_days = 30;
  ValueRules rules = {};
  bool new_types = true;  // false: the project has types 2.0 switched off
};

struct NewTable {
  record::Schema schema;
  std::string comment;
  std::int32_t lifecycle_days = 30;
  std::vector<std::string> warnings = {};  // where a column is not as in the source
};

/// Columns in the order of the source's list, under the names of the target's list where it gives
/// any; types, comments and NOT NULL are the source's. Two types are not: the DECIMAL of edition
/// 1.0 becomes decimal(38,18) where types 2.0 are on, and text that emptyAsNull may make null loses
/// its NOT NULL.
///
/// Errors: those of SchemaOfList; kInvalidArgument, reason SchemaMismatch: a constant or a column
/// that comes twice without a name of the target's list, lists of different lengths, a name that
/// is used twice, is no table column's name, or is a partition key too. kUnimplemented, reason
/// UnsupportedType: an interval, which no table can be made with.
Result<NewTable> DesignTable(const NewTableInput& input);

/// The partition keys of a new table that is written by `partition`, in the order of its text: of
/// the type that the source's key or column of that name has where it can be one, else STRING.
/// kInvalidArgument, reason SchemaMismatch, for a text that is no partition.
Result<std::vector<record::Column>> KeysOfPartition(std::string_view partition,
                                                    const record::Schema& source);

/// `CREATE TABLE IF NOT EXISTS ...;`, every name and text quoted.
std::string CreateTableStatement(std::string_view table, const NewTable& made);

}  // namespace culvert::syncjob
