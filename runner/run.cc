// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/run.h"

#include "libs/base/digest.h"
#include "libs/base/log.h"
#include "libs/base/time_format.h"
#include "libs/schedule/run_name.h"
#include "runner/attempt.h"
#include "runner/connection.h"
#include "runner/dirty_table_reader.h"
#include "runner/job_input.h"
#include "runner/journal.h"
#include "runner/planner.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

constexpr int kRestartsMax = 2;  // attempts that one call begins anew by itself

Error SpecChanged(const Journal& journal, const char* what) {
  return FailedPrecondition(std::string("the job's spec is not the one that ") + what +
                            " on record in " + journal.directory() +
                            "; put it back, or run with --again to begin anew")
      .Because("SpecChanged");
}

Error ReplayChanged(const Journal& journal) {
  return FailedPrecondition("the rows or the job are not those whose replay is under way in " +
                            journal.directory() + "; put them back, and call it again")
      .Because("SpecChanged");
}

// A replay is another one when its rows are others.
std::string HashOf(const JobInput& input) {
  const std::string hash = syncjob::SpecHash(input.job.spec, input.source, input.target);
  return input.replay == nullptr ? hash : Sha256Hex(hash + input.replay->digest());
}

class LocalRun {
 public:
  LocalRun(const RunOptions& options, JobInput input, Telemetry& telemetry)
      : options_(options),
        telemetry_(telemetry),
        input_(std::move(input)),
        spec_hash_(HashOf(input_)) {}

  Result<syncjob::RunReport> Run(const OpContext& ctx) {
    CULVERT_ASSIGN_OR_RETURN(journal_, Journal::Open(StateDirectory()));
    const RunState& state = journal_->state();
    if (state.attempt > 0 && state.job != input_.Name()) {
      return Fail(InvalidArgument("the journal in " + journal_->directory() + " is of job " +
                                  state.job + "; give each job a --state directory of its own"));
    }
    const bool fresh =
        options_.again || (input_.replay == nullptr && state.run_nonce != input_.job.run_nonce);
    if (!fresh && state.finished) {
      // Rows that were replayed are replayed, whatever the job says now.
      const bool same = state.spec_hash == spec_hash_ || input_.replay != nullptr;
      if (!same) return Fail(SpecChanged(*journal_, "was run"));
      syncjob::RunReport report = *state.finished;
      report.outcome = "AlreadyDone";
      return report;
    }
    if (!fresh && state.terminal) return Fail(*state.terminal);
    const bool resume = !fresh && state.unfinished();
    if (resume && state.spec_hash != spec_hash_) {
      if (input_.replay != nullptr) return Fail(ReplayChanged(*journal_));
      return Fail(SpecChanged(*journal_, "is under way"));
    }
    CULVERT_TRY(Connect(ctx));
    if (resume) {
      ctx.log.Info("resuming", {{"job", input_.Name()},
                                {"attempt", state.attempt},
                                {"blocks_done", state.blocks.size()}});
    }
    return Attempts(ctx, resume);
  }

 private:
  // Each planned time is a run of its own.
  std::string StateDirectory() const {
    if (!options_.state_directory.empty()) return options_.state_directory;
    const std::string& name = input_.job.name;
    return "./.culvert/" + input_.job.name_space + "-" +
           (input_.cycle ? schedule::RunName(name, *input_.cycle) : name);
  }

  Status Connect(const OpContext& ctx) {
    const CredentialsPlace place{.manifest = &input_.manifest,
                                 .directory = options_.credentials_directory,
                                 .wait = {},
                                 .stop = {}};
    const bool reads = input_.replay == nullptr &&
                       std::holds_alternative<syncjob::MaxComputeSource>(input_.job.spec.source);
    const bool writes = std::holds_alternative<syncjob::MaxComputeTarget>(input_.job.spec.target);
    if (reads) {
      CULVERT_ASSIGN_OR_RETURN(source_, Connection::Make({.data_source = input_.source,
                                                          .place = place,
                                                          .tunnel_endpoint = "",
                                                          .jitter_seed = RandomSeed(),
                                                          .side = Side::kSource,
                                                          .clock = ctx.clock,
                                                          .metrics = telemetry_.metrics()}));
      sides_.source = &source_->client();
    }
    if (writes && reads && input_.source == input_.target) {
      sides_.target = sides_.source;
    } else if (writes) {
      CULVERT_ASSIGN_OR_RETURN(target_, Connection::Make({.data_source = input_.target,
                                                          .place = place,
                                                          .tunnel_endpoint = "",
                                                          .jitter_seed = RandomSeed(),
                                                          .side = Side::kTarget,
                                                          .clock = ctx.clock,
                                                          .metrics = telemetry_.metrics()}));
      sides_.target = &target_->client();
    }
    return {};
  }

