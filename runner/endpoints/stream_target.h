// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "runner/engine/target.h"

#include <cstdio>
#include <functional>
#include <string_view>

namespace culvert::runner {

/// Discards rows, or prints them as JSON lines. A row is printed as it passes, so one that is
/// copied again after a failure of the run is printed again. Thread-safe.
class StreamTarget final : public Target {
 public:
  /// Gets whole lines; called under a lock. kResourceExhausted/LocalPressure when they cannot be
  /// written.
  using Print = std::function<Status(std::string_view lines)>;

  /// `print` empty: rows are discarded. `layout` must outlive it.
  StreamTarget(const maxcompute::wire::RecordLayout& layout, Print print)
      : layout_(layout), print_(std::move(print)) {}

  Result<std::unique_ptr<BlockWriter>> OpenBlock(const OpContext& ctx, std::size_t session,
                                                 std::uint64_t block_id,
                                                 maxcompute::wire::Codec codec) override;
  Result<SessionView> Load(const OpContext& ctx, std::size_t session) override;
  Status Commit(const OpContext& ctx, std::size_t session) override;
  bool has_sessions() const override { return false; }

 private:
  class Discard;
  class Printer;

  const maxcompute::wire::RecordLayout& layout_;
  Print print_;
  Mutex mutex_;  // held while lines are printed
};

}  // namespace culvert::runner
