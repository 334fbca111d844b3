// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/report_text.h"

#include "libs/base/count_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

namespace culvert::syncjob {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;
constexpr std::size_t kPartitionsShownMax = 20;

std::string Fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string MiB(std::uint64_t bytes) {
  return Fixed(static_cast<double>(bytes) / kMebibyte, 1) + " MiB";
}

std::string Seconds(std::uint64_t milliseconds) {
  return Fixed(static_cast<double>(milliseconds) / 1000.0, 1) + " s";
}

std::string Partitions(const std::vector<std::string>& partitions) {
  std::string text = GroupedDigits(partitions.size());
  for (std::size_t i = 0; i < std::min(partitions.size(), kPartitionsShownMax); ++i) {
    text += (i == 0 ? ": " : ", ") + (partitions[i].empty() ? "(the table)" : partitions[i]);
  }
  if (partitions.size() > kPartitionsShownMax) {
    text += " and " + std::to_string(partitions.size() - kPartitionsShownMax) + " more";
  }
  return text;
}

}  // namespace

std::string ReportText(const RunReport& report) {
  const ShardReport& totals = report.totals;
  std::vector<std::pair<std::string_view, std::string>> lines = {
      {"job", report.job + ", attempt " + std::to_string(report.attempt)},
      {"outcome", report.outcome},
      {"time", report.started + " to " + report.finished + ", " + Fixed(report.seconds, 1) + " s"},
      {"rows read", GroupedDigits(totals.rows_read)},
      {"rows written", GroupedDigits(totals.rows_written)},
      {"rows dirty", GroupedDigits(totals.rows_dirty)},
  };
  if (totals.rows_filtered > 0) {
    lines.emplace_back("rows filtered", GroupedDigits(totals.rows_filtered));
  }
  if (!report.dirty_place.empty()) lines.emplace_back("dirty rows in", report.dirty_place);
  lines.emplace_back("bytes read", MiB(totals.bytes_read));
  lines.emplace_back("bytes written", MiB(totals.bytes_written));
  lines.emplace_back("record bytes", MiB(totals.bytes_raw));
  if (report.seconds > 0) {
    const double rows = static_cast<double>(totals.rows_read) / report.seconds;
    const double bytes = static_cast<double>(totals.bytes_raw) / kMebibyte / report.seconds;
    lines.emplace_back("rate", GroupedDigits(static_cast<std::uint64_t>(rows)) + " rows/s, " +
                                   Fixed(bytes, 1) + " MiB/s");
  }
  lines.emplace_back("waited", "source " + Seconds(totals.read_wait_ms) + ", target " +
                                   Seconds(totals.write_wait_ms) + ", throttle " +
                                   Seconds(totals.throttle_wait_ms) + " (all streams)");
  if (!report.bottleneck.empty()) lines.emplace_back("bottleneck", report.bottleneck);
  lines.emplace_back("route", totals.route + ", " + Counted(totals.blocks, "block") + " in " +
                                  Counted(report.shards, "shard"));
  lines.emplace_back("committed", Partitions(report.committed_partitions));
  if (!report.verified.empty()) lines.emplace_back("verified", report.verified);
  for (const DirtySample& sample : totals.dirty_samples) {
    lines.emplace_back("dirty", DirtySampleText(sample));
  }
  for (const StatementRun& run : report.statements) {
    lines.emplace_back("sql", run.name + " ran as instance " + run.instance);
  }
  std::size_t width = 0;
  for (const auto& [label, value] : lines) width = std::max(width, label.size());
  std::string text;
  for (const auto& [label, value] : lines) {
    text += std::string(label) + std::string(width + 2 - label.size(), ' ') + value + "\n";
  }
  return text;
}

}  // namespace culvert::syncjob
