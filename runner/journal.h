// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/file.h"
#include "libs/base/mutex.h"
#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"
#include "runner/engine/transfer.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::runner {

/// What a journal says about the newest attempt of a run. Replaying the same lines gives the same
/// state, whatever the process that wrote them was killed at.
struct RunState {
  std::int32_t attempt = 0;  // 0: nothing was ever begun
  std::string job;
  std::string spec_hash;
  std::string run_nonce;
  std::string started;  // RFC 3339
  std::optional<syncjob::Plan> plan;
  // Columns of the last plan before this attempt that belongs to the same spec.
  std::optional<std::vector<std::string>> contract_before;
  bool prepared = false;
  std::vector<syncjob::StatementRun> statements;       // of preSql, as prepared
  std::map<BlockRef, BlockResult> blocks;              // on the target, so far as it told
  std::map<std::size_t, syncjob::ShardReport> shards;  // finished shards
  bool decided = false;                                // to commit
  std::set<std::size_t> committing;                    // a commit may have been sent
  std::set<std::size_t> committed;
  std::optional<syncjob::RunReport> finished;
  std::optional<Error> abandoned;  // this attempt goes no further; a new one may begin
  std::optional<Error> terminal;   // only a person may begin anew

  /// Overwrite sessions of this and earlier attempts by target partition. The service lets one be
  /// open on a partition and knows no abort, so a new attempt takes over the one that is there.
  std::map<std::string, std::string> overwrite_sessions;
  /// When a request for such a session was sent whose answer is not known; RFC 3339, by partition.
  std::map<std::string, std::string> overwrite_asked;
  /// What the SELECTs of a plan that is not recorded yet are recognised by, and when the first of
  /// them may have been submitted; RFC 3339. Kept from an attempt without a plan to the next.
  std::string query_seed;
  std::string query_since;

  /// Something is under way that a new attempt would have to throw away.
  bool unfinished() const { return plan.has_value() && !finished && !abandoned && !terminal; }
};

/// The record of a run on one machine, in place of the API server's: a file of checksummed lines,
/// each on the disk before what it announces happens. An attempt announces nothing but questions to
/// the service: its line reaches the disk with the next. One process at a time. Thread-safe.
class Journal {
 public:
  /// Opens or begins `directory`/journal.log. kFailedPrecondition when another process has it open;
  /// kDataLoss when a line is damaged; kResourceExhausted/LocalPressure when the disk is full.
  static Result<std::unique_ptr<Journal>> Open(const std::string& directory);

  const std::string& directory() const { return directory_; }
  /// As of the lines written so far. Not to be held while other threads write.
  const RunState& state() const { return state_; }

  Status BeginAttempt(std::int32_t attempt, const std::string& job, const std::string& spec_hash,
                      const std::string& run_nonce, const std::string& started);
  /// Before an overwrite session is asked for, and once its id is known.
  Status RecordSessionAsked(const std::string& partition, const std::string& when);
  Status RecordSessionOpened(const std::string& partition, const std::string& upload_id);
  /// Before the first SELECT of a plan is submitted.
  Status RecordQuery(const std::string& seed, const std::string& when);
  Status RecordPlan(const syncjob::Plan& plan);
  /// `statements`: those of preSql that ran.
  Status RecordPrepared(const std::vector<syncjob::StatementRun>& statements);
  Status RecordBlock(const BlockRecord& block);
  Status RecordShard(const syncjob::ShardReport& report);
  Status RecordDecision();
  Status RecordCommitting(std::size_t session);
  Status RecordCommitted(std::size_t session);
  Status RecordFinished(const syncjob::RunReport& report);
  Status RecordAbandoned(const Error& error);
  Status RecordTerminal(const Error& error);

 private:
  Journal(std::string directory, DurableLog log)
      : directory_(std::move(directory)), log_(std::move(log)) {}
  enum class When : std::uint8_t { kNow, kWithTheNext };
  Status Append(const std::string& text, When when = When::kNow);

  std::string directory_;
  Mutex mutex_;
  DurableLog log_ GUARDED_BY(mutex_);
  RunState state_;  // written under the mutex
};

/// One line of a journal (without its newline) applied to `state`. kDataLoss when it is damaged.
Status ReplayLine(std::string_view line, RunState& state);

}  // namespace culvert::runner
