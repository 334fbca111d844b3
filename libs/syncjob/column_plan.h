// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/schema.h"
#include "libs/syncjob/plan.h"

#include <string>
#include <string_view>
#include <vector>

// Which source value goes into which target column: pure, from two schemas and two lists of names.

namespace culvert::syncjob {

/// Why a function is refused where no query reads the source.
inline constexpr std::string_view kFunctionsNeedWhere =
    "functions in column need enableWhere: true and a non-empty where";

/// One side of a copy: the table, for messages, its schema, and the `column` list of the spec.
struct ColumnSide {
  std::string table;
  record::Schema schema;
  // ["*"], or names; the source's also 'constants' and partition keys.
  std::vector<std::string> list;
  bool named_by_user = true;  // false: the list stands for a stream, whose ["*"] is no one's choice
};

/// What becomes of values beside the two lists.
struct ValueRules {
  bool empty_as_null = false;
  bool read_char_as_string = false;
  bool null_varchar_as_dirty = false;  // a VARCHAR column counts as NOT NULL
  OverLengthRule over_length_rule = OverLengthRule::kDirty;
  std::vector<Transformer> transformers = {};
};

/// What a spec says of them.
ValueRules ValueRulesOf(const SyncJobSpec& spec);

struct ColumnMapping {
  std::vector<std::string> read_columns;       // of the source, in table order, at least one
  std::vector<std::string> read_column_types;  // of the same
  std::vector<ColumnPlan> columns;             // one per target column, in table order
  Route route = Route::kPassThrough;           // the fastest one that is right
  std::vector<std::string> warnings;
};

/// Pairs the two lists by position. `*` is all data columns in order, never partition keys; a
/// partition key named in the source's list gives its value, `'text'` a constant (`''` inside is
/// one quote). Target columns without a partner become null, and the warnings name them.
///
/// Errors: kInvalidArgument, reason SchemaMismatch: a name that the table does not have (with the
/// nearest one), more source columns than target columns, a target column named twice or a
/// partition key among them, types without a conversion, an unmapped NOT NULL column, a
/// transformer that does not fit its column.
/// kUnimplemented, reason CharReadUnsupported: a CHAR column of the source (the vendor's batch
/// download does not offer it) where the rules do not take it.
/// kInvalidArgument, reason InvalidSql: a function, which a query has to compute (source_query.h).
Result<ColumnMapping> MapColumns(const ColumnSide& source, const ColumnSide& target,
                                 const ValueRules& rules);

/// The schema of what a source list reads, for targets that take whatever comes (a stream): types
/// of the source columns, STRING for constants, partition keys and what transformers change. Errors
/// as MapColumns.
Result<record::Schema> SchemaOfList(const ColumnSide& source, const ValueRules& rules);

}  // namespace culvert::syncjob
