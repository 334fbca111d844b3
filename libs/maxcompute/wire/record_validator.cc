// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/record_parser.h"
#include "libs/maxcompute/wire/record_stream.h"

namespace culvert::maxcompute::wire {
namespace {

using internal::ParseWindow;

struct NoValues {
  bool WantsRecord(std::size_t) const { return true; }
  void BeginRecord(const std::uint8_t*) {}
  void Int(std::size_t, std::int64_t, const std::uint8_t*, const std::uint8_t*) {}
  void Fixed32(std::size_t, std::uint32_t, const std::uint8_t*) {}
  void Fixed64(std::size_t, std::uint64_t, const std::uint8_t*) {}
  void Bytes(std::size_t, const std::uint8_t*, const std::uint8_t*, std::size_t) {}
  void Time(std::size_t, std::int64_t, std::int32_t, const std::uint8_t*, const std::uint8_t*) {}
  void Nested(std::size_t, const std::uint8_t*, const std::uint8_t*) {}
  Status EndRecord(const std::uint8_t*, const std::uint8_t*, std::uint32_t) { return {}; }
};

struct Indexer : NoValues {
  Indexer(const std::byte* first, std::uint64_t base_offset, RecordIndex& records)
      : front(reinterpret_cast<const std::uint8_t*>(first)), base(base_offset), index(records) {}
  Status EndRecord(const std::uint8_t* record, const std::uint8_t*, std::uint32_t crc) {
    index.offsets.push_back(base + static_cast<std::uint64_t>(record - front));
    index.crcs.push_back(crc);
    return {};
  }
  const std::uint8_t* front;
  std::uint64_t base;
  RecordIndex& index;
};

}  // namespace

Result<Consumed> RecordValidator::Consume(std::span<const std::byte> window) {
  NoValues sink;
  return ParseWindow(layout_.compiled(), window, state_, sink);
}

Result<Consumed> RecordValidator::Consume(std::span<const std::byte> window, std::uint64_t base,
                                          RecordIndex& index) {
  Indexer sink(window.data(), base, index);
  return ParseWindow(layout_.compiled(), window, state_, sink);
}

Status RecordValidator::Finish() const { return internal::FinishReader(state_); }

void IndexRecords(const RecordLayout& layout, std::span<const std::byte> records,
                  std::uint64_t base, RecordIndex& index) {
  RecordValidator validator(layout);
  const Result<Consumed> consumed = validator.Consume(records, base, index);
  CULVERT_CHECK(consumed.has_value() && consumed->record_bytes == records.size());
}

std::uint32_t CrcOfCrcs(std::span<const std::uint32_t> crcs) {
  internal::Crc state = internal::kCrcBegin;
  for (const std::uint32_t crc : crcs) state = internal::CrcU32(state, crc);
  return internal::CrcValue(state);
}

}  // namespace culvert::maxcompute::wire
