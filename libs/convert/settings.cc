// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/settings.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace culvert::convert {
namespace {

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kChannelsMax = 1'000;

/// A number as the SyncJob takes it: a fraction needs quotes, which the text gives it.
YamlValue Number(std::string digits) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (digits.starts_with('.')) digits.insert(0, "0");
  return digits.find('.') == std::string::npos ? YamlValue::Word(digits) : YamlValue::Text(digits);
}

void ReadErrorLimit(FieldReader& in, YamlValue& setting) {
  const ScriptNode* node = in.Find("errorLimit");
  const std::string path = in.PathOf("errorLimit");
  const auto strict = [&](const Place& place, const std::string& where) {
    in.report().Add(Fate::kLeftOut, place, where,
                    "a script without it takes any number of dirty rows, the SyncJob none; set "
                    "spec.setting.errorLimit.record to take some");
  };
  if (node == nullptr) {
    strict(in.PlaceOf("errorLimit"), path);
    return;
  }
  FieldReader limit(*node, path, in.report());
  YamlValue written;
  const auto record = limit.Integer("record", 0, kInt64Max);
  const auto percentage = limit.Decimal("percentage");
  if (record) {
    limit.Carried("record", "spec.setting.errorLimit.record");
    written.Set("record", YamlValue::Word(std::to_string(*record)));
  }
  if (percentage && record) {
    limit.LeaveOut("percentage", "record wins where both are given");
  } else if (percentage && std::strtod(percentage->c_str(), nullptr) > 1) {
    limit.Refused("percentage", "must be a share from 0 to 1, such as 0.02");
  } else if (percentage) {
    limit.Carried("percentage", "spec.setting.errorLimit.percentage");
    written.Set("percentage", Number(*percentage));
  } else if (!record && !limit.Has("record")) {
    strict(node->place, path);
  } else if (!record && limit.Find("record")->text.empty()) {
    strict(node->place, limit.PathOf("record"));
  }
  limit.RefuseRest();
  if (!written.entries.empty()) setting.Set("errorLimit", std::move(written));
}

/// `mbps` of a DataWorks script: MB/s of the whole run, with `throttle` alone.
void ReadThrottle(FieldReader& speed, YamlValue& written) {
  const auto throttle = speed.Flag("throttle");
  const auto mbps = speed.Decimal("mbps");
  const bool on = throttle.value_or(false);
  if (throttle && !on) speed.Carried("throttle", "false is the default");
  if (!on) {
    if (mbps) speed.LeaveOut("mbps", "it has no effect without throttle: true");
    return;
  }
  if (!mbps) {
    if (!speed.Has("mbps") || speed.Find("mbps")->text.empty()) {
      speed.Refused("mbps", "is required by throttle: true, in MB/s of the whole run, such as 12");
    }
    return;
  }
  if (mbps->find_first_not_of("0.") == std::string::npos) {
    speed.Refused("mbps", "must be above 0; for no limit write throttle: false");
    return;
  }
  speed.Carried("throttle", "spec.setting.speed.throttle");
  speed.Carried("mbps", "spec.setting.speed.mbps");
  written.Set("throttle", YamlValue::Flag(true));
  written.Set("mbps", Number(*mbps));
}

void SetConcurrent(std::int64_t channels, YamlValue& speed) {
  if (channels > 1) speed.Set("concurrent", YamlValue::Word(std::to_string(channels)));
}

/// Bytes a second as MB/s, without trailing zeros.
std::string Mbps(std::int64_t bytes) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%lld.%06lld", static_cast<long long>(bytes / 1'000'000),
                static_cast<long long>(bytes % 1'000'000));
  std::string digits = text.data();
  while (digits.ends_with('0')) digits.pop_back();
  if (digits.ends_with('.')) digits.pop_back();
  return digits;
}

/// The speed of one channel in `core.transport.channel.speed`: with it, DataX found the number of
/// channels of a job that limits its bytes or records.
struct ChannelSpeed {
  std::int64_t bytes = 0;  // 0: not said
  std::int64_t records = 0;
};

ChannelSpeed ReadCore(const ScriptNode* core, ConversionReport& report) {
  ChannelSpeed found;
  const ScriptNode* node = core;
  std::string path = "core";
  // What else stands there tunes DataX's own engine.
  const auto leave_out = [&report](const ScriptNode& object, const std::string& where,
                                   std::string_view but) {
    for (const ScriptMember& member : object.members) {
      if (member.name == but) continue;
      report.Add(Fate::kLeftOut, member.value.place, where + "." + member.name,
                 "it tunes DataX's engine; threads and memory of a run are in spec.runner");
    }
  };
  for (const std::string_view name : {"transport", "channel", "speed"}) {
    if (node == nullptr) return found;
    if (node->kind != ScriptNode::Kind::kObject) {
      report.Add(Fate::kRefused, node->place, path, "must be an object, { ... }");
      return found;
    }
    leave_out(*node, path, name);
    const auto member = std::ranges::find(node->members, name, &ScriptMember::name);
    node = member == node->members.end() ? nullptr : &member->value;
    path += "." + std::string(name);
  }
  if (node == nullptr) return found;
  FieldReader speed(*node, path, report);
  found.bytes = std::max<std::int64_t>(0, speed.Integer("byte", -1, kInt64Max).value_or(0));
  found.records = std::max<std::int64_t>(0, speed.Integer("record", -1, kInt64Max).value_or(0));
  for (const std::string_view name : {"byte", "record"}) {
    if (speed.Has(name)) speed.Carried(name, "counts in spec.setting.speed.concurrent");
  }
  speed.LeaveOut("channel", "the streams of a run are in job.setting.speed");
  speed.RefuseRest();
  return found;
}

