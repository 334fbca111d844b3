// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/internal/connection.h"
#include "libs/maxcompute/tables.h"

#include <cstddef>
#include <string>
#include <vector>

// REST calls about projects, tables and partitions. All are GETs and idempotent.

namespace culvert::maxcompute::internal {

Result<Project> GetProject(const OpContext& ctx, Connection& connection);

/// Two requests for a managed table (`?extended` alone knows of primary keys and holds no columns),
/// one for all other kinds.
Result<Table> GetTable(const OpContext& ctx, Connection& connection, const std::string& name);

Result<std::vector<Partition>> ListPartitions(const OpContext& ctx, Connection& connection,
                                              const std::string& table, std::size_t limit);

Result<Partition> GetPartition(const OpContext& ctx, Connection& connection,
                               const std::string& table, const record::PartitionSpec& spec);

}  // namespace culvert::maxcompute::internal
