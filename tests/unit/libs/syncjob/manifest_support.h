// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/manifest.h"

#include <string>
#include <string_view>

namespace culvert::syncjob {

/// A whole SyncJob around a source, a target and more lines of `spec`, each in YAML's flow form.
inline std::string AJob(std::string_view source, std::string_view target,
                        std::string_view more = "") {
  return "apiVersion: culvert.dev/v1alpha1\nkind: SyncJob\nmetadata: {name: j}\nspec:\n  source: " +
         std::string(source) + "\n  target: " + std::string(target) + "\n" + std::string(more) +
         "\n";
}

inline constexpr std::string_view kSource =
    "{maxCompute: {dataSourceRef: {name: a}, table: t, column: ['*']}}";
inline constexpr std::string_view kTarget =
    "{maxCompute: {dataSourceRef: {name: b}, table: u, column: ['*'], truncate: true}}";

/// `kSource` and `kTarget` with more fields: `SourceWith("partition: x")`.
inline std::string SourceWith(std::string_view more) {
  return "{maxCompute: {dataSourceRef: {name: a}, table: t, column: ['*'], " + std::string(more) +
         "}}";
}
inline std::string TargetWith(std::string_view more) {
  return "{maxCompute: {dataSourceRef: {name: b}, table: u, column: ['*'], truncate: true, " +
         std::string(more) + "}}";
}

inline std::string ADataSource(std::string_view fields) {
  return "apiVersion: culvert.dev/v1alpha1\nkind: DataSource\nmetadata: {name: d}\nspec:\n"
         "  maxCompute: {" +
         std::string(fields) + "}\n";
}
inline constexpr std::string_view kDataSourceFields =
    "endpoint: 'https://a.example/api', project: p, credentialsRef: {name: k}";

inline Result<Manifest> Parse(std::string_view text) {
  Manifest manifest;
  CULVERT_TRY(ParseManifest(text, "f.yaml", manifest));
  return manifest;
}
inline std::string ErrorOf(std::string_view text) {
  const Result<Manifest> manifest = Parse(text);
  return manifest ? "no error" : manifest.error().message;
}
inline Result<SyncJobSpec> SpecOf(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const Manifest manifest, Parse(text));
  return manifest.jobs.at(0).spec;
}

}  // namespace culvert::syncjob
