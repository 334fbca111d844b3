// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/row_sender.h"

#include "libs/base/digest.h"

#include <algorithm>
#include <utility>

namespace culvert::emulator {
namespace {

namespace wire = maxcompute::wire;

constexpr std::size_t kStepBytes = std::size_t{256} * 1024;

std::size_t OffsetOf(const Segment& segment, std::size_t row) {
  return row < segment.index.offsets.size() ? segment.index.offsets[row] : segment.bytes.size();
}

// Writes the body, coded and paced.
class Body {
 public:
  Body(http::ServerExchange& exchange, wire::Codec codec, Throttle& throttle,
       const std::stop_token& stop)
      : exchange_(exchange), throttle_(throttle), stop_(stop) {
    if (codec != wire::Codec::kIdentity) compressor_ = wire::MakeCompressor(codec);
    if (compressor_) out_ = ByteBuffer(kStepBytes);
  }

  Status Write(std::span<const std::byte> bytes) {
    if (!compressor_) return Send(bytes);
    while (!bytes.empty()) {
      const std::span<std::byte> room = out_.Reserve(1);
      CULVERT_ASSIGN_OR_RETURN(const wire::Step step, compressor_->Compress(bytes, room));
      bytes = bytes.subspan(step.consumed);
      out_.Commit(step.produced);
      if (out_.size() >= kStepBytes / 2) CULVERT_TRY(Flush());
    }
    return {};
  }

  Status End() {
    for (bool finished = compressor_ == nullptr; !finished;) {
      CULVERT_ASSIGN_OR_RETURN(const auto tail, compressor_->Finish(out_.Reserve(kStepBytes / 4)));
      out_.Commit(tail.produced);
      finished = tail.finished;
      CULVERT_TRY(Flush());
    }
    return exchange_.End();
  }

 private:
  Status Flush() {
    CULVERT_TRY(Send(out_.Readable()));
    out_.Clear();
    return {};
  }
  Status Send(std::span<const std::byte> bytes) {
    if (!throttle_.active()) return bytes.empty() ? Status() : exchange_.Write(bytes);
    constexpr std::size_t kPacedBytes = std::size_t{64} * 1024;
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(bytes.size(), kPacedBytes));
      throttle_.Pass(piece.size(), stop_);
      CULVERT_TRY(exchange_.Write(piece));
      bytes = bytes.subspan(piece.size());
    }
    return {};
  }

  http::ServerExchange& exchange_;
  Throttle& throttle_;
  std::stop_token stop_;
  std::unique_ptr<wire::Compressor> compressor_;
  ByteBuffer out_;
};

Status SendWhole(const std::vector<SegmentSlice>& slices, Body& body) {
  wire::StreamTotals totals;
  ByteBuffer trailer;
  for (const SegmentSlice& slice : slices) {
    totals.records += slice.rows;
    totals.crc_of_crcs = Crc32c(std::as_bytes(slice.crcs()), totals.crc_of_crcs);
  }
  wire::EncodeTrailer(totals, trailer);
  // A small answer is one write.
  constexpr std::size_t kSmallBytes = std::size_t{64} * 1024;
  if (slices.size() == 1 && slices.front().bytes().size() <= kSmallBytes) {
    ByteBuffer all;
    all.Append(slices.front().bytes());
    all.Append(trailer.Readable());
    return body.Write(all.Readable());
  }
  for (const SegmentSlice& slice : slices) CULVERT_TRY(body.Write(slice.bytes()));
  return body.Write(trailer.Readable());
}

Status SendColumns(const DownloadSession& session, const std::vector<std::size_t>& columns,
                   const std::vector<SegmentSlice>& slices, Body& body) {
  std::vector<record::Column> chosen;
  std::vector<wire::ColumnOrigin> origins;
  for (const std::size_t column : columns) {
    chosen.push_back(session.layout->columns()[column]);
    origins.emplace_back(wire::FromSource{.column = column});
  }
  const wire::RecordLayout target(std::move(chosen));
  CULVERT_ASSIGN_OR_RETURN(
      wire::RecordTranscoder transcoder,
      wire::RecordTranscoder::Make(*session.layout, target, std::move(origins), {}));
  ByteBuffer out(2 * kStepBytes);
  for (const SegmentSlice& slice : slices) {
    const Segment& segment = *slice.segment;
    const std::size_t last = slice.first + slice.rows;
    for (std::size_t row = slice.first; row < last;) {
      // Whole records of about a step, found by the index.
      const auto& offsets = segment.index.offsets;
      const auto from = offsets.begin() + static_cast<std::ptrdiff_t>(row);
      const auto end = offsets.begin() + static_cast<std::ptrdiff_t>(last);
      auto next = std::lower_bound(from + 1, end, *from + kStepBytes);
      const auto until = static_cast<std::size_t>(next - offsets.begin());
      const std::size_t begin_byte = OffsetOf(segment, row);
      const auto window = segment.bytes.subspan(begin_byte, OffsetOf(segment, until) - begin_byte);
      CULVERT_ASSIGN_OR_RETURN(const wire::Consumed consumed, transcoder.Consume(window, out));
      if (consumed.record_bytes != window.size()) {
        return Fail(Internal("stored records do not end where their index says"));
      }
      CULVERT_TRY(body.Write(out.Readable()));
      out.Clear();
      row = until;
    }
  }
  wire::EncodeTrailer(transcoder.target_totals(), out);
  return body.Write(out.Readable());
}

}  // namespace

std::span<const std::byte> SegmentSlice::bytes() const {
  const std::size_t begin = OffsetOf(*segment, first);
  return segment->bytes.subspan(begin, OffsetOf(*segment, first + rows) - begin);
}

std::span<const std::uint32_t> SegmentSlice::crcs() const {
  return std::span(segment->index.crcs).subspan(first, rows);
}

std::vector<SegmentSlice> SliceRows(const DownloadSession& session, std::uint64_t start,
                                    std::uint64_t count) {
  std::vector<SegmentSlice> slices;
  if (count == 0) return slices;
  auto place = std::ranges::upper_bound(session.starts, start);
  for (auto i = static_cast<std::size_t>(place - session.starts.begin()) - 1;
       count > 0 && i < session.segments.size(); ++i) {
    const Segment& segment = *session.segments[i];
    const std::uint64_t first = start - session.starts[i];
    const std::uint64_t rows = std::min(count, segment.rows() - first);
    slices.push_back({.segment = &segment, .first = first, .rows = rows});
    start += rows;
    count -= rows;
  }
  return slices;
}

Status SendRows(http::ServerExchange& exchange, const DownloadSession& session,
                const RowRequest& request, Throttle& throttle, const std::stop_token& stop) {
  http::Response head;
  head.status = 200;
  head.headers.Set("Content-Type", "application/octet-stream");
  if (request.codec != wire::Codec::kIdentity) {
    head.headers.Set("Content-Encoding", std::string(wire::ContentEncoding(request.codec)));
  }
  CULVERT_TRY(exchange.Begin(head));
  Body body(exchange, request.codec, throttle, stop);
  const std::vector<SegmentSlice> slices = SliceRows(session, request.start, request.count);
  CULVERT_TRY(request.columns.empty() ? SendWhole(slices, body)
                                      : SendColumns(session, request.columns, slices, body));
  return body.End();
}

}  // namespace culvert::emulator