  Result<syncjob::RunReport> Attempts(const OpContext& ctx, bool resume) {
    for (int restarts = 0;; ++restarts) {
      bool reused = resume && !journal_->state().overwrite_sessions.empty();
      if (!resume) {
        CULVERT_ASSIGN_OR_RETURN(reused, BeginAttempt(ctx));
      }
      Attempt attempt({.journal = *journal_,
                       .sides = sides_,
                       .telemetry = telemetry_,
                       .speed = AllowedSpeed(input_),
                       .dirty_root = options_.dirty_directory.empty()
                                         ? journal_->directory() + "/dirty"
                                         : options_.dirty_directory,
                       .progress = options_.progress,
                       .resumed = resume,
                       .reused = reused,
                       .replay = input_.replay.get()});
      auto report = attempt.Run(ctx);
      if (report) return report;
      Error error = std::move(report.error());
      if (error.code == ErrorCode::kCancelled) {
        return Fail(Cancelled("stopped; the same command goes on from here"));
      }
      CULVERT_ASSIGN_OR_RETURN(const bool again, Judge(error));
      if (!again || restarts == kRestartsMax) return Fail(std::move(error));
      ctx.log.Warn("starting over", {{"error", ToString(error)}});
      resume = false;
    }
  }

  // Plans a new attempt and records it; true when it took over a session of an earlier one.
  Result<bool> BeginAttempt(const OpContext& ctx) {
    const RunState& state = journal_->state();
    // An attempt without a plan did nothing that counts.
    const std::int32_t number = state.plan ? state.attempt + 1 : std::max(1, state.attempt);
    const std::string now = FormatRfc3339(ctx.clock.Now(), Subseconds::kMilliseconds);
    const std::string spec_before = state.spec_hash;
    const std::string nonce_before = state.run_nonce;
    CULVERT_TRY(
        journal_->BeginAttempt(number, input_.Name(), spec_hash_, input_.job.run_nonce, now));
    // SELECTs of a plan that was interrupted are this run's when nothing says otherwise.
    query_goes_on_ =
        !options_.again && spec_before == spec_hash_ && nonce_before == input_.job.run_nonce;
    CULVERT_ASSIGN_OR_RETURN(const Survey survey, SurveyJob(ctx, input_, sides_));
    for (const std::string& warning : survey.warnings) {
      ctx.log.Warn("check the plan", {{"warning", warning}});
    }
    QueryName query;
    if (survey.query) {
      CULVERT_ASSIGN_OR_RETURN(query, NameQuery(ctx));
    }
    CULVERT_ASSIGN_OR_RETURN(const OpenedPlan opened,
                             OpenPlan(ctx, {.job = input_,
                                            .survey = survey,
                                            .sides = sides_,
                                            .spec_hash = spec_hash_,
                                            .attempt = number,
                                            .created = now,
                                            .seed = RandomSeed(),
                                            .sessions = Hooks(ctx),
                                            .contract_before = journal_->state().contract_before,
                                            .query = std::move(query)}));
    CULVERT_TRY(journal_->RecordPlan(opened.plan));
    return opened.reused;
  }

  // A result that is older than an hour is not what the user asks for now.
  Result<QueryName> NameQuery(const OpContext& ctx) {
    constexpr std::chrono::hours kFresh{1};
    const RunState& state = journal_->state();
    const WallTime now = ctx.clock.Now();
    const auto since = ParseRfc3339(state.query_since);
    if (query_goes_on_ && !state.query_seed.empty() && since && now - *since < kFresh) {
      return QueryName{.seed = state.query_seed, .since = *since};
    }
    QueryName name{.seed = RandomHex128()};
    CULVERT_TRY(journal_->RecordQuery(name.seed, FormatRfc3339(now)));
    return name;
  }

  SessionHooks Hooks(const OpContext& ctx) {
    return {.known = journal_->state().overwrite_sessions,
            .asked = journal_->state().overwrite_asked,
            .asking =
                [this, &ctx](const std::string& partition) {
                  return journal_->RecordSessionAsked(partition, FormatRfc3339(ctx.clock.Now()));
                },
            .opened =
                [this](const std::string& partition, const std::string& upload_id) {
                  return journal_->RecordSessionOpened(partition, upload_id);
                }};
  }

