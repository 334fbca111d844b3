// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/journal.h"

#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/syncjob/schema_contract.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <utility>

namespace culvert::runner {
namespace {

using nlohmann::json;

constexpr std::size_t kJournalBytesMax = std::size_t{512} * 1024 * 1024;
constexpr std::size_t kChecksumChars = 8;

std::string Checksum(std::string_view text) {
  std::array<char, kChecksumChars + 1> hex{};
  std::snprintf(hex.data(), hex.size(), "%08x", Crc32c(AsBytes(text)));
  return {hex.data(), kChecksumChars};
}

json ErrorJson(const char* kind, const Error& error) {
  return {{"kind", kind},
          {"code", static_cast<int>(error.code)},
          {"reason", error.reason},
          {"message", error.message}};
}

Result<Error> ParseError(const json& record) {
  Error error;
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t code, JsonInt64(record, "code"));
  error.code = static_cast<ErrorCode>(code);
  CULVERT_ASSIGN_OR_RETURN(error.reason, JsonString(record, "reason"));
  CULVERT_ASSIGN_OR_RETURN(error.message, JsonString(record, "message"));
  return error;
}

// The counters of a block in the order they are written in. The last came later: a journal of
// before it has one less.
std::array<std::uint64_t*, 11> Fields(BlockResult& result) {
  return {&result.rows_read,        &result.rows_written,  &result.rows_dirty,
          &result.bytes_read,       &result.bytes_written, &result.bytes_raw,
          &result.content_hash,     &result.read_wait_ns,  &result.write_wait_ns,
          &result.throttle_wait_ns, &result.rows_filtered};
}

Status ReplayBlock(const json& record, RunState& state) {
  BlockRef where;
  CULVERT_ASSIGN_OR_RETURN(where.shard, JsonUint64(record, "shard"));
  CULVERT_ASSIGN_OR_RETURN(where.block, JsonUint64(record, "block"));
  if (!state.plan || where.shard >= state.plan->shards.size() ||
      where.block >= state.plan->shards[where.shard].blocks.size()) {
    return Fail(DataLoss("a block that is in no plan"));
  }
  const auto counters = record.find("counters");
  BlockResult result;
  const auto fields = Fields(result);
  if (counters == record.end() || !counters->is_array() || counters->size() > fields.size() ||
      counters->size() + 1 < fields.size()) {
    return Fail(DataLoss("a block without its counters"));
  }
  for (std::size_t i = 0; i < counters->size(); ++i) {
    if (!(*counters)[i].is_number_unsigned()) return Fail(DataLoss("a counter that is no number"));
    *fields[i] = (*counters)[i].get<std::uint64_t>();
  }
  state.blocks[where] = result;
  return {};
}

Status ReplayRecord(const json& record, RunState& state) {
  CULVERT_ASSIGN_OR_RETURN(const std::string kind, JsonString(record, "kind"));
  if (kind == "attempt") {
    RunState next;
    next.overwrite_sessions = std::move(state.overwrite_sessions);
    next.overwrite_asked = std::move(state.overwrite_asked);
    next.contract_before = std::move(state.contract_before);
    if (state.plan) next.contract_before = syncjob::ContractOf(*state.plan);
    const std::string spec_before = std::move(state.spec_hash);
    if (!state.plan) {
      next.query_seed = std::move(state.query_seed);
      next.query_since = std::move(state.query_since);
    }
    state = std::move(next);
    CULVERT_ASSIGN_OR_RETURN(const std::int64_t attempt, JsonInt64(record, "attempt"));
    state.attempt = static_cast<std::int32_t>(attempt);
    CULVERT_ASSIGN_OR_RETURN(state.job, JsonString(record, "job"));
    CULVERT_ASSIGN_OR_RETURN(state.spec_hash, JsonString(record, "specHash"));
    if (state.spec_hash != spec_before) state.contract_before.reset();
    CULVERT_ASSIGN_OR_RETURN(state.run_nonce, JsonString(record, "runNonce"));
    CULVERT_ASSIGN_OR_RETURN(state.started, JsonString(record, "started"));
    return {};
  }
  if (kind == "sessionAsked") {
    CULVERT_ASSIGN_OR_RETURN(const std::string partition, JsonString(record, "partition"));
    CULVERT_ASSIGN_OR_RETURN(state.overwrite_asked[partition], JsonString(record, "when"));
    return {};
  }
  if (kind == "sessionOpened") {
    CULVERT_ASSIGN_OR_RETURN(const std::string partition, JsonString(record, "partition"));
    CULVERT_ASSIGN_OR_RETURN(state.overwrite_sessions[partition], JsonString(record, "uploadId"));
    state.overwrite_asked.erase(partition);
    return {};
  }
  if (kind == "plan") {
    CULVERT_ASSIGN_OR_RETURN(const std::string text, JsonString(record, "plan"));
    CULVERT_ASSIGN_OR_RETURN(state.plan, syncjob::ParsePlan(text));
    return {};
  }
  if (kind == "prepared") {
    state.prepared = true;
    if (!record.contains("statements")) return {};
    for (const json& item : record["statements"]) {
      syncjob::StatementRun run;
      CULVERT_ASSIGN_OR_RETURN(run.name, JsonString(item, "name"));
      CULVERT_ASSIGN_OR_RETURN(run.instance, JsonString(item, "instance"));
      state.statements.push_back(std::move(run));
    }
    return {};
  }
  if (kind == "query") {
    CULVERT_ASSIGN_OR_RETURN(state.query_seed, JsonString(record, "seed"));
    CULVERT_ASSIGN_OR_RETURN(state.query_since, JsonString(record, "when"));
    return {};
  }
  if (kind == "block") return ReplayBlock(record, state);
  if (kind == "shard") {
    CULVERT_ASSIGN_OR_RETURN(const std::string text, JsonString(record, "report"));
    CULVERT_ASSIGN_OR_RETURN(syncjob::ShardReport report, syncjob::ParseShardReport(text));
    state.shards[static_cast<std::size_t>(report.shard)] = report;
    return {};
  }
  if (kind == "decision") {
    state.decided = true;
    return {};
  }
  if (kind == "committing" || kind == "committed") {
    CULVERT_ASSIGN_OR_RETURN(const std::uint64_t session, JsonUint64(record, "session"));
    if (!state.plan || session >= state.plan->sessions.size()) {
      return Fail(DataLoss("a session that is in no plan"));
    }
    (kind == "committing" ? state.committing : state.committed).insert(session);
    return {};
  }
  if (kind == "finished") {
    CULVERT_ASSIGN_OR_RETURN(const std::string text, JsonString(record, "report"));
    CULVERT_ASSIGN_OR_RETURN(state.finished, syncjob::ParseRunReport(text));
    return {};
  }
  if (kind == "abandoned") {
    CULVERT_ASSIGN_OR_RETURN(state.abandoned, ParseError(record));
    return {};
  }
  if (kind == "terminal") {
    CULVERT_ASSIGN_OR_RETURN(state.terminal, ParseError(record));
    return {};
  }
  return Fail(DataLoss("a record of unknown kind '" + kind + "'"));
}

}  // namespace

