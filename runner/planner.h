// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/maxcompute/client.h"
#include "libs/syncjob/new_table.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/source_query.h"
#include "runner/job_input.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace culvert::runner {

/// What is known of a job after asking for metadata only: nothing was written and no session
/// opened.
struct Survey {
  syncjob::SyncJobSpec spec;
  std::string source_title;  // `flights`, or `stream`
  std::string target_title;
  struct Unit {
    std::string partition;   // of the source, empty: none
    std::int64_t rows = -1;  // as the metadata has it, -1: unknown
    std::int64_t bytes = -1;
    std::size_t target = 0;  // index into targets
  };
  std::vector<Unit> units;
  struct TargetPartition {
    std::string partition;
    bool exists = true;
  };
  std::vector<TargetPartition> targets;
  std::optional<syncjob::NewTable> creates;  // the target table is made of this
  bool creates_dirty_table = false;          // the sink of dirty rows is not there yet
  bool no_partition = false;                 // nothing matched, and that is success
  std::vector<std::string> read_columns;
  std::vector<std::string> read_column_types;
  std::vector<syncjob::ColumnPlan> columns;
  syncjob::Route route = syncjob::Route::kPassThrough;
  std::string route_reason;  // why no faster one
  std::vector<std::string> warnings;
  std::optional<syncjob::SourceQuery> query;  // with enableWhere: read in place of the table
  bool truncate_by_sql = false;
  std::int32_t streams = 1;  // of the run, after the limits of the data sources
};

/// The clients of a job's two sides; null for a stream. The same pointer when both are one
/// DataSource.
struct Sides {
  maxcompute::Client* source = nullptr;
  maxcompute::Client* target = nullptr;
};

/// All of the preflight: project, tables, kinds, partitions, mapping. Sends GET requests only.
/// Errors name the noun and carry a reason of docs/reasons.md.
Result<Survey> SurveyJob(const OpContext& ctx, const JobInput& input, const Sides& sides);

/// What makes the places that the run writes: `CREATE TABLE IF NOT EXISTS ...` for a table that is
/// to be made, and `ALTER TABLE ... ADD IF NOT EXISTS PARTITION ...` for each partition that does
/// not exist. All idempotent.
Result<std::vector<std::string>> PlaceStatements(const Survey& survey);

/// One SELECT of a surveyed query.
struct QueryStatement {
  std::string sql;
  std::vector<std::size_t> units;  // of the survey, that it reads
};
/// The SELECTs of Survey::query, none without one. Errors as SelectStatement.
Result<std::vector<QueryStatement>> QueryStatements(const Survey& survey);

/// Told about overwrite sessions, which cannot be aborted and of which only one may be open on a
/// partition: see Journal.
struct SessionHooks {
  std::map<std::string, std::string> known;  // partition -> id of one opened before
  std::map<std::string, std::string> asked;  // partition -> when a lost request was sent
  std::optional<WallTime> since =
      {};  // requests of a process before this one may be lost since then
  std::function<Status(const std::string& partition)> asking;
  std::function<Status(const std::string& partition, const std::string& upload_id)> opened;
};

/// The first warnings of a survey, as a plan records them.
std::vector<std::string> WarningsOf(const std::vector<std::string>& warnings);

/// How a plan's SELECTs are recognised among the caller's instances, by a process that goes on with
/// a plan that was not recorded.
struct QueryName {
  std::string seed = {};  // of this attempt of this run and no other
  std::optional<WallTime> since =
      {};  // they may have been submitted since then; none: they were not
};

struct PlanInput {
  const JobInput& job;
  const Survey& survey;
  const Sides& sides;
  std::string spec_hash;
  std::int32_t attempt = 1;
  std::string created;  // RFC 3339
  std::uint64_t seed = 0;
  SessionHooks sessions;
  // Columns of the last plan of the same spec.
  std::optional<std::vector<std::string>> contract_before = {};
  QueryName query = {};
};

/// Runs the source's SELECTs if it has any, creates the target table and partitions that are
/// missing, opens download and upload sessions, cuts blocks. Openings are paced below the service's
/// limits per table. `reused` tells whether an overwrite session of an earlier attempt was taken
/// over, which may hold blocks of that attempt.
struct OpenedPlan {
  syncjob::Plan plan;
  bool reused = false;
};
Result<OpenedPlan> OpenPlan(const OpContext& ctx, const PlanInput& input);

}  // namespace culvert::runner
