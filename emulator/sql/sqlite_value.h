// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/value.h"

struct sqlite3_context;
struct sqlite3_value;

namespace culvert::emulator::sql {

/// A copy of SQLite's value.
Value FromSqlite(sqlite3_value* value);
/// Makes `value` the result of a function or column.
void GiveSqlite(sqlite3_context* context, const Value& value);

}  // namespace culvert::emulator::sql