Status ReplayLine(std::string_view line, RunState& state) {
  if (line.size() <= kChecksumChars || line[kChecksumChars] != ' ') {
    return Fail(DataLoss("a line without its checksum"));
  }
  const std::string_view text = line.substr(kChecksumChars + 1);
  if (Checksum(text) != line.substr(0, kChecksumChars)) {
    return Fail(DataLoss("a line whose checksum does not fit"));
  }
  CULVERT_ASSIGN_OR_RETURN(const json record, ParseJson(text));
  return ReplayRecord(record, state);
}

Result<std::unique_ptr<Journal>> Journal::Open(const std::string& directory) {
  const std::string path = directory + "/journal.log";
  auto log = DurableLog::Open(path);
  if (!log) return Fail(std::move(log.error()).With("state", directory));
  CULVERT_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kJournalBytesMax));
  std::unique_ptr<Journal> journal(new Journal(directory, *std::move(log)));
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    ++number;
    if (Status replayed = ReplayLine(rest.substr(0, end), journal->state_); !replayed) {
      return Fail(DataLoss("the journal is damaged at line " + std::to_string(number) + ": " +
                           replayed.error().message +
                           "; move the directory away to begin anew, after a look at the target")
                      .With("path", path)
                      .Because("JournalDamaged"));
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return journal;
}

