// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/download_sessions.h"
#include "emulator/handlers.h"
#include "emulator/limits.h"
#include "emulator/segment_files.h"
#include "emulator/upload_sessions.h"
#include "libs/maxcompute/wire/codec.h"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator {

/// What the Tunnel routes work on. Everything outlives the routes.
struct TunnelServices {
  Services& common;
  UploadSessions& uploads;
  DownloadSessions& downloads;
  SegmentFiles& segments;
  RateLimiter& rates;
  Limits limits;
  std::stop_token stop;  // ends waits of paced transfers when the emulator stops
};

/// Batch download, batch upload and instance tunnel (tunnel-batch.md 3, 4, 7).
void RegisterTunnelRoutes(Router& router, TunnelServices& tunnel);

// Parts with rules of their own.

/// The first coding of an Accept-Encoding list that Tunnel knows and that is not refused by `;q=0`;
/// identity without one.
maxcompute::wire::Codec NegotiateCodec(std::string_view accept_encoding);

struct RowRangeText {
  std::uint64_t start = 0;
  std::uint64_t count = 0;
};
/// `(start,count)`. kInvalidArgument/InvalidRowRange.
Result<RowRangeText> ParseRowRange(std::string_view text);

/// Indices of a `columns` list in `schema`; empty when it is absent or names all columns in table
/// order. kInvalidArgument/InvalidColumn for an unknown, repeated or partition column.
Result<std::vector<std::size_t>> ResolveColumns(const record::Schema& schema,
                                                const std::optional<std::string>& list);

}  // namespace culvert::emulator
