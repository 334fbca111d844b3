// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Any text: refused, or a plan (or report) whose canonical form reads back to the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace culvert::syncjob;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto plan = ParsePlan(text)) {
    CULVERT_CHECK(CheckPlan(*plan).has_value());
    const std::string canonical = PlanToJson(*plan);
    const auto back = ParsePlan(canonical);
    CULVERT_CHECK(back.has_value());
    CULVERT_CHECK(PlanToJson(*back) == canonical);
  }
  if (const auto report = ParseShardReport(text)) {
    if (report->route.size() < 64) {
      CULVERT_CHECK(ParseShardReport(ShardReportToJson(*report)) == *report);
    }
  }
  if (const auto report = ParseRunReport(text)) {
    CULVERT_CHECK(ParseRunReport(RunReportToJson(*report)).has_value());
  }
  return 0;
}
