// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What happened to the data, held against what was meant to happen: the emulator's event log beside
// the plans that runs recorded and the ends that they told. Pure: texts in, violations out.

namespace culvert::test {

/// One line of the emulator's event log (emulator/event_log.h), or a mark that a test put there:
/// `run.ended` names a run and the attempt it ended with, and stands where that was on record.
struct HistoryEvent {
  std::size_t line = 0;  // from 1
  std::string kind;      // "commit.applied"
  WallTime at;
  std::string session;
  std::string mode;    // session.open: download, append, overwrite
  std::string target;  // `project.schema.table/partition`
  std::uint64_t block = 0;
  std::uint64_t blocks = 0;
  std::uint64_t records = 0;
  std::uint64_t hash = 0;
  std::uint64_t columns = 0;
  std::string run;
  std::int32_t attempt = 0;
};

/// Every line of `text`. kDataLoss naming the line that is no event.
Result<std::vector<HistoryEvent>> ParseHistory(std::string_view text);

/// What one attempt meant to do: its recorded plan.
struct HistoryAttempt {
  struct Block {
    std::string session;
    std::uint64_t id = 0;
    std::uint64_t rows = 0;
  };
  std::string run;  // whatever tells runs apart: a uid, a directory
  std::int32_t attempt = 1;
  bool atomic = false;                 // consistencyCommit
  bool replaces = false;               // truncate
  bool same_rows = false;              // target rows are the source's, bit for bit
  std::size_t columns = 0;             // read of the source
  std::vector<std::string> downloads;  // sessions of the source
  std::vector<std::string> sessions;   // upload sessions
  std::vector<Block> blocks;
  std::uint64_t rows() const;
};

/// A terminal state that somebody recorded. Attempts up to this one, and after the one of the end
/// before, are one group: the run was to happen once among them.
struct HistoryEnd {
  std::string run;
  std::int32_t attempt = 1;
  bool succeeded = false;
  std::optional<std::uint64_t> rows_written;   // as it was reported
  std::optional<std::uint64_t> rows_left_out;  // dirty and filtered, as it was reported
  std::optional<WallTime> at;                  // when it was on record, to the second
};

struct History {
  std::vector<HistoryEvent> events;
  std::vector<HistoryAttempt> attempts;
  std::vector<HistoryEnd> ends;
  std::vector<std::pair<std::string, std::string>> artefacts;  // name, text: logs, objects
  std::vector<std::string> secrets;
  std::chrono::seconds session_life = std::chrono::hours(24);
};

/// A broken rule. `check` names it: C1 the rows of a run are in its target once each; C2 a run that
/// commits at once never shows a part; C3 nothing is committed once its end is on record; C4 a
/// session, and a run, is committed once; C5 no attempt commits after a later one; C7 the report's
/// rows are those that are there; C8 no session is used beyond its life; C9 no secret is told; I2 a
/// block that is sent again is the same block. C6 is of streams, of which there is no kind yet.
struct Violation {
  std::string check;
  std::string what;
  bool operator==(const Violation&) const = default;
};

/// All of them, in the order of the checks.
std::vector<Violation> CheckHistory(const History& history);
/// One line each: `C4: ...`; empty when there are none.
std::string ToText(const std::vector<Violation>& violations);

}  // namespace culvert::test
