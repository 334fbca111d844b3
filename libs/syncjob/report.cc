// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/report.h"

#include "libs/base/check.h"
#include "libs/base/json.h"
#include "libs/base/text.h"
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
  for (const DirtySample& sample : report.dirty_samples) {
    value["dirtySamples"].push_back({{"partition", sample.partition},
                                     {"row", sample.row},
                                     {"column", sample.column},
                                     {"reason", sample.reason},
                                     {"message", sample.message}});
  }
  return value;
}

std::vector<DirtySample> SamplesFrom(JsonReader& in, std::optional<Error>& error) {
  std::vector<DirtySample> samples;
  if (!in.Has("dirtySamples")) return samples;
  for (const json& item : in.Array("dirtySamples", kDirtySamplesMax)) {
    JsonReader one(item, "report.dirtySamples", error,
                   {"partition", "row", "column", "reason", "message"});
    samples.push_back({.partition = one.Text("partition"),
                       .row = one.U64("row"),
                       .column = one.Text("column"),
                       .reason = one.Text("reason"),
                       .message = one.Text("message")});
  }
  return samples;
}

ShardReport ShardFrom(const json& value, std::optional<Error>& error) {
  JsonReader in(value, "report", error,
                {"shard", "rowsRead", "rowsWritten", "rowsDirty", "rowsFiltered", "bytesRead",
                 "bytesWritten", "bytesRaw", "blocks", "contentHash", "readWaitMs", "writeWaitMs",
                 "throttleWaitMs", "commitsSent", "route", "dirtySamples"});
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
          .route = in.Text("route"),
          .dirty_samples = SamplesFrom(in, error)};
}

Status CheckSize(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return {};
  return Fail(InvalidArgument("report: larger than " + std::to_string(bytes_max) + " bytes"));
}

}  // namespace

DirtySample CutSample(const DirtySample& sample) {
  constexpr std::size_t kNameBytes = 64;
  constexpr std::size_t kMessageBytes = 120;
  const auto cut = [](const std::string& text, std::size_t bytes) {
    return text.size() <= bytes ? text : CutText(text, bytes - 3) + "...";
  };
  return {.partition = cut(sample.partition, kNameBytes),
          .row = sample.row,
          .column = cut(sample.column, kNameBytes),
          .reason = cut(sample.reason, kNameBytes),
          .message = cut(sample.message, kMessageBytes)};
}

std::string DirtySampleText(const DirtySample& sample) {
  std::string text = "row " + std::to_string(sample.row);
  if (!sample.partition.empty()) text += " of " + sample.partition;
  text += ", column " + sample.column + ": " + sample.reason;
  if (!sample.message.empty()) text += ", " + sample.message;
  return text;
}

std::string ShardReportToJson(const ShardReport& report) {
  std::string text = DumpJson(ToJson(report));
  ShardReport shorter = report;
  while (text.size() > kShardReportBytesMax && !shorter.dirty_samples.empty()) {
    shorter.dirty_samples.pop_back();
    text = DumpJson(ToJson(shorter));
  }
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
  if (!report.dirty_place.empty()) value["dirtyPlace"] = report.dirty_place;
  return DumpJson(value);
}

Result<RunReport> ParseRunReport(std::string_view text) {
  CULVERT_TRY(CheckSize(text, kRunReportBytesMax));
  CULVERT_ASSIGN_OR_RETURN(const json value, ParseJson(text));
  std::optional<Error> error;
  JsonReader in(
      value, "report", error,
      {"job", "attempt", "started", "finished", "outcome", "totals", "shards",
       "committedPartitions", "bottleneck", "verified", "seconds", "statements", "dirtyPlace"});
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
  if (in.Has("dirtyPlace")) report.dirty_place = in.Text("dirtyPlace");
  if (in.Has("statements")) {
    for (const json& item : in.Array("statements", kReportStatementsMax)) {
      JsonReader one(item, "report.statements", error, {"name", "instance"});
      report.statements.push_back({.name = one.Text("name"), .instance = one.Text("instance")});
    }
  }
  if (error) return Fail(*std::move(error));
  return report;
}

}  // namespace culvert::syncjob
