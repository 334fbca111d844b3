// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/parameters.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::runner {

/// What the flags say of the scheduling parameters of a run.
struct ParameterFlags {
  std::string cycle_time;                // empty: not given, so no date is known
  std::string time_zone;                 // empty: schedule::kDefaultTimeZone
  std::vector<std::string> assignments;  // NAME=VALUE
};

/// A text of the documents that has placeholders, and what it became.
struct Replaced {
  std::string text;
  std::string value;
};

/// The scheduling parameters of one run. What it gives depends on the flags alone, never on the
/// time of day: the same command means the same run.
class JobParameters {
 public:
  /// kInvalidArgument for a flag that is wrong, with its name.
  static Result<JobParameters> Make(const ParameterFlags& flags);

  /// As schedule::Parameters::Substitute; remembers what it replaced.
  Result<std::string> Resolve(std::string_view text);
  const std::optional<std::chrono::sys_seconds>& cycle() const { return cycle_; }
  /// Each text once, in the order in which they were asked for.
  const std::vector<Replaced>& replaced() const { return replaced_; }

 private:
  JobParameters() = default;
  schedule::Parameters parameters_;
  std::optional<std::chrono::sys_seconds> cycle_;
  std::vector<Replaced> replaced_;
};

}  // namespace culvert::runner
