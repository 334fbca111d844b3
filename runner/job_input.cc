// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/job_input.h"

#include "libs/base/file.h"
#include "libs/syncjob/manifest.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

constexpr std::size_t kManifestBytesMax = std::size_t{4} * 1024 * 1024;

Result<std::string> ReadStandardInput() {
  std::string text;
  std::array<char, 64 * 1024> piece{};
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), stdin)) {
    text.append(piece.data(), got);
    if (text.size() > kManifestBytesMax) {
      return Fail(InvalidArgument("standard input is larger than 4 MiB"));
    }
  }
  return text;
}

std::string JobNames(const syncjob::Manifest& manifest) {
  std::string names;
  for (const syncjob::SyncJob& job : manifest.jobs) {
    if (!names.empty()) names += ", ";
    names += job.name;
  }
  return names;
}

Result<syncjob::SyncJob> ChooseJob(const syncjob::Manifest& manifest, const std::string& name) {
  if (manifest.jobs.empty()) {
    return Fail(InvalidArgument("the files hold no SyncJob document"));
  }
  if (name.empty()) {
    if (manifest.jobs.size() > 1) {
      return Fail(InvalidArgument("the files hold several SyncJobs, choose one with --job: " +
                                  JobNames(manifest)));
    }
    return manifest.jobs.front();
  }
  const auto found = std::ranges::find(manifest.jobs, name, &syncjob::SyncJob::name);
  if (found == manifest.jobs.end()) {
    return Fail(
        InvalidArgument("the files hold no SyncJob '" + name + "', but " + JobNames(manifest)));
  }
  return *found;
}

Result<syncjob::DataSource> FindDataSource(const syncjob::Manifest& manifest,
                                           const std::string& name_space, const std::string& name,
                                           const char* field) {
  std::string known;
  for (const syncjob::DataSource& data_source : manifest.data_sources) {
    if (data_source.name_space != name_space) continue;
    if (data_source.name == name) return data_source;
    known += (known.empty() ? "" : ", ") + data_source.name;
  }
  return Fail(InvalidArgument(std::string(field) + ": there is no DataSource '" + name +
                              "' in namespace '" + name_space + "'" +
                              (known.empty() ? ", nor any other" : ", only " + known)));
}

Status CheckHttp(const syncjob::DataSource& data_source, const char* field,
                 std::string_view endpoint) {
  if (data_source.allow_insecure_http || !endpoint.starts_with("http://")) return {};
  return Fail(InvalidArgument("DataSource '" + data_source.name + "': spec.maxCompute." + field +
                              " is plain http; use https, or set "
                              "spec.maxCompute.allowInsecureHttp: true where keys and rows may be "
                              "seen on the way")
                  .Because("InsecureEndpoint"));
}

}  // namespace

Status CheckEndpoints(const syncjob::DataSource& data_source) {
  CULVERT_TRY(CheckHttp(data_source, "endpoint", data_source.endpoint));
  return CheckHttp(data_source, "tunnelEndpoint", data_source.tunnel_endpoint);
}

Result<JobInput> ReadJob(const std::vector<std::string>& files, const std::string& job_name) {
  JobInput input;
  bool stdin_read = false;
  for (const std::string& file : files) {
    std::string text;
    if (file == "-") {
      if (std::exchange(stdin_read, true)) {
        return Fail(InvalidArgument("standard input can be read once only"));
      }
      CULVERT_ASSIGN_OR_RETURN(text, ReadStandardInput());
    } else {
      auto read = ReadWholeFile(file, kManifestBytesMax);
      if (!read) {
        return Fail(InvalidArgument("cannot read " + file + ": " + read.error().message));
      }
      text = *std::move(read);
    }
    CULVERT_TRY(
        syncjob::ParseManifest(text, file == "-" ? "standard input" : file, input.manifest));
  }
  CULVERT_ASSIGN_OR_RETURN(input.job, ChooseJob(input.manifest, job_name));
  const syncjob::SyncJobSpec& spec = input.job.spec;
  if (const auto* table = std::get_if<syncjob::MaxComputeSource>(&spec.source)) {
    CULVERT_ASSIGN_OR_RETURN(
        input.source, FindDataSource(input.manifest, input.job.name_space, table->data_source,
                                     "spec.source.maxCompute.dataSourceRef"));
    CULVERT_TRY(CheckEndpoints(input.source));
  }
  if (const auto* table = std::get_if<syncjob::MaxComputeTarget>(&spec.target)) {
    CULVERT_ASSIGN_OR_RETURN(
        input.target, FindDataSource(input.manifest, input.job.name_space, table->data_source,
                                     "spec.target.maxCompute.dataSourceRef"));
    CULVERT_TRY(CheckEndpoints(input.target));
  }
  return input;
}

}  // namespace culvert::runner