Status Journal::Append(const std::string& text, When when) {
  const std::string line = Checksum(text) + ' ' + text;
  const MutexLock lock(mutex_);
  CULVERT_TRY(when == When::kNow ? log_.Append(line) : log_.AppendLater(line));
  return ReplayLine(line, state_);
}

Status Journal::BeginAttempt(std::int32_t attempt, const std::string& job,
                             const std::string& spec_hash, const std::string& run_nonce,
                             const std::string& started) {
  return Append(DumpJson({{"kind", "attempt"},
                          {"attempt", attempt},
                          {"job", job},
                          {"specHash", spec_hash},
                          {"runNonce", run_nonce},
                          {"started", started}}),
                When::kWithTheNext);
}

Status Journal::RecordSessionAsked(const std::string& partition, const std::string& when) {
  return Append(DumpJson({{"kind", "sessionAsked"}, {"partition", partition}, {"when", when}}));
}

Status Journal::RecordSessionOpened(const std::string& partition, const std::string& upload_id) {
  return Append(
      DumpJson({{"kind", "sessionOpened"}, {"partition", partition}, {"uploadId", upload_id}}));
}

Status Journal::RecordQuery(const std::string& seed, const std::string& when) {
  return Append(DumpJson({{"kind", "query"}, {"seed", seed}, {"when", when}}));
}

Status Journal::RecordPlan(const syncjob::Plan& plan) {
  return Append(DumpJson({{"kind", "plan"}, {"plan", syncjob::PlanToJson(plan)}}));
}

Status Journal::RecordPrepared(const std::vector<syncjob::StatementRun>& statements) {
  json record = {{"kind", "prepared"}};
  for (const syncjob::StatementRun& run : statements) {
    record["statements"].push_back({{"name", run.name}, {"instance", run.instance}});
  }
  return Append(DumpJson(record));
}

Status Journal::RecordBlock(const BlockRecord& block) {
  BlockResult result = block.result;
  json counters = json::array();
  for (const std::uint64_t* field : Fields(result)) counters.push_back(*field);
  return Append(DumpJson({{"kind", "block"},
                          {"shard", block.where.shard},
                          {"block", block.where.block},
                          {"counters", std::move(counters)}}));
}

Status Journal::RecordShard(const syncjob::ShardReport& report) {
  return Append(DumpJson({{"kind", "shard"}, {"report", syncjob::ShardReportToJson(report)}}));
}

Status Journal::RecordDecision() { return Append(R"({"kind":"decision"})"); }

Status Journal::RecordCommitting(std::size_t session) {
  return Append(DumpJson({{"kind", "committing"}, {"session", session}}));
}

Status Journal::RecordCommitted(std::size_t session) {
  return Append(DumpJson({{"kind", "committed"}, {"session", session}}));
}

Status Journal::RecordFinished(const syncjob::RunReport& report) {
  return Append(DumpJson({{"kind", "finished"}, {"report", syncjob::RunReportToJson(report)}}));
}

Status Journal::RecordAbandoned(const Error& error) {
  return Append(DumpJson(ErrorJson("abandoned", error)));
}

Status Journal::RecordTerminal(const Error& error) {
  return Append(DumpJson(ErrorJson("terminal", error)));
}

}  // namespace culvert::runner
