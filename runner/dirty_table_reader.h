// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/tunnel.h"
#include "runner/dirty_record.h"

#include <cstdint>
#include <functional>
#include <string>

namespace culvert::runner {

/// Hands on each record of the partition `run` of a sink, in the order of the service; a broken
/// download goes on where it stood. kNotFound where there is no such partition;
/// kFailedPrecondition/SchemaMismatch where the table is no sink; else errors of `take`, and of the
/// tunnel.
Status ReadDirtyTable(const OpContext& ctx, maxcompute::Tunnel& tunnel, const std::string& table,
                      const std::string& run,
                      const std::function<Status(const DirtyRecord&)>& take);

/// Copies what a run left in a sink to `directory`, which must not be there: as the files of a sink
/// on a volume, whole or not at all. Returns the number of rows. kNotFound where the run is not in
/// the table or did not finish; kFailedPrecondition/DirtyRowsDamaged where the rows are not those
/// that it left.
Result<std::uint64_t> FetchDirtyRows(const OpContext& ctx, maxcompute::Tunnel& tunnel,
                                     const std::string& table, const std::string& run,
                                     const std::string& directory);

}  // namespace culvert::runner
