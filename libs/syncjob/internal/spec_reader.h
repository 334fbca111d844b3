// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/internal/object_reader.h"
#include "libs/syncjob/types.h"

namespace culvert::syncjob::internal {

/// `spec` of a SyncJob and of a DataSource. Errors and warnings go to `context`; the value is
/// meaningless after an error.
void ReadSyncJobSpec(ReadContext& context, const YamlNode& node, SyncJob& job);
void ReadDataSourceSpec(ReadContext& context, const YamlNode& node, DataSource& data_source);

}  // namespace culvert::syncjob::internal
