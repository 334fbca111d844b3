// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/basis.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::schedule {

/// The values that need no assignment.
enum class BuiltIn : std::uint8_t {
  kBizDate,   // $bizdate, ${bdp.system.bizdate}: the business date, yyyymmdd
  kCycTime,   // $cyctime, ${bdp.system.cyctime}: the planned time, yyyymmddhh24miss
  kGmtDate,   // $gmtdate: the day on which the run was made; of a backfill, that after the business
              // date
  kBizMonth,  // $bizmonth: month of the business date, or the one before while that month is not
              // over
  kJobId,
  kNodeId,
  kTaskId,
};

/// By the word behind the `$`, such as `bizdate`.
std::optional<BuiltIn> FindBuiltIn(std::string_view word);
/// By the name in `${...}`, such as `bdp.system.bizdate`.
std::optional<BuiltIn> FindSystemName(std::string_view name);
/// `$bizdate, $cyctime, ...`, for messages.
std::string BuiltInNames();

/// kInvalidArgument for an id that `basis` does not have.
Result<std::string> ValueOf(BuiltIn which, const Basis& basis);

}  // namespace culvert::schedule
