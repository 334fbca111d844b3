// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/binder.h"

#include <vector>

struct sqlite3;

namespace culvert::emulator::sql {

/// Makes the virtual table `s<i>` of a connection for each source: read-only, its rows decoded only
/// where a query asks for a data column, its partitions skipped where a condition on a partition
/// key excludes them. `sources` must outlive the connection.
Status AddRowTables(sqlite3* connection, const std::vector<SourceTable>& sources);

}  // namespace culvert::emulator::sql
