// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/download_sessions.h"
#include "libs/http/server.h"
#include "libs/maxcompute/wire/codec.h"

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <vector>

namespace culvert::emulator {

/// Which rows of a session to send, and how.
struct RowRequest {
  std::uint64_t start = 0;
  std::uint64_t count = 0;           // start + count <= session.rows
  std::vector<std::size_t> columns;  // tag i + 1 is columns[i]; empty: all, in table order
  maxcompute::wire::Codec codec = maxcompute::wire::Codec::kIdentity;
};

/// Answers 200 with the rows as one record stream. All columns in table order without a codec are
/// slices of the stored records and a computed trailer, nothing is copied; the rest goes through
/// the transcoder and the compressor in steps of 256 KiB.
Status SendRows(http::ServerExchange& exchange, const DownloadSession& session,
                const RowRequest& request, Throttle& throttle, const std::stop_token& stop);

/// A run of rows within one segment.
struct SegmentSlice {
  const Segment* segment = nullptr;
  std::size_t first = 0;
  std::size_t rows = 0;
  std::span<const std::byte> bytes() const;
  std::span<const std::uint32_t> crcs() const;
};
/// The rows [start, start + count) as slices, in order.
std::vector<SegmentSlice> SliceRows(const DownloadSession& session, std::uint64_t start,
                                    std::uint64_t count);

}  // namespace culvert::emulator
