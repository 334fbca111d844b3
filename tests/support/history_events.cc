// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "tests/support/history.h"

#include <nlohmann/json.hpp>

namespace culvert::test {
namespace {

using nlohmann::json;

std::string TextOf(const json& line, const char* key) {
  const auto found = line.find(key);
  return found == line.end() || !found->is_string() ? std::string() : found->get<std::string>();
}

std::uint64_t NumberOf(const json& line, const char* key) {
  const auto found = line.find(key);
  return found == line.end() || !found->is_number_unsigned() ? 0 : found->get<std::uint64_t>();
}

}  // namespace

Result<std::vector<HistoryEvent>> ParseHistory(std::string_view text) {
  std::vector<HistoryEvent> events;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t number = events.size() + 1;
    const auto line = ParseJson(text.substr(0, end));
    const bool is_object = line && line->is_object();
    const auto at = ParseRfc3339(is_object ? TextOf(*line, "at") : "");
    if (!at || TextOf(*line, "event").empty()) {
      return Fail(DataLoss("line " + std::to_string(number) + " of the event log is no event"));
    }
    events.push_back({.line = number,
                      .kind = TextOf(*line, "event"),
                      .at = *at,
                      .session = TextOf(*line, "session"),
                      .mode = TextOf(*line, "mode"),
                      .target = TextOf(*line, "project") + "." + TextOf(*line, "schema") + "." +
                                TextOf(*line, "table") + "/" + TextOf(*line, "partition"),
                      .block = NumberOf(*line, "block"),
                      .blocks = NumberOf(*line, "blocks"),
                      .records = NumberOf(*line, "records"),
                      .hash = NumberOf(*line, "hash"),
                      .columns = NumberOf(*line, "columns"),
                      .run = TextOf(*line, "run"),
                      .attempt = static_cast<std::int32_t>(NumberOf(*line, "attempt"))});
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return events;
}

}  // namespace culvert::test
