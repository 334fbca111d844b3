// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/history_records.h"

#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "libs/syncjob/plan_parcel.h"
#include "libs/syncjob/plan_record.h"
#include "runner/journal.h"

namespace culvert::test {
namespace {

using nlohmann::json;

std::string At(const json& object, const char* pointer) {
  const json value = object.value(json::json_pointer(pointer), json());
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::uint64_t Number(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_number_integer() ? 0 : found->get<std::uint64_t>();
}

// Replays `text`, and shows every state that there was behind a whole line.
template <typename Show>
void Replay(std::string_view text, Show show) {
  runner::RunState state;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || !runner::ReplayLine(text.substr(0, end), state)) return;
    text.remove_prefix(end + 1);
    show(state);
  }
}

bool IsOver(const runner::RunState& state) {
  return state.finished.has_value() || state.terminal.has_value();
}

HistoryEnd EndOf(const std::string& run, const runner::RunState& state) {
  HistoryEnd end{.run = run,
                 .attempt = state.attempt,
                 .succeeded = state.finished && !state.terminal,
                 .rows_written = std::nullopt,
                 .rows_left_out = std::nullopt,
                 .at = std::nullopt};
  if (end.succeeded) {
    end.rows_written = state.finished->totals.rows_written;
    end.rows_left_out = state.finished->totals.rows_dirty + state.finished->totals.rows_filtered;
  }
  return end;
}

}  // namespace

HistoryAttempt AttemptOf(const std::string& run, const syncjob::Plan& plan) {
  HistoryAttempt attempt;
  attempt.run = run;
  attempt.attempt = plan.attempt;
  if (const auto* target = std::get_if<syncjob::MaxComputeTarget>(&plan.spec.target)) {
    attempt.atomic = target->consistency_commit;
    attempt.replaces = target->truncate;
  }
  attempt.same_rows = plan.route == syncjob::Route::kPassThrough;
  attempt.columns = plan.read_columns.size();
  for (const syncjob::SourceUnit& source : plan.sources) {
    attempt.downloads.push_back(source.download_id);
  }
  for (const syncjob::Session& session : plan.sessions) {
    if (!session.upload_id.empty()) attempt.sessions.push_back(session.upload_id);
  }
  if (attempt.sessions.empty()) return attempt;
  for (const syncjob::Shard& shard : plan.shards) {
    for (const syncjob::Block& block : shard.blocks) {
      attempt.blocks.push_back({.session = plan.sessions[block.session].upload_id,
                                .id = block.block_id,
                                .rows = block.rows});
    }
  }
  return attempt;
}

void AddJournal(const std::string& run, std::string_view text, History& history) {
  std::int32_t planned = 0;
  std::int32_t ended = 0;
  Replay(text, [&](const runner::RunState& state) {
    if (state.plan && state.attempt != planned) {
      planned = state.attempt;
      history.attempts.push_back(AttemptOf(run, *state.plan));
      history.attempts.back().attempt = planned;
    }
    if (IsOver(state) && state.attempt != ended) {
      ended = state.attempt;
      history.ends.push_back(EndOf(run, state));
    }
  });
}

std::int32_t EndedAttempt(std::string_view journal) {
  std::int32_t ended = 0;
  Replay(journal,
         [&](const runner::RunState& state) { ended = IsOver(state) ? state.attempt : 0; });
  return ended;
}

std::optional<std::pair<std::string, std::int32_t>> HistoryObjects::Add(const json& object) {
  const std::string kind = At(object, "/kind");
  texts_[kind + " " + At(object, "/metadata/uid")] = DumpJson(object);
  if (kind == "ConfigMap") AddPlan(object);
  return kind == "SyncJob" ? AddStatus(object) : std::nullopt;
}

// The first ConfigMap of a plan, which has its summary, is made last (operator/child_objects.h).
void HistoryObjects::AddPlan(const json& map) {
  const std::string run = At(map, "/metadata/ownerReferences/0/uid");
  if (run.empty() || !seen_.insert(At(map, "/metadata/uid")).second) return;
  const json binary = map.value("binaryData", json::object());
  for (const auto& [file, bytes] : binary.items()) {
    const auto piece = Base64Decode(bytes.get<std::string>());
    if (piece) pieces_[{run, file}] = *piece;
  }
  const json data = map.value("data", json::object());
  const auto summary_text = data.find(syncjob::kSummaryFile);
  if (summary_text == data.end()) return;
  const auto summary = syncjob::ParseSummary(summary_text->get<std::string>());
  if (!summary) return;
  Result<syncjob::Plan> plan = Fail(NotFound("no plan"));
  if (const auto whole = data.find(syncjob::kPlanFile); whole != data.end()) {
    plan = syncjob::ParsePlan(whole->get<std::string>());
  } else {
    std::string joined;
    for (std::uint64_t piece = 0; piece < summary->pieces; ++piece) {
      joined += pieces_[{run, syncjob::PlanPieceFile(piece)}];
    }
    plan = syncjob::UnpackRecord(joined, summary->status.hash);
  }
  if (plan) attempts_.push_back(AttemptOf(prefix_ + run, *plan));
}

std::optional<std::pair<std::string, std::int32_t>> HistoryObjects::AddStatus(const json& job) {
  const json status = job.value("status", json::object());
  const std::pair run = {prefix_ + At(job, "/metadata/uid"),
                         static_cast<std::int32_t>(Number(status, "attempt"))};
  for (const json& condition : status.value("conditions", json::array())) {
    if (condition.value("type", "") != "Succeeded") continue;
    const std::string value = condition.value("status", "");
    if ((value != "True" && value != "False") || !ended_.insert(run).second) return std::nullopt;
    HistoryEnd end{.run = run.first,
                   .attempt = run.second,
                   .succeeded = value == "True",
                   .rows_written = std::nullopt,
                   .rows_left_out = std::nullopt,
                   .at = std::nullopt};
    if (const auto at = ParseRfc3339(condition.value("lastTransitionTime", ""))) end.at = *at;
    if (const json report = status.value("report", json()); report.is_object()) {
      end.rows_written = Number(report, "rowsWritten");
      end.rows_left_out = Number(report, "rowsDirty") + Number(report, "rowsFiltered");
    }
    ends_.push_back(std::move(end));
    return run;
  }
  return std::nullopt;
}

void HistoryObjects::AddTo(History& history) const {
  history.attempts.insert(history.attempts.end(), attempts_.begin(), attempts_.end());
  history.ends.insert(history.ends.end(), ends_.begin(), ends_.end());
  history.artefacts.insert(history.artefacts.end(), texts_.begin(), texts_.end());
}

Result<std::vector<json>> ParseObjects(std::string_view text) {
  std::vector<json> objects;
  // Each begins on a line of its own with the only brace that is not indented.
  while (!text.empty()) {
    const std::size_t end = text.find("\n}\n");
    if (end == std::string_view::npos) break;
    CULVERT_ASSIGN_OR_RETURN(json object, ParseJson(text.substr(0, end + 2)));
    objects.push_back(std::move(object));
    text.remove_prefix(end + 3);
  }
  return objects;
}

}  // namespace culvert::test
