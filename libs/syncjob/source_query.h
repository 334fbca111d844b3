// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/partition_spec.h"
#include "libs/record/schema.h"
#include "libs/syncjob/column_plan.h"

#include <cstddef>
#include <string>
#include <vector>

// A source that is read with `enableWhere`: the SELECT in place of the table, and the mapping of
// its result. Pure.

namespace culvert::syncjob {

/// Source partitions that one SELECT reads at most, where nothing asks for one SELECT each.
inline constexpr std::size_t kPartitionsPerQueryMax = 256;

/// One column of a query's result.
struct QueryColumn {
  std::string name;        // in the result
  std::string expression;  // as the user wrote it; empty: the table's column `name`
};

/// The SELECT but for the partitions that it reads.
struct SourceQuery {
  std::vector<QueryColumn> columns = {};
  std::string where;
  bool second_types = false;  // the table has types of the 2.0 edition, which SQL must be told
  ColumnSide source;          // the table; its list names columns of the result
  ColumnSide target;
  bool target_follows = false;  // the target takes whatever comes (a stream)
  ValueRules rules = {};
};

/// Name of the result's column that holds the list's entry `place`, from 0, where it is an expression:
/// `expression_1`; with underscores behind it where the table has such a name itself.
std::string ResultColumnName(std::size_t place);

/// Sorts the entries of the source's list: names, partition keys and 'constants' as MapColumns has
/// them, everything else is an expression, named `expression_N` in the result by its place from 1.
/// An entry in single quotes with a lone quote inside is an expression too.
/// Errors: those of MapColumns for names; kInvalidArgument/InvalidSql for a condition or an
/// expression that CheckSql refuses.
Result<SourceQuery> MakeSourceQuery(const ColumnSide& source, const ColumnSide& target,
                                    const std::string& where);

/// The mapping of the query's result. `result`: the columns as the service tells them once the
/// query ran; empty before that, when an expression counts as having the type of its target column.
/// Errors as MapColumns; kInternal/UnexpectedAnswer when `result` is not what was selected.
Result<ColumnMapping> MapQuery(const SourceQuery& query, const std::vector<record::Column>& result);

/// Which partitions go into which SELECT, as indexes: one each where `apart` (their rows go to
/// different targets, or their values into columns), else as few as there may be.
std::vector<std::vector<std::size_t>> QueryGroups(std::size_t partitions, bool apart);

/// The statement: names in back-ticks, the condition in brackets, deterministic. `partitions` are
/// those read, each with all `source` keys; empty for a table without. Errors: kUnimplemented/
/// Unsupported for a partition whose value SQL cannot tell from another (`hh=00` of a BIGINT key),
/// kInvalidArgument/InvalidSql for a statement above kSqlBytesMax.
Result<std::string> SelectStatement(const SourceQuery& query,
                                    const std::vector<record::PartitionSpec>& partitions);

}  // namespace culvert::syncjob
