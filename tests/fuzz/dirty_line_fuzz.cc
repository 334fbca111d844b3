// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "runner/dirty_files.h"
#include "runner/dirty_line.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Any line of a sink's file: refused, or a row of which a line can be written that reads back as
/// the same row.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace runner = culvert::runner;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto summary = runner::ParseDirtySummary(text)) {
    const auto again = runner::ParseDirtySummary(runner::DirtySummaryToJson(*summary));
    CULVERT_CHECK(again.has_value() && *again == *summary);
  }
  const auto line = runner::ParseDirtyLine(text);
  if (!line) return 0;
  CULVERT_CHECK(line->columns.size() == line->values.columns.size() && line->values.rows == 1);
  culvert::syncjob::Plan plan;
  plan.job = line->job;
  plan.sources.push_back({.partition = line->partition, .download_id = {}, .rows = 0, .target = 0});
  plan.columns.emplace_back().target = "t";
  const runner::DirtyLineContext context{.plan = plan, .columns = line->columns, .source = 0};
  std::string written;
  runner::AppendDirtyLine(context, line->values, line->row, {}, written);
  CULVERT_CHECK(written.ends_with('\n'));
  written.pop_back();
  const auto again = runner::ParseDirtyLine(written);
  CULVERT_CHECK(again.has_value() && again->columns.size() == line->columns.size());
  std::string rewritten;
  runner::AppendDirtyLine(context, again->values, line->row, {}, rewritten);
  CULVERT_CHECK(rewritten == written + "\n");
  return 0;
}
