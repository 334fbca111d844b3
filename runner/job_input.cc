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
  std::array<char, std::size_t{64} * 1024> piece{};
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), stdin)) {
    text.append(piece.data(), got);
    if (text.size() > kManifestBytesMax) {
      return Fail(InvalidArgument("standard input is larger than 4 MiB"));
    }
  }
  return text;
}

// The DataSource that one side of the job names; an error begins with the side's field.
Result<syncjob::DataSource> SideOf(const JobInput& input, const std::string& name,
                                   const char* side) {
  auto found = syncjob::ResolveDataSource(input.manifest, input.job, name);
  if (found) return **found;
  found.error().message = std::string("spec.") + side +
                          ".maxCompute.dataSourceRef: " + std::move(found.error().message);
  return Fail(std::move(found.error()));
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

syncjob::Speed AllowedSpeed(const JobInput& input) {
  const syncjob::SyncJobSpec& spec = input.job.spec;
  syncjob::Speed speed = spec.speed;
  if (std::holds_alternative<syncjob::MaxComputeSource>(spec.source)) {
    speed.concurrent = std::min(speed.concurrent, input.source.concurrent_streams_max);
  }
  if (std::holds_alternative<syncjob::MaxComputeTarget>(spec.target)) {
    speed.concurrent = std::min(speed.concurrent, input.target.concurrent_streams_max);
  }
  speed.concurrent = std::max(1, speed.concurrent);
  return speed;
}

Result<JobInput> ReadJob(const std::vector<std::string>& files, const std::string& job_name,
                         const ParameterFlags& parameters) {
  JobInput input;
  CULVERT_ASSIGN_OR_RETURN(JobParameters values, JobParameters::Make(parameters));
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
    CULVERT_TRY(syncjob::ParseManifest(
        text, file == "-" ? "standard input" : file, input.manifest,
        [&values](std::string_view field) { return values.Resolve(field); }));
  }
  input.cycle = values.cycle();
  input.replaced = values.replaced();
  CULVERT_ASSIGN_OR_RETURN(const syncjob::SyncJob* job, syncjob::FindJob(input.manifest, job_name));
  input.job = *job;
  const syncjob::SyncJobSpec& spec = input.job.spec;
  if (const auto* table = std::get_if<syncjob::MaxComputeSource>(&spec.source)) {
    CULVERT_ASSIGN_OR_RETURN(input.source, SideOf(input, table->data_source, "source"));
    CULVERT_TRY(CheckEndpoints(input.source));
  }
  if (const auto* table = std::get_if<syncjob::MaxComputeTarget>(&spec.target)) {
    CULVERT_ASSIGN_OR_RETURN(input.target, SideOf(input, table->data_source, "target"));
    CULVERT_TRY(CheckEndpoints(input.target));
  }
  return input;
}

}  // namespace culvert::runner
