// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/types.h"

#include <string_view>

namespace culvert::syncjob {

/// Reads a YAML (or JSON) stream of SyncJob, DataSource, Secret and ConfigMap documents into `manifest`.
/// Strict: an unknown or repeated field, a wrong type, a union with no or two members, or a value
/// out of its range is kInvalidArgument, message `FILE:LINE:COLUMN: spec.source.maxCompute.tabel:
/// unknown field, did you mean 'table'?`. Anchors that expand beyond 1 MiB, and texts above 4 MiB, are refused.
/// Kubernetes metadata that a run does not need (labels, annotations, status) is accepted and left.
Status ParseManifest(std::string_view text, std::string_view file_name, Manifest& manifest);

}  // namespace culvert::syncjob
