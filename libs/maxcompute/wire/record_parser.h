// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/wire/plain_record.h"
#include "libs/maxcompute/wire/record_layout.h"
#include "libs/maxcompute/wire/varint.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

// The one parser of record streams (record-wire.md), a template over what becomes of the values, so
// that the validator, the transcoder, the decoder, the indexer and the hash accept and refuse the
// same bytes. `raw` is a value as it lies on the wire, without its tag. A Sink has:
//
//   bool WantsRecord(std::size_t parsed_bytes);  // false ends the call before the next record
//
//   void BeginRecord(const uint8_t* record);  // again for the same record: that starts over
//
//   void Int(std::size_t column, int64_t value, const uint8_t* raw, const uint8_t* raw_end);
//
//   void Fixed32(std::size_t column, uint32_t bits, const uint8_t* raw);
//
//   void Fixed64(std::size_t column, uint64_t bits, const uint8_t* raw);
//
//   void Bytes(column, const uint8_t* raw, const uint8_t* content, std::size_t size);
//
//   void Time(column, int64_t seconds, int32_t nanos, const uint8_t* raw, const uint8_t* raw_end);
//
//   void Nested(std::size_t column, const uint8_t* raw, const uint8_t* raw_end);
//
//   Status EndRecord(const uint8_t* record, const uint8_t* end, uint32_t crc);  // all checks
//   passed
//
// For speed a sink may have more, see plain_record.h, which reads nearly all records. What follows
// here is the careful parser, which judges the others, and the loop over records that uses both.

