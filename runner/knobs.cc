// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/knobs.h"

#include "libs/base/json.h"
#include "libs/base/log_level.h"
#include "runner/engine/stream_limit.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace culvert::runner {
namespace {

using nlohmann::json;

constexpr double kMbpsMax = 1e6;
constexpr double kRowsMax = 1e9;
constexpr double kMega = 1e6;

Error Wrong(std::string what) { return InvalidArgument("the knobs are wrong: " + std::move(what)); }

/// Member `key` from 0 to `max`; 0 where it is absent.
Result<double> NumberOr0(const json& object, std::string_view key, double max) {
  const auto member = object.find(key);
  if (member == object.end()) return 0.0;
  const std::string name = "`" + std::string(key) + "`";
  if (!member->is_number()) return Fail(Wrong(name + " must be a number"));
  const auto number = member->get<double>();
  const bool in_range = number >= 0 && number <= max;
  if (!in_range) {
    return Fail(Wrong(name + " must be at least 0 and at most " +
                      std::to_string(static_cast<std::int64_t>(max))));
  }
  return number;
}

}  // namespace

Result<Knobs> ParseKnobs(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const json object, ParseJson(text));
  if (!object.is_object()) return Fail(Wrong("not an object"));
  for (const auto& [key, value] : object.items()) {
    if (key != "throttle" && key != "mbps" && key != "recordsPerSecond" && key != "streams" &&
        key != "logLevel") {
      return Fail(Wrong("unknown member '" + key + "'"));
    }
  }
  Knobs knobs;
  CULVERT_ASSIGN_OR_RETURN(const bool throttle, JsonBoolOr(object, "throttle", false));
  CULVERT_ASSIGN_OR_RETURN(const double mbps, NumberOr0(object, "mbps", kMbpsMax));
  CULVERT_ASSIGN_OR_RETURN(const double rows, NumberOr0(object, "recordsPerSecond", kRowsMax));
  if (throttle) knobs.rates = {.bytes_per_second = mbps * kMega, .rows_per_second = rows};
  if (throttle && knobs.rates == Rates{}) {
    return Fail(Wrong("`mbps` or `recordsPerSecond` must be above 0 where `throttle` is true"));
  }
  if (object.contains("streams")) {
    CULVERT_ASSIGN_OR_RETURN(const std::int64_t streams, JsonInt64(object, "streams"));
    if (streams < 1 || streams > static_cast<std::int64_t>(kStreamsMax)) {
      return Fail(Wrong("`streams` must be 1 to " + std::to_string(kStreamsMax)));
    }
    knobs.streams = static_cast<std::size_t>(streams);
  }
  if (object.contains("logLevel")) {
    CULVERT_ASSIGN_OR_RETURN(const std::string name, JsonString(object, "logLevel"));
    knobs.log_level = ParseLogLevel(name);
    if (!knobs.log_level) return Fail(Wrong("`logLevel` must be debug, info, warn or error"));
  }
  return knobs;
}

FollowedFile KnobsFile(std::string path,
                       std::function<void(const OpContext&, const Knobs&)> apply) {
  return {std::move(path), "knobs not read, they stay as they are",
          [apply = std::move(apply)](const OpContext& ctx, const std::string& text) -> Status {
            CULVERT_ASSIGN_OR_RETURN(const Knobs knobs, ParseKnobs(text));
            ctx.log.Info("knobs changed", {{"bytes_per_second", knobs.rates.bytes_per_second},
                                           {"rows_per_second", knobs.rates.rows_per_second},
                                           {"streams", knobs.streams.value_or(0)}});
            apply(ctx, knobs);
            return {};
          }};
}

}  // namespace culvert::runner
