// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/types.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace culvert::syncjob {

/// Puts values in the place of the scheduling parameters of one text: `dt=${bizdate}`. Its error is
/// told with the place of the text.
using ParameterResolver = std::function<Result<std::string>(std::string_view text)>;

/// Reads a YAML (or JSON) stream of SyncJob, DataSource, Secret and ConfigMap documents into
/// `manifest`. Strict: an unknown or repeated field, a wrong type, a union with no or two members,
/// or a value out of its range is kInvalidArgument, message `FILE:LINE:COLUMN:
/// spec.source.maxCompute.tabel: unknown field, did you mean 'table'?`. Anchors that expand beyond
/// 1 MiB, and texts above 4 MiB, are refused. Kubernetes metadata that a run does not need (labels,
/// annotations, status) is accepted and left. A field of the design that this version does not do
/// yet is kUnimplemented, reason Unsupported. After an error `manifest` is as it was before.
///
/// `resolve` is asked for each `table`, `partition`, `column` and `where`, and each `value` of a
/// stream, that has a '$' in it; all other rules hold for what it gives. Without it, as on a
/// cluster, a text with `${` or `$[` in it is kInvalidArgument, reason UnresolvedPlaceholder.
Status ParseManifest(std::string_view text, std::string_view file_name, Manifest& manifest,
                     const ParameterResolver& resolve = nullptr);

/// The same for one document that is parsed already, an API server's object; `name` stands for the
/// file, and all of it is said to stand in its line 1, column 1.
Status ReadManifest(const nlohmann::json& object, std::string_view name, Manifest& manifest,
                    const ParameterResolver& resolve = nullptr);

/// The job `name` (`name` or `namespace/name`), or the only one when `name` is empty.
/// kInvalidArgument naming those there are.
Result<const SyncJob*> FindJob(const Manifest& manifest, std::string_view name);

/// The DataSource that a job means by `name`: same namespace only. kInvalidArgument naming those
/// known.
Result<const DataSource*> ResolveDataSource(const Manifest& manifest, const SyncJob& job,
                                            std::string_view name);

/// The Secret that a DataSource names, in its namespace. kUnauthenticated, reason
/// CredentialsMissing.
Result<const KeyValues*> FindSecret(const Manifest& manifest, const DataSource& data_source);

/// The ConfigMap of the CA bundle that a DataSource names, in its namespace. kInvalidArgument.
Result<const KeyValues*> FindCaBundle(const Manifest& manifest, const DataSource& data_source);

}  // namespace culvert::syncjob
