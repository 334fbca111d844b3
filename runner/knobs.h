// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "runner/engine/speed_limit.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace culvert::runner {

/// What may change while a process copies.
struct Knobs {
  Rates rates = {};                    // of this process
  std::optional<std::size_t> streams;  // of this process; nothing: as planned
  bool operator==(const Knobs&) const = default;
};

/// `{"throttle": true, "mbps": 12.5, "recordsPerSecond": 4000, "streams": 2}`: `throttle: true`
/// needs `mbps` (10^6 bytes a second, above 0 and at most 1,000,000) or `recordsPerSecond` (above 0
/// and at most 10^9), or both; `streams` (1 to 64) may be left out. kInvalidArgument for anything
/// else, unknown members among it.
Result<Knobs> ParseKnobs(std::string_view text);

/// Follows a file of knobs, as Kubernetes mounts a ConfigMap: reads it every two seconds, whole and
/// through one open, so that the swap of `..data` is never seen half. A new content that is right
/// is applied; one that is wrong, or no file at all, is told once in the log and changes nothing.
class KnobsFile {
 public:
  using Apply = std::function<void(const Knobs&)>;
  KnobsFile(std::string path, Apply apply) : path_(std::move(path)), apply_(std::move(apply)) {}

  /// Looks once.
  void Poll(const OpContext& ctx);
  /// Looks until stop.
  void Run(const OpContext& ctx);

 private:
  void Complain(const OpContext& ctx, const std::string& what);

  const std::string path_;
  const Apply apply_;
  std::optional<std::string> text_;  // as last seen, right or wrong
  std::string complaint_;            // the last one
};

/// A KnobsFile on a thread of its own; its first look is over when this is made. An empty path:
/// none. What `ctx` points to must outlive it; `apply` is called from either thread, one at a time.
class KnobsFollower {
 public:
  KnobsFollower(const OpContext& ctx, const std::string& path, KnobsFile::Apply apply);

 private:
  std::optional<KnobsFile> file_;
  std::jthread thread_;
};

}  // namespace culvert::runner
