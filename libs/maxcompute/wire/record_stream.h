// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/byte_buffer.h"
#include "libs/base/result.h"
#include "libs/record/record_batch.h"
#include "libs/record/schema.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

// The Tunnel record stream (record-wire.md): strict readers and canonical writers over bytes, no
// I/O. A stream is records and one trailer: count, CRC of CRCs. All readers here share one parser,
// which refuses every deviation that reliability.md B1 lists.

namespace culvert::maxcompute::wire {

/// Largest record that a reader accepts; bounds the memory of one stream.
inline constexpr std::size_t kRecordBytesMax = std::size_t{200} * 1024 * 1024;

/// Columns compiled for parsing: tag i + 1 is column i. Immutable, shared between threads.
class RecordLayout {
 public:
  explicit RecordLayout(std::vector<record::Column> columns);
  ~RecordLayout();
  RecordLayout(RecordLayout&&) noexcept;
  const std::vector<record::Column>& columns() const { return columns_; }
  struct Compiled;
  const Compiled& compiled() const { return *compiled_; }

 private:
  std::vector<record::Column> columns_;
  std::unique_ptr<Compiled> compiled_;
};

/// Running totals of a stream: what its trailer says.
struct StreamTotals {
  std::uint64_t records = 0;
  std::uint32_t crc_of_crcs = 0;
};

/// How far one call got into its window.
struct Consumed {
  std::size_t record_bytes = 0;  // whole, checked records at the front of the window
  std::size_t total_bytes = 0;   // with the trailer, once it was read; drop these from the window
  std::uint64_t records = 0;     // whole records among them
};

namespace internal {
/// What every reader keeps between two windows.
struct ReaderState {
  StreamTotals totals;
  std::size_t wanted = 0;    // smaller windows are not looked at
  std::size_t patience = 0;  // nor these, unless the stream seems to end in them
  bool finished = false;
  bool has_metrics = false;
  bool unordered = false;  // a record was seen whose columns do not ascend
  std::vector<bool> seen;  // columns of the current record, once `unordered`
};
}  // namespace internal

struct RecordIndex;

/// Validates a stream without decoding it, for pass-through. `window` must begin where the last
/// call ended; bytes of an unfinished record stay there for the next call. A call may leave a whole
/// record there too, when it waits for a larger window of a huge one, but never at the end of the
/// stream. kDataLoss on any violation. Not thread-safe. `layout` must outlive it.
class RecordValidator {
 public:
  explicit RecordValidator(const RecordLayout& layout) : layout_(layout) {}
  Result<Consumed> Consume(std::span<const std::byte> window);
  /// The same, and appends every record of it to `index`, offsets relative to `base` at the
  /// window's front.
  Result<Consumed> Consume(std::span<const std::byte> window, std::uint64_t base,
                           RecordIndex& index);
  /// Success only when the trailer was read and nothing is behind it.
  Status Finish() const;
  bool finished() const { return state_.finished; }
  /// True when the trailer carried server metrics, which an upload must not repeat.
  bool has_metrics() const { return state_.has_metrics; }
  const StreamTotals& totals() const { return state_.totals; }
  /// Size of the smallest window that the next call can use: a hint for a reader of large records.
  std::size_t wanted() const { return state_.wanted; }

 private:
  const RecordLayout& layout_;
  internal::ReaderState state_;
};

/// Where a target column's value comes from.
struct FromSource {
  std::size_t column = 0;  // index into the source layout; types must be equal on the wire
};
struct Constant {
  std::string wire_value;  // the value's bytes as encoded on the wire, see EncodeConstant
};
struct Null {};
using ColumnOrigin = std::variant<FromSource, Constant, Null>;

/// Reads records of one layout and writes them in another: fields are re-tagged and copied, record
/// CRCs recomputed, no row objects. With `empty_as_null`, empty STRING/VARCHAR/CHAR source values
/// become null. A null for a NOT NULL target column ends the run with kInvalidArgument: rows are
/// not judged one by one here.
class RecordTranscoder {
 public:
  struct Options {
    bool empty_as_null = false;
  };
  /// kInvalidArgument when an origin's type cannot be copied byte for byte into its target column.
  static Result<RecordTranscoder> Make(const RecordLayout& source, const RecordLayout& target,
                                       std::vector<ColumnOrigin> origins, Options options);
  RecordTranscoder(RecordTranscoder&&) noexcept;
  ~RecordTranscoder();
  /// Appends the transcoded records to `out`. Contract of RecordValidator::Consume.
  Result<Consumed> Consume(std::span<const std::byte> window, ByteBuffer& out);
  Status Finish() const;
  bool finished() const;
  /// As RecordValidator::wanted.
  std::size_t wanted() const;
  /// Totals of what was read, and of what was written (for the trailer).
  const StreamTotals& source_totals() const;
  const StreamTotals& target_totals() const;

