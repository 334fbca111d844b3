// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"
#include "emulator/event_log.h"
#include "emulator/instance_results.h"
#include "emulator/projects.h"
#include "emulator/sql/statement.h"
#include "libs/base/op_context.h"

#include <map>
#include <optional>
#include <string>

namespace culvert::emulator::sql {

/// Rows that a CSV result shows; the instance tunnel has them all.
inline constexpr std::uint64_t kCsvRowsMax = 10'000;
/// Encoded bytes of one result; a query that gives more fails.
inline constexpr std::uint64_t kResultBytesMax = std::uint64_t{2} * 1024 * 1024 * 1024;

/// Where a script runs.
struct Session {
  std::string project;
  std::string schema;                           // of names without one; empty is the default
  std::map<std::string, std::string> settings;  // odps.namespace.schema and so on
};

/// What a script gave: the rows of its last SELECT, or the text of its last statement.
struct Outcome {
  std::string format = "text";  // or "csv"
  std::string text;
  std::optional<ResultSet> rows;
};

/// Runs scripts against the catalog. Thread-safe: it has no state of its own. Everything handed in
/// must outlive it.
class Executor {
 public:
  Executor(Catalog& catalog, SegmentStore& segments, const ProjectRegistry& projects,
           EventLog& events)
      : catalog_(catalog), segments_(segments), projects_(projects), events_(events) {}

  /// All statements in order; the first failure ends the script, those before it stay done. The
  /// error's message is the service's text (`ODPS-0130131:[1,15] Table not found - ...`).
  Result<Outcome> RunScript(const OpContext& context, Session session, std::string_view script);

 private:
  Catalog& catalog_;
  SegmentStore& segments_;
  const ProjectRegistry& projects_;
  EventLog& events_;
};

}  // namespace culvert::emulator::sql
