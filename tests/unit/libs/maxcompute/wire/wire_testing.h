// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/wire/record_stream.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Random schemas and rows, and one way to run any of the stream's readers.

namespace culvert::maxcompute::wire::testing {

/// Deterministic for a seed, which tests print.
struct Random : std::mt19937_64 {
  using std::mt19937_64::mt19937_64;
  bool nested_nulls = true;  // elements and fields of nested values may be null
  bool long_texts = true;    // of more than 20 bytes
};
std::uint64_t Below(Random& random, std::uint64_t bound);

record::Type ParseType(std::string_view text);
/// `"a bigint", "b string"`, nullable.
std::vector<record::Column> Columns(const std::vector<std::string>& columns);

record::Type RandomType(Random& random, int depth_max);
std::vector<record::Column> RandomColumns(Random& random, std::size_t count, int depth_max);
/// A value of `type` as it lies on the wire, written here and not by the code under test.
std::string RandomWireValue(Random& random, const record::Type& type);
void AppendRandom(Random& random, const record::Type& type, record::ColumnVector& column);
record::RecordBatch RandomBatch(Random& random, const RecordLayout& layout, std::size_t rows);

/// A whole stream of `batch`.
std::string EncodeStream(const RecordLayout& layout, const record::RecordBatch& batch);
/// `batch` as records without a trailer.
std::string EncodeRecords(const RecordLayout& layout, const record::RecordBatch& batch);

enum class Reader { kValidator, kTranscoder, kDecoder };
inline constexpr Reader kReaders[] = {Reader::kValidator, Reader::kTranscoder, Reader::kDecoder};

/// Feeds `stream` in pieces of `piece` bytes (0: at once) as a socket would, with what was left
/// over before each, and returns what the reader makes of it written again as a stream. Error when
/// the stream is refused.
Result<std::string> ReadBack(Reader reader, const RecordLayout& layout, std::string_view stream,
                             std::size_t piece = 0);
/// The same with the pieces cut at `cuts`, ascending.
Result<std::string> ReadBackCut(Reader reader, const RecordLayout& layout, std::string_view stream,
                                const std::vector<std::size_t>& cuts);

/// All rows of a stream; fails the test when it is refused.
record::RecordBatch DecodeStream(const RecordLayout& layout, std::string_view stream);

/// The stream with every END_RECORD and META_CHECKSUM checksum whose bit 31 is set written as
/// PyODPS's C extension does, in ten bytes.
std::string WithLongChecksums(const RecordLayout& layout, std::string_view stream);

inline std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void PutVarint(std::string& out, std::uint64_t value);
void PutZigZag(std::string& out, std::int64_t value);

}  // namespace culvert::maxcompute::wire::testing
