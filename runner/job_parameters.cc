// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/job_parameters.h"

#include "libs/schedule/basis.h"
#include "libs/schedule/zone_database.h"

#include <algorithm>
#include <utility>

namespace culvert::runner {
namespace {

template <typename T>
Result<T> Of(const char* flag, Result<T> result) {
  if (!result) result.error().message = std::string(flag) + ": " + result.error().message;
  return result;
}

}  // namespace

Result<JobParameters> JobParameters::Make(const ParameterFlags& flags) {
  JobParameters made;
  if (!flags.cycle_time.empty()) {
    const std::string_view name =
        flags.time_zone.empty() ? schedule::kDefaultTimeZone : std::string_view(flags.time_zone);
    CULVERT_ASSIGN_OR_RETURN(schedule::TimeZone zone,
                             Of("--time-zone", schedule::ZoneDatabase().Load(name)));
    CULVERT_ASSIGN_OR_RETURN(made.cycle_,
                             Of("--cycle-time", schedule::ParseCycleTime(flags.cycle_time, zone)));
    made.parameters_ =
        schedule::Parameters(schedule::Basis::Of(std::move(zone), *made.cycle_, *made.cycle_));
  }
  for (const std::string& assignment : flags.assignments) {
    CULVERT_TRY(Of("-p", made.parameters_.Assign(assignment)));
  }
  return made;
}

Result<std::string> JobParameters::Resolve(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(std::string value, parameters_.Substitute(text));
  const bool known = std::ranges::find(replaced_, text, &Replaced::text) != replaced_.end();
  if (value != text && !known) replaced_.push_back({.text = std::string(text), .value = value});
  return value;
}

}  // namespace culvert::runner