/// -1, the value of DataX's own files, and 0 are no limit.
std::optional<std::int64_t> Limit(FieldReader& in, std::string_view name) {
  const auto limit = in.Integer(name, -1, kInt64Max);
  if (!limit || *limit > 0) return limit;
  in.LeaveOut(name, "it is no limit");
  return std::nullopt;
}

std::int64_t ReadDataXSpeed(FieldReader& in, const ChannelSpeed& core, YamlValue& written) {
  const auto bytes = Limit(in, "byte");
  const auto records = Limit(in, "record");
  const auto given = Limit(in, "channel");
  std::int64_t channels = kInt64Max;
  if (bytes && core.bytes > 0) channels = std::max<std::int64_t>(1, *bytes / core.bytes);
  if (records && core.records > 0) {
    channels = std::min(channels, std::max<std::int64_t>(1, *records / core.records));
  }
  const bool counted = channels < kInt64Max;
  if (!counted) channels = given.value_or(1);
  if (channels > kChannelsMax) {
    in.Refused(counted ? "" : "channel", std::to_string(channels) +
                                             " channels are more than the 1000 streams that a run "
                                             "may have; lower them");
    channels = kChannelsMax;
  }
  if (counted && given) {
    in.LeaveOut("channel", "byte or record gives " + std::to_string(channels) + " channels");
  } else if (given) {
    in.Carried("channel", "spec.setting.speed.concurrent");
  }
  SetConcurrent(channels, written);
  if (bytes) {
    in.Carried("byte", "spec.setting.speed.mbps, " + Mbps(*bytes) + " MB/s" +
                           (counted || given ? "" : ", over one stream"));
    written.Set("throttle", YamlValue::Flag(true));
    written.Set("mbps", Number(Mbps(*bytes)));
  }
  if (records) {
    in.Carried("record", "spec.setting.speed.recordsPerSecond");
    if (!bytes) written.Set("throttle", YamlValue::Flag(true));
    written.Set("recordsPerSecond", YamlValue::Word(std::to_string(*records)));
  }
  in.RefuseRest();
  return channels;
}

}  // namespace

ConvertedSetting ReadDataWorksSetting(FieldReader& script) {
  ConvertedSetting result;
  const ScriptNode none{.kind = ScriptNode::Kind::kObject,
                        .text = {},
                        .place = script.PlaceOf(""),
                        .items = {},
                        .members = {}};
  const ScriptNode* node = script.Find("setting");
  FieldReader in(node == nullptr ? none : *node, script.PathOf("setting"), script.report());
  ReadErrorLimit(in, result.setting);
  if (const ScriptNode* speed_node = in.Find("speed")) {
    FieldReader speed(*speed_node, in.PathOf("speed"), in.report());
    YamlValue written;
    if (const auto concurrent = speed.Integer("concurrent", 1, kChannelsMax)) {
      result.channels = *concurrent;
      speed.Carried("concurrent", "spec.setting.speed.concurrent");
    }
    SetConcurrent(result.channels, written);
    ReadThrottle(speed, written);
    speed.RefuseRest();
    if (!written.entries.empty()) result.setting.Set("speed", std::move(written));
  }
  for (const std::string_view name : {"executeMode", "jvmOption", "locale"}) {
    in.LeaveOut(name, "it tunes the platform's engine");
  }
  in.RefuseRest();
  return result;
}

ConvertedSetting ReadDataXSetting(FieldReader& job, const ScriptNode* core) {
  ConvertedSetting result;
  const ChannelSpeed channel = ReadCore(core, job.report());
  const ScriptNode none{.kind = ScriptNode::Kind::kObject,
                        .text = {},
                        .place = job.PlaceOf(""),
                        .items = {},
                        .members = {}};
  const ScriptNode* node = job.Find("setting");
  FieldReader in(node == nullptr ? none : *node, job.PathOf("setting"), job.report());
  ReadErrorLimit(in, result.setting);
  if (const ScriptNode* speed_node = in.Find("speed")) {
    FieldReader speed(*speed_node, in.PathOf("speed"), in.report());
    YamlValue written;
    result.channels = ReadDataXSpeed(speed, channel, written);
    if (!written.entries.empty()) result.setting.Set("speed", std::move(written));
  }
  const auto dry_run = in.Flag("dryRun");
  if (dry_run.value_or(false)) {
    in.Refused("dryRun",
               "true moves no rows; remove it, and look with culvert-runner explain before a run");
  } else if (dry_run) {
    in.Carried("dryRun", "false is all there is");
  }
  in.RefuseRest();
  return result;
}

}  // namespace culvert::convert
