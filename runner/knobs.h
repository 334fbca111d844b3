// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/followed_file.h"
#include "libs/base/log.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "runner/engine/speed_limit.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::runner {

/// What may change while a process copies.
struct Knobs {
  Rates rates = {};                        // of this process
  std::optional<std::size_t> streams;      // of this process; nothing: as planned
  std::optional<LogLevel> log_level = {};  // nothing: as the process was told
  bool operator==(const Knobs&) const = default;
};

/// `{"throttle": true, "mbps": 12.5, "recordsPerSecond": 4000, "streams": 2, "logLevel": "info"}`:
/// `throttle: true` needs `mbps` (10^6 bytes a second, above 0 and at most 1,000,000) or
/// `recordsPerSecond` (above 0 and at most 10^9), or both; `streams` (1 to 64) and `logLevel`
/// (debug, info, warn, error) may be left out. kInvalidArgument for anything else, unknown members
/// among it.
Result<Knobs> ParseKnobs(std::string_view text);

/// A file of knobs to follow, as the ConfigMap of them is mounted: each content that is right is
/// told in the log and applied.
FollowedFile KnobsFile(std::string path, std::function<void(const OpContext&, const Knobs&)> apply);

}  // namespace culvert::runner