  // Records what an error means to the attempt; may replace it. True: a new attempt may begin at
  // once.
  Result<bool> Judge(Error& error) {
    // After the commits there is nothing to begin anew for.
    if (error.reason == "CommitOutcomeUnknown" || error.reason == "PostSqlFailed") {
      CULVERT_TRY(journal_->RecordTerminal(error));
      return false;
    }
    const bool sessions_lost = error.reason == "SessionExpired";
    const bool source_changed = error.reason == "SourceChanged";
    const bool permanent = !IsRetryable(error.code) && error.code != ErrorCode::kCancelled &&
                           error.code != ErrorCode::kUnauthenticated &&
                           error.code != ErrorCode::kPermissionDenied &&
                           error.code != ErrorCode::kInternal &&
                           error.code != ErrorCode::kUnknown && error.reason != "LocalPressure";
    if (!sessions_lost && !source_changed && !permanent) return false;
    const RunState& state = journal_->state();
    const auto* table = std::get_if<syncjob::MaxComputeTarget>(&input_.job.spec.target);
    const bool replaces = table == nullptr || table->truncate;
    if (replaces || state.committing.empty()) {
      CULVERT_TRY(journal_->RecordAbandoned(error));
      return sessions_lost;
    }
    if (!sessions_lost && !source_changed) return false;
    // Appended rows are visible already: beginning anew would double them, going on is impossible.
    Error partial =
        FailedPrecondition("some rows of " + state.job +
                           " are committed and the rest cannot be "
                           "written any more (" +
                           error.message +
                           "): remove the rows of this run from the target, then run with --again")
            .Because("PartiallyCommitted");
    error = partial;
    CULVERT_TRY(journal_->RecordTerminal(error));
    return false;
  }

  const RunOptions& options_;
  Telemetry& telemetry_;
  JobInput input_;
  std::string spec_hash_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Connection> source_;
  std::unique_ptr<Connection> target_;
  Sides sides_;
  bool query_goes_on_ = false;
};

// The job as it adds the rows of `set` to its target.
Status MakeReplay(std::shared_ptr<const DirtyRowSet> set, JobInput& input) {
  if (set->job() != input.Name()) {
    return Fail(InvalidArgument("the rows are of job " + set->job() + ", not of " + input.Name()));
  }
  syncjob::SyncJobSpec& spec = input.job.spec;
  if (auto* table = std::get_if<syncjob::MaxComputeTarget>(&spec.target)) {
    table->truncate = false;
    table->consistency_commit = true;
  }
  if (spec.verify == syncjob::Verify::kContentHash) spec.verify = syncjob::Verify::kCount;
  // Rows that are dirty again stay beside those that were replayed.
  spec.dirty_sink_table.clear();
  spec.dirty_sink_claim = "replay";
  input.replay = std::move(set);
  return {};
}

}  // namespace

Result<syncjob::RunReport> RunJob(const OpContext& ctx, const RunOptions& options,
                                  Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(JobInput input, ReadJob(options.files, options.job, options.parameters));
  for (const Replaced& replaced : input.replaced) {
    ctx.log.Info("placeholders replaced", {{"text", replaced.text}, {"value", replaced.value}});
  }
  return LocalRun(options, std::move(input), telemetry).Run(ctx);
}

Result<syncjob::RunReport> ReplayDirty(const OpContext& ctx, const RunOptions& options,
                                       const std::string& directory, Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(JobInput input, ReadJob(options.files, options.job, options.parameters));
  CULVERT_ASSIGN_OR_RETURN(DirtyRowSet set, DirtyRowSet::Open(directory));
  if (set.rows() == 0) {
    const std::string now = FormatRfc3339(ctx.clock.Now(), Subseconds::kMilliseconds);
    syncjob::RunReport nothing;
    nothing.job = set.job();
    nothing.started = nothing.finished = now;
    nothing.outcome = "Succeeded";
    return nothing;
  }
  CULVERT_TRY(MakeReplay(std::make_shared<const DirtyRowSet>(std::move(set)), input));
  RunOptions replay = options;
  replay.again = false;
  replay.state_directory = directory + "/replay";
  replay.dirty_directory = replay.state_directory + "/dirty";
  return LocalRun(replay, std::move(input), telemetry).Run(ctx);
}

Result<std::uint64_t> FetchDirty(const OpContext& ctx, const RunOptions& options,
                                 const std::string& run, const std::string& directory,
                                 Telemetry& telemetry) {
  CULVERT_ASSIGN_OR_RETURN(const JobInput input,
                           ReadJob(options.files, options.job, options.parameters));
  const std::string& table = input.job.spec.dirty_sink_table;
  if (table.empty()) {
    return Fail(InvalidArgument("job " + input.Name() +
                                " keeps no dirty rows in a table: setting.dirtySink.maxCompute "
                                "names none"));
  }
  CULVERT_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                           Connection::Make({.data_source = input.target,
                                             .place = {.manifest = &input.manifest,
                                                       .directory = options.credentials_directory,
                                                       .wait = {},
                                                       .stop = {}},
                                             .tunnel_endpoint = "",
                                             .jitter_seed = RandomSeed(),
                                             .side = Side::kTarget,
                                             .clock = ctx.clock,
                                             .metrics = telemetry.metrics()}));
  return FetchDirtyRows(ctx, connection->client().tunnel(), table, run, directory);
}

}  // namespace culvert::runner
