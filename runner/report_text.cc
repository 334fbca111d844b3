// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/report_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert::runner {

std::string Bottleneck(const syncjob::ShardReport& totals, double stream_seconds) {
  const auto seconds = [](std::uint64_t ms) { return static_cast<double>(ms) / 1000.0; };
  const double reader = seconds(totals.read_wait_ms);
  const double writer = seconds(totals.write_wait_ms);
  const double throttle = seconds(totals.throttle_wait_ms);
  const double cpu = std::max(0.0, stream_seconds - reader - writer - throttle);
  const std::array shares = {std::pair{throttle, "throttle"}, std::pair{reader, "source"},
                             std::pair{writer, "target"}, std::pair{cpu, "cpu"}};
  return std::ranges::max_element(shares, {}, &std::pair<double, const char*>::first)->second;
}

std::string VerifiedLine(const syncjob::RunReport& report) {
  std::string counts = std::to_string(report.totals.rows_written) + " rows, " +
                       std::to_string(report.totals.rows_dirty) + " dirty";
  if (report.totals.rows_filtered > 0) {
    counts += ", " + std::to_string(report.totals.rows_filtered) + " filtered";
  }
  if (report.verified.empty()) return "not verified: " + counts;
  return "verified: " + counts + ", " + report.verified + " equal";
}

}  // namespace culvert::runner
