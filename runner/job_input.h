// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/types.h"
#include "runner/dirty_row_set.h"
#include "runner/job_parameters.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace culvert::runner {

/// One job with everything that its documents say: nothing asked from a service yet.
struct JobInput {
  syncjob::SyncJob job;
  syncjob::DataSource source;  // empty name: a stream
  syncjob::DataSource target;
  syncjob::Manifest manifest;                     // for Secrets and ConfigMaps
  std::optional<std::chrono::sys_seconds> cycle;  // when the run was planned, if that was said
  std::vector<Replaced> replaced;                 // texts of the documents with placeholders
  std::shared_ptr<const DirtyRowSet> replay;  // rows to take in place of the source's; null: none

  std::string Name() const { return job.name_space + "/" + job.name; }
};

/// The job's speed, with no more streams than the DataSources that it uses allow; at least one.
syncjob::Speed AllowedSpeed(const JobInput& input);

/// Reads the files ("-" is standard input, once), puts the values of `parameters` in the place of
/// their placeholders, chooses the job (`job_name` may be empty when there is one) and finds its
/// DataSources in the job's namespace. kInvalidArgument says which field of which file.
Result<JobInput> ReadJob(const std::vector<std::string>& files, const std::string& job_name,
                         const ParameterFlags& parameters);

/// Refuses an endpoint over plain HTTP unless the DataSource allows it, with the field's name.
/// kInvalidArgument/InsecureEndpoint.
Status CheckEndpoints(const syncjob::DataSource& data_source);

}  // namespace culvert::runner
