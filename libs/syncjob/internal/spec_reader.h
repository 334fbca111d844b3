// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/internal/object_reader.h"
#include "libs/syncjob/types.h"

#include <cstddef>
#include <string_view>

namespace culvert::syncjob::internal {

/// `spec` of a SyncJob and of a DataSource. Errors and warnings go to `context`; the value is
/// meaningless after an error.
void ReadSyncJobSpec(ReadContext& context, const YamlNode& node, SyncJob& job);
void ReadDataSourceSpec(ReadContext& context, const YamlNode& node, DataSource& data_source);

/// Whether the API server takes it as the name of an object: lower-case letters, digits, '-' and,
/// with `dots`, single '.'. Such a name is also safe as one part of a path.
bool IsObjectName(std::string_view name, std::size_t bytes_max, bool dots);

}  // namespace culvert::syncjob::internal
