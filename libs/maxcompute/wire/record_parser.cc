// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/record_parser.h"

#include <algorithm>
#include <string>

namespace culvert::maxcompute::wire::internal {
namespace {

constexpr std::uint64_t kMetricsBytesMax = std::uint64_t{1024} * 1024;

// Below this size a record is simply parsed again from its beginning with each new window.
constexpr std::size_t kPatientBytes = std::size_t{128} * 1024;

// Tag and varint of META_CHECKSUM at most.
constexpr std::size_t kStreamTailBytes = sizeof(kMetaChecksumWord) + kVarintBytesMax;

// A tag is a varint of at most 32 bits.
Outcome ReadTag(Cursor& cursor, std::uint32_t& tag) {
  std::uint64_t value = 0;
  if (const Outcome outcome = ReadNumber(cursor, value); outcome != Outcome::kOk) {
    return outcome;
  }
  if (value > UINT32_MAX) return Bad(cursor, "has a field tag of more than 32 bits");
  tag = static_cast<std::uint32_t>(value);
  return Outcome::kOk;
}

Outcome ExpectTag(Cursor& cursor, std::uint32_t tag, const char* why) {
  std::uint32_t read = 0;
  if (const Outcome outcome = ReadTag(cursor, read); outcome != Outcome::kOk) return outcome;
  return read == tag ? Outcome::kOk : Bad(cursor, why);
}

// The server's statistics, `tag(1, bytes) json METRICS_END crc`: checked and passed over.
Outcome ParseMetrics(Cursor& cursor) {
  std::uint64_t size = 0;
  if (const Outcome outcome = ReadNumber(cursor, size); outcome != Outcome::kOk) {
    return outcome;
  }
  if (size > kMetricsBytesMax) return Bad(cursor, "is a trailer with metrics of more than 1 MiB");
  if (const Outcome outcome = Need(cursor, size); outcome != Outcome::kOk) return outcome;
  const std::uint32_t crc =
      CrcValue(CrcBytes(CrcU32(kCrcBegin, 1), cursor.p, static_cast<std::size_t>(size)));
  cursor.p += size;
  Outcome outcome = ExpectTag(cursor, kMetricsEndTag, "is a trailer whose metrics do not end");
  if (outcome != Outcome::kOk) return outcome;
  std::uint32_t written = 0;
  outcome = ReadCrc(cursor, written);
  if (outcome != Outcome::kOk) return outcome;
  return written == crc ? outcome
                        : Bad(cursor, "is a trailer whose metrics do not match their checksum");
}

// True when the window ends like a stream: a look at it cannot be put off, as nothing may follow.
bool EndsLikeStream(std::span<const std::byte> window) {
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(window.data());
  const std::size_t tail = std::min(window.size(), kStreamTailBytes);
  for (std::size_t back = sizeof(kMetaChecksumWord) + 1; back <= tail; ++back) {
    if (Load<std::uint32_t>(begin + window.size() - back) == kMetaChecksumWord) return true;
  }
  return false;
}

}  // namespace

FoundField FindField(const RecordLayout::Compiled& layout, Cursor cursor, const ColumnOp* next,
                     ReaderState& state) {
  FoundField field{.found = Found::kBad, .op = nullptr, .cursor = cursor};
  std::uint32_t tag = 0;
  const Outcome outcome = ReadTag(field.cursor, tag);
  if (outcome != Outcome::kOk) {
    if (outcome == Outcome::kShort) field.found = Found::kShort;
    return field;
  }
  const ColumnOp* const ops = layout.ops.data();
  const std::uint32_t number = tag >> 3;
  if (tag == kEndRecordTag) {
    field.op = ops + layout.column_count;
    field.found = Found::kField;
  } else if (tag == kMetaCountTag && cursor.p == cursor.record) {
    field.found = Found::kTrailer;
  } else if (number == 0 || number > layout.column_count) {
    field.cursor.why = "has a field that is no column of the table";
  } else if (ops[number - 1].tag != tag) {
    field.cursor.why = "has a field whose wire type is not its column's";
  } else {
    const std::size_t column = number - 1;
    field.op = ops + column;
    field.found = Found::kField;
    if (state.unordered) {
      if (state.seen[column]) {
        field.found = Found::kBad;
        field.cursor.why = "has a column twice";
      }
      state.seen[column] = true;
    } else if (field.op < next) {
      field.found = Found::kUnordered;
    }
  }
  return field;
}

Outcome ParseTrailer(Cursor& cursor, ReaderState& state) {
  std::uint64_t count = 0;
  Outcome outcome = ExpectTag(cursor, kMetaCountTag, "is no trailer");
  if (outcome != Outcome::kOk) return outcome;
  outcome = ReadNumber(cursor, count);
  if (outcome != Outcome::kOk) return outcome;
  if (UnZigZag(count) < 0 || static_cast<std::uint64_t>(UnZigZag(count)) != state.totals.records) {
    return Bad(cursor, "is a trailer whose count is not that of the records before it");
  }
  std::uint32_t tag = 0;
  outcome = ReadTag(cursor, tag);
  if (outcome != Outcome::kOk) return outcome;
  const bool has_metrics = tag == kMetricsTag;
  if (has_metrics) {
    outcome = ParseMetrics(cursor);
    if (outcome == Outcome::kOk) outcome = ReadTag(cursor, tag);
    if (outcome != Outcome::kOk) return outcome;
  }
  if (tag != kMetaChecksumTag) return Bad(cursor, "is a trailer without a checksum");
  std::uint32_t written = 0;
  outcome = ReadCrc(cursor, written);
  if (outcome != Outcome::kOk) return outcome;
  if (written != state.totals.crc_of_crcs) {
    return Bad(cursor, "is a trailer whose checksum is not that of the records before it");
  }
  if (cursor.p != cursor.end) return Bad(cursor, "is a trailer with bytes behind it");
  state.finished = true;
  state.has_metrics = has_metrics;
  return Outcome::kOk;
}

bool WorthParsing(const ReaderState& state, std::span<const std::byte> window) {
  if (window.size() < state.wanted) return false;
  return window.size() >= state.patience || EndsLikeStream(window);
}

// A value that states its length gives an exact bound. A large record is looked at again only when
// the window has grown by half, so that all looks together cost a few times its size.
void NoteShort(ReaderState& state, const Cursor& cursor) {
  constexpr std::size_t kEndBytesMin = sizeof(kEndRecordWord) + 1;  // behind any value
  const auto size = static_cast<std::size_t>(cursor.end - cursor.record);
  state.wanted = std::max(cursor.wanted == 0 ? 0 : cursor.wanted + kEndBytesMin, size + 1);
  state.patience = size < kPatientBytes ? 0 : std::min(size + size / 2, kRecordBytesMax);
}

Error DamagedRecord(const ReaderState& state, const char* why) {
  return DataLoss("the record stream is damaged: record " +
                  std::to_string(state.totals.records + 1) + " " +
                  (why == nullptr ? "cannot be read" : why) + "; read the range again");
}

Error BytesBehindTrailer() {
  return DataLoss("the record stream is damaged: bytes follow its trailer; read the range again");
}

Status FinishReader(const ReaderState& state) {
  if (state.finished) return {};
  return Fail(DataLoss("the record stream is cut short after " +
                       std::to_string(state.totals.records) +
                       " records: it has no trailer; read the range again"));
}

}  // namespace culvert::maxcompute::wire::internal
