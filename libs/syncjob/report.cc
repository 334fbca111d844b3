// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/report.h"

#include "libs/base/check.h"
#include "libs/base/json.h"
#include "libs/syncjob/internal/json_reader.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>

namespace culvert::syncjob {
namespace {

using internal::JsonReader;
using nlohmann::json;

constexpr std::size_t kStatementsMax = 64;  // 16 in each of four lists
constexpr std::size_t kRunReportBytesMax = std::size_t{4} * 1024 * 1024;

std::string HashText(std::uint64_t hash) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

std::uint64_t HashFrom(JsonReader& in, std::string_view key) {
  const std::string text = in.Text(key);
  std::uint64_t hash = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, hash, 16);
  if (text.size() != 16 || problem != std::errc() || stop != end) {
    in.Fail(key, "must be 16 hexadecimal digits");
  }
  return hash;
}

json ToJson(const ShardReport& report) {
  json value = {{"shard", report.shard},
                {"rowsRead", report.rows_read},
                {"rowsWritten", report.rows_written},
                {"rowsDirty", report.rows_dirty},
                {"bytesRead", report.bytes_read},
                {"bytesWritten", report.bytes_written},
                {"bytesRaw", report.bytes_raw},
                {"blocks", report.blocks},
                {"contentHash", HashText(report.content_hash)},
                {"readWaitMs", report.read_wait_ms},
                {"writeWaitMs", report.write_wait_ms},
                {"throttleWaitMs", report.throttle_wait_ms},
                {"commitsSent", report.commits_sent},
                {"route", report.route}};
  // Left out where there is nothing to say, so that programs of before it read the rest.
  if (report.rows_filtered > 0) value["rowsFiltered"] = report.rows_filtered;
  return value;
}

ShardReport ShardFrom(const json& value, std::optional<Error>& error) {
  JsonReader in(value, "report", error,
                {"shard", "rowsRead", "rowsWritten", "rowsDirty", "rowsFiltered", "bytesRead",
                 "bytesWritten", "bytesRaw", "blocks", "contentHash", "readWaitMs", "writeWaitMs",
                 "throttleWaitMs", "commitsSent", "route"});
  return {.shard = in.U64("shard"),
          .rows_read = in.U64("rowsRead"),
          .rows_written = in.U64("rowsWritten"),
          .rows_dirty = in.U64("rowsDirty"),
          .rows_filtered = in.Has("rowsFiltered") ? in.U64("rowsFiltered") : 0,
          .bytes_read = in.U64("bytesRead"),
          .bytes_written = in.U64("bytesWritten"),
          .bytes_raw = in.U64("bytesRaw"),
          .blocks = in.U64("blocks"),
          .content_hash = HashFrom(in, "contentHash"),
          .read_wait_ms = in.U64("readWaitMs"),
          .write_wait_ms = in.U64("writeWaitMs"),
          .throttle_wait_ms = in.U64("throttleWaitMs"),
          .commits_sent = in.U64("commitsSent"),
          .route = in.Text("route")};
}

Status CheckSize(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return {};
  return Fail(InvalidArgument("report: larger than " + std::to_string(bytes_max) + " bytes"));
}

}  // namespace

std::string ShardReportToJson(const ShardReport& report) {
  std::string text = DumpJson(ToJson(report));
  CULVERT_CHECK(text.size() <= kShardReportBytesMax);
  return text;
}

Result<ShardReport> ParseShardReport(std::string_view text) {
  CULVERT_TRY(CheckSize(text, kShardReportBytesMax));
  CULVERT_ASSIGN_OR_RETURN(const json value, ParseJson(text));
  std::optional<Error> error;
  ShardReport report = ShardFrom(value, error);
  if (error) return Fail(*std::move(error));
  return report;
}

std::string RunReportToJson(const RunReport& report) {
  json value = {{"job", report.job},
                {"attempt", report.attempt},
                {"started", report.started},
                {"finished", report.finished},
                {"outcome", report.outcome},
                {"totals", ToJson(report.totals)},
                {"shards", report.shards},
                {"committedPartitions", report.committed_partitions},
                {"bottleneck", report.bottleneck},
                {"verified", report.verified},
                {"seconds", report.seconds}};
  for (const StatementRun& run : report.statements) {
    value["statements"].push_back({{"name", run.name}, {"instance", run.instance}});
  }
  return DumpJson(value);
}

Result<RunReport> ParseRunReport(std::string_view text) {
  CULVERT_TRY(CheckSize(text, kRunReportBytesMax));
  CULVERT_ASSIGN_OR_RETURN(const json value, ParseJson(text));
  std::optional<Error> error;
  JsonReader in(value, "report", error,
                {"job", "attempt", "started", "finished", "outcome", "totals", "shards",
                 "committedPartitions", "bottleneck", "verified", "seconds", "statements"});
  RunReport report;
  report.job = in.Text("job");
  report.attempt = in.I32("attempt");
  report.started = in.Text("started");
  report.finished = in.Text("finished");
  report.outcome = in.Text("outcome");
  report.totals = ShardFrom(in.Get("totals"), error);
  report.shards = in.U64("shards");
  report.committed_partitions = in.Texts("committedPartitions");
  report.bottleneck = in.Text("bottleneck");
  report.verified = in.Text("verified");
  report.seconds = in.Number("seconds");
  if (in.Has("statements")) {
    for (const json& item : in.Array("statements", kStatementsMax)) {
      JsonReader one(item, "report.statements", error, {"name", "instance"});
      report.statements.push_back({.name = one.Text("name"), .instance = one.Text("instance")});
    }
  }
  if (error) return Fail(*std::move(error));
  return report;
}

}  // namespace culvert::syncjob
