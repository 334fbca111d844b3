// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/binder.h"
#include "emulator/sql/value.h"
#include "libs/base/op_context.h"

#include <functional>
#include <span>

namespace culvert::emulator::sql {

/// Gets each row of a result, one value a column.
using RowSink = std::function<Status(std::span<const Value>)>;

/// Runs a bound query in a fresh in-memory SQLite database. Ends with kCancelled or
/// kDeadlineExceeded when `context` says so; kInvalidArgument with the text of a failed conversion
/// (`ODPS-0123131:User defined function exception - ...` for one in a function) or of SQLite.
Status RunQuery(const OpContext& context, const BoundQuery& query, const RowSink& sink);

}  // namespace culvert::emulator::sql
