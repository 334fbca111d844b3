// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/knobs.h"

#include "libs/base/file.h"
#include "libs/base/json.h"
#include "libs/base/log.h"
#include "runner/engine/stream_limit.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace culvert::runner {
namespace {

using nlohmann::json;

constexpr std::size_t kFileBytesMax = 4096;
constexpr std::chrono::seconds kReloadPause{2};
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
    if (key != "throttle" && key != "mbps" && key != "recordsPerSecond" && key != "streams") {
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
  return knobs;
}

void KnobsFile::Poll(const OpContext& ctx) {
  auto text = ReadWholeFile(path_, kFileBytesMax);
  if (!text) return Complain(ctx, text.error().message);
  if (text_ == *text) return;
  text_ = *std::move(text);
  const auto knobs = ParseKnobs(*text_);
  if (!knobs) return Complain(ctx, knobs.error().message);
  complaint_.clear();
  ctx.log.Info("speed changed", {{"bytes_per_second", knobs->rates.bytes_per_second},
                                 {"rows_per_second", knobs->rates.rows_per_second},
                                 {"streams", knobs->streams.value_or(0)}});
  apply_(*knobs);
}

void KnobsFile::Complain(const OpContext& ctx, const std::string& what) {
  if (complaint_ == what) return;
  complaint_ = what;
  ctx.log.Warn("knobs not read, the speed stays as it is", {{"file", path_}, {"error", what}});
}

void KnobsFile::Run(const OpContext& ctx) {
  while (ctx.clock.SleepUntil(ctx.clock.SteadyNow() + kReloadPause, ctx.stop)) Poll(ctx);
}

KnobsFollower::KnobsFollower(const OpContext& ctx, const std::string& path,
                             KnobsFile::Apply apply) {
  if (path.empty()) return;
  file_.emplace(path, std::move(apply));
  file_->Poll(ctx);
  thread_ = std::jthread([this, ctx](const std::stop_token& stop) {
    OpContext inner = ctx;
    inner.stop = stop;
    file_->Run(inner);
  });
}

}  // namespace culvert::runner