 private:
  struct State;
  explicit RecordTranscoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Decodes a stream into typed batches.
class BatchDecoder {
 public:
  explicit BatchDecoder(const RecordLayout& layout) : layout_(layout) {}
  /// Decodes records into `batch` (appended) until the window has no whole record left or the batch
  /// is full; `total_bytes` says how much of the window was used.
  Result<Consumed> Decode(std::span<const std::byte> window, record::RecordBatch& batch);
  Status Finish() const;
  bool finished() const { return state_.finished; }
  const StreamTotals& totals() const { return state_.totals; }
  /// As RecordValidator::wanted.
  std::size_t wanted() const { return state_.wanted; }

 private:
  const RecordLayout& layout_;
  internal::ReaderState state_;
};

/// True when a value of `source` lies on the wire exactly as one of `target` would, and every such
/// value is valid there: equal types, wider integers, longer VARCHAR and CHAR, VARCHAR to STRING,
/// wider DECIMAL, nested likewise.
bool CopiesTo(const record::Type& source, const record::Type& target);

/// Appends all rows of `batch` as records, canonical varints, columns ascending; adds to `totals`.
/// The batch's columns are the layout's. Values are the caller's to have checked (ranges, lengths).
void EncodeBatch(const RecordLayout& layout, const record::RecordBatch& batch, ByteBuffer& out,
                 StreamTotals& totals);

/// Appends the trailer that ends a stream.
void EncodeTrailer(const StreamTotals& totals, ByteBuffer& out);

/// The wire bytes of a literal for a Constant origin. Text forms of types.md section 2: decimal
/// numbers, `true`, `2024-02-29`, `2024-02-29 12:34:56.789` (UTC), any text for strings.
/// kInvalidArgument when it does not fit the type; kUnimplemented for nested types.
Result<std::string> EncodeConstant(const record::Type& type, std::string_view text);

/// Order-free 64-bit content hash of records: the sum, modulo 2^64, of a hash of each record's
/// values. Equal rows hash equal however they were encoded (DECIMAL by value, -0.0 as written, NaN
/// as one).
class ContentHash {
 public:
  explicit ContentHash(const RecordLayout& layout) : layout_(&layout) {}
  /// `records` are whole records in `layout` that were already validated.
  void Add(std::span<const std::byte> records);
  std::uint64_t value() const { return value_; }

 private:
  const RecordLayout* layout_;
  std::uint64_t value_ = 0;
};

/// Where each record of a validated run begins, and its CRC: for a store that serves row ranges.
struct RecordIndex {
  std::vector<std::uint64_t> offsets;  // of each record within the bytes indexed
  std::vector<std::uint32_t> crcs;     // of each record
};
/// `records` are whole records already validated; appends to `index`, offsets relative to `base`.
void IndexRecords(const RecordLayout& layout, std::span<const std::byte> records,
                  std::uint64_t base, RecordIndex& index);

/// CRC of CRCs over `crcs` in order.
std::uint32_t CrcOfCrcs(std::span<const std::uint32_t> crcs);

/// Range checks a server or a careful writer makes on decoded values: TINYINT/SMALLINT/INT ranges,
/// DECIMAL precision and scale, CHAR/VARCHAR length in characters, DATE/DATETIME/TIMESTAMP years
/// 0001..9999, string bytes at most `field_bytes_max`, NOT NULL. First violation in row order.
struct Violation {
  std::size_t row = 0;
  std::size_t column = 0;
  std::string reason;  // "value 300 is out of range for tinyint"
};
std::optional<Violation> CheckBatch(const RecordLayout& layout, const record::RecordBatch& batch,
                                    std::size_t first_row, std::uint64_t field_bytes_max);

}  // namespace culvert::maxcompute::wire
