// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/posix_rule.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::schedule {

/// What a local time is in a zone. A time that occurs twice (clocks went back) has both instants,
/// in order. One that never occurs (clocks went forward over it) is moved on by the length of the
/// gap: 02:30 that is not there is 03:30; `instant` says that.
struct LocalResult {
  enum class Kind : std::uint8_t { kUnique, kSkipped, kRepeated };
  Kind kind = Kind::kUnique;
  std::chrono::sys_seconds instant;  // the first
  std::chrono::sys_seconds second;   // kRepeated: the second; else the same
};

/// One zone of the tz database: how far its clocks are ahead of UTC at each instant. A value; times
/// are those of the years 1 to 9999.
class TimeZone {
 public:
  /// UTC itself.
  TimeZone() = default;
  /// Reads a TZif file (RFC 9636), version 1 to 4, of at most kTzifBytesMax bytes. kDataLoss when
  /// it is damaged; kInvalidArgument for a zone that counts leap seconds.
  static Result<TimeZone> FromTzif(std::string name, std::string_view bytes);

  const std::string& name() const { return name_; }
  std::chrono::seconds OffsetAt(std::chrono::sys_seconds time) const;
  std::chrono::local_seconds ToLocal(std::chrono::sys_seconds time) const;
  LocalResult ToInstant(std::chrono::local_seconds local) const;
  /// Changes of the offset in (from, to], ascending.
  std::vector<Transition> TransitionsIn(std::chrono::sys_seconds from,
                                        std::chrono::sys_seconds to) const;

 private:
  std::string name_ = "UTC";
  std::chrono::seconds first_offset_{0};
  std::vector<Transition> transitions_;  // ascending; each changes the offset
  std::optional<PosixRule> rule_;        // holds from rule_from_ on
  std::chrono::sys_seconds rule_from_ = std::chrono::sys_seconds::min();
};

/// No two neighbouring offsets of a zone differ by more (Pacific/Apia skipped a day).
inline constexpr std::chrono::hours kOffsetJumpMax{26};
inline constexpr std::size_t kTzifBytesMax = std::size_t{64} * 1024;

}  // namespace culvert::schedule
