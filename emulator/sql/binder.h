// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"
#include "emulator/sql/query.h"
#include "libs/record/type.h"

#include <memory>
#include <string>
#include <vector>

namespace culvert::emulator::sql {

/// A table as one query sees it: fixed when the query is bound.
struct SourceTable {
  std::shared_ptr<const TableDef> def;
  std::vector<std::shared_ptr<const PartitionData>> partitions;
};

/// Finds tables by the names that a query uses.
class TableResolver {
 public:
  virtual ~TableResolver() = default;
  /// kNotFound in the service's form. A view comes without partitions.
  virtual Result<SourceTable> Open(const ObjectName& name) = 0;
};

struct OutputColumn {
  std::string name;  // alias, column name or `_c0`
  record::Type type;
};

/// A query with every name resolved and every type known, in SQLite's dialect. Source i is the
/// virtual table `s<i>` with columns c0, c1, ... (data columns, then partition keys). Type i is
/// what `mc_cast(x, i, j)` means. No text of the user's is in `sql` but string and number literals.
struct BoundQuery {
  std::string sql;
  std::vector<OutputColumn> columns;
  std::vector<SourceTable> sources;
  std::vector<record::Type> types;
};

/// kInvalidArgument or kNotFound in the service's form (`ODPS-0130071:[1,8] Semantic analysis
/// exception - column x cannot be resolved`). `resolver` is used only during the call.
Result<BoundQuery> BindQuery(const Query& query, TableResolver& resolver);

}  // namespace culvert::emulator::sql