namespace culvert::maxcompute::wire::internal {

/// Bytes being read. `record` is where the current record began, for the bound on its size.
struct Cursor {
  const std::uint8_t* p = nullptr;
  const std::uint8_t* end = nullptr;
  const std::uint8_t* record = nullptr;
  std::size_t wanted = 0;     // set with kShort: size of record and what must follow, at least
  const char* why = nullptr;  // set with kBad
};

inline Outcome Bad(Cursor& cursor, const char* why) {
  cursor.why = why;
  return Outcome::kBad;
}

/// kOk when `size` more bytes are in the window. `size` may be any number that the wire gave.
inline Outcome Need(Cursor& cursor, std::uint64_t size) {
  if (size <= static_cast<std::uint64_t>(cursor.end - cursor.p)) return Outcome::kOk;
  const auto done = static_cast<std::uint64_t>(cursor.p - cursor.record);
  if (size > kRecordBytesMax || done + size > kRecordBytesMax) {
    return Bad(cursor, "is larger than a record may be");
  }
  cursor.wanted = static_cast<std::size_t>(done + size);
  return Outcome::kShort;
}

inline Outcome ReadNumber(Cursor& cursor, std::uint64_t& value) {
  const Outcome outcome = ReadVarint(cursor.p, cursor.end, value);
  if (outcome == Outcome::kBad) cursor.why = "has a malformed varint";
  return outcome;
}

/// A checksum: at most 32 bits, or the sign extension to 64 that PyODPS's C extension writes.
inline Outcome ReadCrc(Cursor& cursor, std::uint32_t& crc) {
  std::uint64_t value = 0;
  if (const Outcome outcome = ReadNumber(cursor, value); outcome != Outcome::kOk) return outcome;
  if ((value >> 32) != 0 && (value >> 31) != 0x1ffffffff) {
    return Bad(cursor, "has a checksum of more than 32 bits");
  }
  crc = static_cast<std::uint32_t>(value);
  return Outcome::kOk;
}

inline Outcome ReadTime(Cursor& cursor, Op op, std::int64_t& seconds, std::int32_t& nanos) {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  if (const Outcome outcome = ReadNumber(cursor, first); outcome != Outcome::kOk) return outcome;
  if (const Outcome outcome = ReadNumber(cursor, second); outcome != Outcome::kOk) return outcome;
  const std::int64_t fraction = UnZigZag(second);
  if (!IsNanos(op, fraction)) return Bad(cursor, "has nanoseconds out of range");
  seconds = UnZigZag(first);
  nanos = static_cast<std::int32_t>(fraction);
  return Outcome::kOk;
}

/// Walks one value and everything in it, bounds checked. The visitor gets leaves by Int, Bool,
/// Fixed32, Fixed64, Bytes, Time, and shape by Count (elements of an array, or of a map's keys and
/// again of its values) and Null.
template <typename Visitor>
Outcome WalkValue(const TypeNode* nodes, const TypeNode& node, Cursor& cursor, Visitor& visitor);

template <typename Visitor>
Outcome WalkNullable(const TypeNode* nodes, const TypeNode& node, Cursor& cursor,
                     Visitor& visitor) {
  if (const Outcome outcome = Need(cursor, 1); outcome != Outcome::kOk) return outcome;
  const std::uint8_t flag = *cursor.p++;
  if (flag > 1) return Bad(cursor, "has a null flag other than 0 and 1");
  if (flag == 0) return WalkValue(nodes, node, cursor, visitor);
  visitor.Null();
  return Outcome::kOk;
}

template <typename Visitor>
Outcome WalkElements(const TypeNode* nodes, const TypeNode& element, Cursor& cursor,
                     Visitor& visitor, std::uint64_t& count) {
  if (const Outcome outcome = ReadNumber(cursor, count); outcome != Outcome::kOk) {
    return outcome;
  }
  // Each element takes its null flag at least, so a count that the bytes cannot hold ends here.
  if (const Outcome outcome = Need(cursor, count); outcome != Outcome::kOk) return outcome;
  visitor.Count(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Outcome outcome = WalkNullable(nodes, element, cursor, visitor);
    if (outcome != Outcome::kOk) return outcome;
  }
  return Outcome::kOk;
}

template <typename Visitor>
Outcome WalkValue(const TypeNode* nodes, const TypeNode& node, Cursor& cursor, Visitor& visitor) {
  Outcome outcome = Outcome::kOk;
  std::uint64_t number = 0;
  switch (node.op) {
    case Op::kZigZag:
      outcome = ReadNumber(cursor, number);
      if (outcome == Outcome::kOk) visitor.Int(UnZigZag(number), node);
      return outcome;
    case Op::kBool:
      outcome = Need(cursor, 1);
      if (outcome != Outcome::kOk) return outcome;
      if (*cursor.p > 1) return Bad(cursor, "has a boolean other than 0 and 1");
      visitor.Bool(*cursor.p++);
      return outcome;
    case Op::kFixed32:
      outcome = Need(cursor, sizeof(std::uint32_t));
      if (outcome != Outcome::kOk) return outcome;
      visitor.Fixed32(Load<std::uint32_t>(cursor.p));
      cursor.p += sizeof(std::uint32_t);
      return outcome;
    case Op::kFixed64:
      outcome = Need(cursor, sizeof(std::uint64_t));
      if (outcome != Outcome::kOk) return outcome;
      visitor.Fixed64(Load<std::uint64_t>(cursor.p));
      cursor.p += sizeof(std::uint64_t);
      return outcome;
    case Op::kBytes:
      outcome = ReadNumber(cursor, number);
      if (outcome == Outcome::kOk) outcome = Need(cursor, number);
      if (outcome != Outcome::kOk) return outcome;
      visitor.Bytes(cursor.p, static_cast<std::size_t>(number), node);
      cursor.p += number;
      return outcome;
    case Op::kTime:
    case Op::kInterval: {
      std::int64_t seconds = 0;
      std::int32_t nanos = 0;
      outcome = ReadTime(cursor, node.op, seconds, nanos);
      if (outcome == Outcome::kOk) visitor.Time(seconds, nanos, node);
      return outcome;
    }
    case Op::kArray:
      return WalkElements(nodes, nodes[node.first_child], cursor, visitor, number);
    case Op::kMap: {
      std::uint64_t values = 0;
      outcome = WalkElements(nodes, nodes[node.first_child], cursor, visitor, number);
      if (outcome != Outcome::kOk) return outcome;
      outcome = WalkElements(nodes, nodes[node.first_child + 1], cursor, visitor, values);
      if (outcome != Outcome::kOk) return outcome;
      return number == values ? outcome : Bad(cursor, "has a map with more keys than values");
    }
    case Op::kStruct:
      for (std::uint32_t i = 0; i < node.child_count; ++i) {
        outcome = WalkNullable(nodes, nodes[node.first_child + i], cursor, visitor);
        if (outcome != Outcome::kOk) return outcome;
      }
      return outcome;
    case Op::kEndRecord:
      break;
  }
  return Bad(cursor, "has an unknown type");
}

/// Feeds a nested value to a record checksum (record-wire.md section 2).
struct CrcFeed {
  Crc crc = kCrcBegin;
  void Int(std::int64_t value, const TypeNode& /*node*/) {
    crc = CrcU64(crc, static_cast<std::uint64_t>(value));
  }
  void Bool(std::uint8_t value) { crc = CrcU8(crc, value); }
  void Fixed32(std::uint32_t bits) { crc = CrcU32(crc, bits); }
  void Fixed64(std::uint64_t bits) { crc = CrcU64(crc, bits); }
  void Bytes(const std::uint8_t* data, std::size_t size, const TypeNode& /*node*/) {
    crc = CrcBytes(crc, data, size);
  }
  void Time(std::int64_t seconds, std::int32_t nanos, const TypeNode& /*node*/) {
    crc =
        CrcU32(CrcU64(crc, static_cast<std::uint64_t>(seconds)), static_cast<std::uint32_t>(nanos));
  }
  void Count(std::uint64_t /*count*/) {}
  void Null() {}
};

/// What a tag turned out to be.
enum class Found : std::uint8_t { kField, kTrailer, kShort, kBad, kUnordered };
struct FoundField {
  Found found = Found::kBad;
  const ColumnOp* op = nullptr;
  Cursor cursor;
};
/// Reads any tag. `next` is the column expected; a lower one is kUnordered unless `state` says that
/// this stream has been seen out of order, where `state.seen` finds repeated columns.
FoundField FindField(const RecordLayout::Compiled& layout, Cursor cursor, const ColumnOp* next,
                     ReaderState& state);
/// Reads the whole trailer at the cursor, and checks it against `state.totals`.
Outcome ParseTrailer(Cursor& cursor, ReaderState& state);
/// False when more bytes are needed before another look at `window` can pay.
bool WorthParsing(const ReaderState& state, std::span<const std::byte> window);
/// Notes what an unfinished record needs.
void NoteShort(ReaderState& state, const Cursor& cursor);
Error DamagedRecord(const ReaderState& state, const char* why);
Error BytesBehindTrailer();
Status FinishReader(const ReaderState& state);

/// Reads the value of column `op` at `cursor.p` and continues `crc`.
template <typename Sink>
Outcome ParseValue(const RecordLayout::Compiled& layout, const ColumnOp& op, std::size_t column,
                   Cursor& cursor, Crc& crc, Sink& sink) {
  const std::uint8_t* const raw = cursor.p;
  crc = CrcU32(crc, op.number);
  switch (op.op) {
    case Op::kZigZag: {
      std::uint64_t number = 0;
      const Outcome outcome = ReadNumber(cursor, number);
      if (outcome != Outcome::kOk) return outcome;
      const std::int64_t value = UnZigZag(number);
      crc = CrcU64(crc, static_cast<std::uint64_t>(value));
      sink.Int(column, value, raw, cursor.p);
      return Outcome::kOk;
    }
    case Op::kBool: {
      if (const Outcome outcome = Need(cursor, 1); outcome != Outcome::kOk) return outcome;
      const std::uint8_t value = *raw;
      if (value > 1) return Bad(cursor, "has a boolean other than 0 and 1");
      crc = CrcU8(crc, value);
      cursor.p = raw + 1;
      sink.Int(column, value, raw, raw + 1);
      return Outcome::kOk;
    }
    case Op::kFixed32: {
      if (const Outcome outcome = Need(cursor, 4); outcome != Outcome::kOk) return outcome;
      const auto bits = Load<std::uint32_t>(raw);
      crc = CrcU32(crc, bits);
      cursor.p = raw + 4;
      sink.Fixed32(column, bits, raw);
      return Outcome::kOk;
    }
    case Op::kFixed64: {
      if (const Outcome outcome = Need(cursor, 8); outcome != Outcome::kOk) return outcome;
      const auto bits = Load<std::uint64_t>(raw);
      crc = CrcU64(crc, bits);
      cursor.p = raw + 8;
      sink.Fixed64(column, bits, raw);
      return Outcome::kOk;
    }
    case Op::kBytes: {
      std::uint64_t size = 0;
      Outcome outcome = ReadNumber(cursor, size);
      if (outcome == Outcome::kOk) outcome = Need(cursor, size);
      if (outcome != Outcome::kOk) return outcome;
      const std::uint8_t* const content = cursor.p;
      cursor.p = content + size;
      crc = CrcBytes(crc, content, static_cast<std::size_t>(size));
      sink.Bytes(column, raw, content, static_cast<std::size_t>(size));
      return Outcome::kOk;
    }
    case Op::kTime:
    case Op::kInterval: {
      std::int64_t seconds = 0;
      std::int32_t nanos = 0;
      const Outcome outcome = ReadTime(cursor, op.op, seconds, nanos);
      if (outcome != Outcome::kOk) return outcome;
      crc = CrcU32(CrcU64(crc, static_cast<std::uint64_t>(seconds)),
                   static_cast<std::uint32_t>(nanos));
      sink.Time(column, seconds, nanos, raw, cursor.p);
      return Outcome::kOk;
    }
    case Op::kArray:
    case Op::kMap:
    case Op::kStruct: {
      CrcFeed feed{.crc = crc};
      const Outcome outcome = WalkValue(layout.nodes.data(), layout.nodes[op.node], cursor, feed);
      if (outcome != Outcome::kOk) return outcome;
      crc = feed.crc;
      sink.Nested(column, raw, cursor.p);
      return Outcome::kOk;
    }
    case Op::kEndRecord:
      break;
  }
  return Bad(cursor, "has an unknown type");
}

/// Reads one record with every check and its reason, or finds the trailer in its place.
template <typename Sink>
[[gnu::noinline]] Found ParseRecord(const RecordLayout::Compiled& layout, Cursor& cursor,
                                    ReaderState& state, Sink& sink, std::uint32_t& record_crc) {
  const ColumnOp* const ops = layout.ops.data();
  const ColumnOp* next = ops;
  Crc crc = kCrcBegin;
  while (true) {
    const FoundField field = FindField(layout, cursor, next, state);
    cursor = field.cursor;
    if (field.found != Found::kField) return field.found;
    Outcome outcome = Outcome::kOk;
    if (field.op->op == Op::kEndRecord) {
      std::uint32_t written = 0;
      outcome = ReadCrc(cursor, written);
      if (outcome == Outcome::kOk) {
        if (written == CrcValue(crc)) {
          record_crc = written;
          return Found::kField;
        }
        outcome = Bad(cursor, "does not match its checksum");
      }
    } else {
      const auto column = static_cast<std::size_t>(field.op - ops);
      outcome = ParseValue(layout, *field.op, column, cursor, crc, sink);
      next = field.op + 1;
    }
    if (outcome != Outcome::kOk) {
      return outcome == Outcome::kShort ? Found::kShort : Found::kBad;
    }
  }
}

/// Reads whole records from the front of `window` into `sink`, and the trailer when it is there.
template <Bits kBits, typename Sink>
Result<Consumed> ParseWindowWith(const RecordLayout::Compiled& layout,
                                 std::span<const std::byte> window, ReaderState& state,
                                 Sink& sink) {
  Consumed consumed;
  if (window.empty()) return consumed;
  if (state.finished) return Fail(BytesBehindTrailer());
  if (!WorthParsing(state, window)) return consumed;
  state.wanted = 0;
  state.patience = 0;
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(window.data());
  Cursor cursor{.p = begin, .end = begin + window.size()};
  while (cursor.p != cursor.end && sink.WantsRecord(consumed.record_bytes)) {
    const std::uint8_t* const record = cursor.p;
    std::uint32_t crc = 0;
    Found found = Found::kBad;
    sink.BeginRecord(record);
    const std::uint8_t* plain_end = nullptr;
    if (!state.unordered && cursor.end - record >= kPlainFieldBytes) [[likely]] {
      plain_end = ParsePlainRecord<kBits>(layout, record, cursor.end, sink, crc);
      if (plain_end == nullptr) [[unlikely]]
        sink.BeginRecord(record);
    }
    if (plain_end != nullptr) [[likely]] {
      found = Found::kField;
      cursor.p = plain_end;
    } else {
      cursor.record = record;
      if (state.unordered) state.seen.assign(layout.column_count, false);
      found = ParseRecord(layout, cursor, state, sink, crc);
    }
    if (found == Found::kField) [[likely]] {
      if (static_cast<std::size_t>(cursor.p - record) > kRecordBytesMax) [[unlikely]] {
        return Fail(DamagedRecord(state, "is larger than a record may be"));
      }
      CULVERT_TRY(sink.EndRecord(record, cursor.p, crc));
      ++state.totals.records;
      ++consumed.records;
      state.totals.crc_of_crcs = CrcValue(CrcU32(CrcState(state.totals.crc_of_crcs), crc));
      consumed.record_bytes = static_cast<std::size_t>(cursor.p - begin);
    } else if (found == Found::kUnordered) {
      state.unordered = true;
      cursor.p = record;
    } else if (found == Found::kTrailer) {
      cursor.p = record;
      const Outcome outcome = ParseTrailer(cursor, state);
      if (outcome == Outcome::kBad) return Fail(DamagedRecord(state, cursor.why));
      if (outcome == Outcome::kShort) {
        NoteShort(state, cursor);
        break;
      }
      consumed.total_bytes = static_cast<std::size_t>(cursor.p - begin);
      return consumed;
    } else if (found == Found::kShort) {
      if (static_cast<std::size_t>(cursor.end - record) >= kRecordBytesMax) {
        return Fail(DamagedRecord(state, "is larger than a record may be"));
      }
      NoteShort(state, cursor);
      break;
    } else {
      return Fail(DamagedRecord(state, cursor.why));
    }
  }
  consumed.total_bytes = consumed.record_bytes;
  return consumed;
}

/// The same with what suits this processor.
template <typename Sink>
Result<Consumed> ParseWindow(const RecordLayout::Compiled& layout,
                             std::span<const std::byte> window, ReaderState& state, Sink& sink) {
  return bits_in_use == Bits::kBmi2 ? ParseWindowWith<Bits::kBmi2>(layout, window, state, sink)
                                    : ParseWindowWith<Bits::kPortable>(layout, window, state, sink);
}

}  // namespace culvert::maxcompute::wire::internal
