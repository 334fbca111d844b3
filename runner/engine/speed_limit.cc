// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/speed_limit.h"

namespace culvert::runner {

Rates RatesOf(const syncjob::Speed& speed, double share) {
  constexpr double kMega = 1e6;
  if (!speed.throttle) return {};
  return {.bytes_per_second = speed.mbps * kMega * share,
          .rows_per_second = speed.records_per_second * share};
}

Result<std::chrono::nanoseconds> SpeedLimit::Acquire(const OpContext& ctx, std::uint64_t rows,
                                                     std::uint64_t bytes) {
  // Both places are taken before either is waited for: the wait is that of the slower limit, not of
  // one after the other.
  const SteadyTime begin = ctx.clock.SteadyNow();
  const auto bytes_place = bytes_.Take(bytes, begin);
  const auto rows_place = rows_.Take(rows, begin);
  if (bytes_place) CULVERT_TRY(bytes_.Wait(ctx, *bytes_place));
  if (rows_place) CULVERT_TRY(rows_.Wait(ctx, *rows_place));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(ctx.clock.SteadyNow() - begin);
}

void SpeedLimit::Set(const Rates& rates, SteadyTime now) {
  bytes_.SetRate(rates.bytes_per_second, now);
  rows_.SetRate(rates.rows_per_second, now);
}

}  // namespace culvert::runner
