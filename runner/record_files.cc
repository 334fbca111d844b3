// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/record_files.h"

#include "libs/base/digest.h"
#include "libs/base/file.h"
#include "libs/syncjob/plan_parcel.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace culvert::runner {
namespace {

constexpr std::size_t kReportFileBytesMax = std::size_t{64} * 1024;
constexpr std::size_t kRecordFileBytesMax = std::size_t{4} * 1024 * 1024;

bool IsDirectory(const std::string& path) {
  struct stat facts{};
  return stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

Error Unreadable(const Error& error) {
  return InvalidArgument("cannot read the plan: " + error.message).Because("PlanInvalid");
}

Result<std::string> PieceOf(const std::string& directory, const std::string& file,
                            std::size_t limit) {
  auto text = ReadWholeFile(directory + "/" + file, limit);
  if (!text) return Fail(Unreadable(text.error()));
  return text;
}

Result<syncjob::Plan> ReadRecord(const std::string& directory) {
  CULVERT_ASSIGN_OR_RETURN(const std::string text,
                           PieceOf(directory, syncjob::kSummaryFile, kRecordFileBytesMax));
  CULVERT_ASSIGN_OR_RETURN(const syncjob::PlanSummary summary, syncjob::ParseSummary(text));
  if (summary.pieces == 0) {
    CULVERT_ASSIGN_OR_RETURN(const std::string plan,
                             PieceOf(directory, syncjob::kPlanFile, syncjob::kPlainPlanBytesMax));
    if (Sha256Hex(plan) != summary.status.hash) {
      return Fail(InvalidArgument("the recorded plan is damaged: its hash is another")
                      .Because("PlanInvalid"));
    }
    return syncjob::ParsePlan(plan);
  }
  std::string joined;
  for (std::size_t piece = 0; piece < summary.pieces; ++piece) {
    CULVERT_ASSIGN_OR_RETURN(
        const std::string bytes,
        PieceOf(directory, syncjob::PlanPieceFile(piece), kRecordFileBytesMax));
    joined += bytes;
  }
  auto plan = syncjob::UnpackRecord(joined, summary.status.hash);
  if (!plan && plan.error().code == ErrorCode::kDataLoss) return Fail(Unreadable(plan.error()));
  return plan;
}

Error NoReport(std::size_t shard, const std::string& where, const std::string& why) {
  return FailedPrecondition("shard " + std::to_string(shard) + " has no report in " + where + ": " +
                            why + "; transfer it first");
}

// As the record of a decision has them.
Result<std::vector<syncjob::ShardReport>> ReadTogether(const std::string& text,
                                                       const std::string& path,
                                                       const syncjob::Plan& plan) {
  CULVERT_ASSIGN_OR_RETURN(std::vector<syncjob::ShardReport> reports, syncjob::ParseReports(text));
  std::ranges::sort(reports, {}, &syncjob::ShardReport::shard);
  for (std::size_t shard = 0; shard < plan.shards.size(); ++shard) {
    if (shard < reports.size() && reports[shard].shard == shard) continue;
    return Fail(NoReport(shard, path, "it is not among them"));
  }
  if (reports.size() > plan.shards.size()) {
    return Fail(InvalidArgument(path + " has a report of shard " +
                                std::to_string(reports.back().shard) +
                                ", which the plan does not have"));
  }
  return reports;
}

}  // namespace

Result<syncjob::Plan> ReadPlan(const std::string& path) {
  if (IsDirectory(path)) return ReadRecord(path);
  auto text = ReadWholeFile(path, syncjob::kPlanBytesMax);
  if (!text) return Fail(Unreadable(text.error()));
  return syncjob::ParsePlan(*text);
}

Result<std::vector<syncjob::ShardReport>> ReadReports(const std::string& directory,
                                                      const syncjob::Plan& plan) {
  const std::string together = directory + "/" + syncjob::kReportsFile;
  if (const auto text = ReadWholeFile(together, kRecordFileBytesMax)) {
    return ReadTogether(*text, together, plan);
  }
  std::vector<syncjob::ShardReport> reports;
  for (std::size_t shard = 0; shard < plan.shards.size(); ++shard) {
    const std::string path = directory + "/" + std::to_string(shard) + ".json";
    auto text = ReadWholeFile(path, kReportFileBytesMax);
    if (!text) return Fail(NoReport(shard, path, text.error().message));
    CULVERT_ASSIGN_OR_RETURN(syncjob::ShardReport report, syncjob::ParseShardReport(*text));
    if (report.shard != shard) {
      return Fail(
          InvalidArgument(path + " is the report of shard " + std::to_string(report.shard)));
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

Status CheckDecision(const std::string& directory, const syncjob::Plan& plan) {
  const std::string path = directory + "/" + syncjob::kDecisionFile;
  auto text = ReadWholeFile(path, kRecordFileBytesMax);
  if (!text) {
    return Fail(FailedPrecondition("there is no decision to commit: " + text.error().message));
  }
  CULVERT_ASSIGN_OR_RETURN(const syncjob::CommitDecision decision, syncjob::ParseDecision(*text));
  if (!decision.commit) {
    return Fail(FailedPrecondition("attempt " + std::to_string(decision.attempt) +
                                   " was abandoned (" + decision.reason +
                                   "); nothing of it may be committed"));
  }
  if (decision.attempt != plan.attempt || decision.plan_hash != syncjob::PlanHash(plan)) {
    return Fail(InvalidArgument("the decision is about attempt " +
                                std::to_string(decision.attempt) +
                                " and another plan than the one given")
                    .Because("AttemptMismatch"));
  }
  return {};
}

}  // namespace culvert::runner
