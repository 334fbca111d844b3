// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/digest.h"
#include "libs/maxcompute/wire/record_stream.h"

#include <cstdint>
#include <string>
#include <vector>

namespace culvert::emulator {

/// `{"id", "bigint"}`
inline record::Column TestColumn(std::string name, std::string_view type, bool nullable = true) {
  record::Column column;
  column.name = std::move(name);
  column.type = record::Type::Parse(type).value();
  column.nullable = nullable;
  return column;
}

/// Columns `id bigint, name string`.
inline std::vector<record::Column> TestColumns() {
  return {TestColumn("id", "bigint"), TestColumn("name", "string")};
}

/// Records of TestColumns with ids [first, first + count), names "row ID".
inline ByteBuffer TestRecords(const maxcompute::wire::RecordLayout& layout, std::int64_t first,
                              std::int64_t count, maxcompute::wire::StreamTotals& totals) {
  auto batch = record::RecordBatch::Make(layout.columns());
  ByteBuffer out;
  for (std::int64_t id = first; id < first + count; ++id) {
    batch.columns[0].AppendInt64(id);
    batch.columns[1].AppendBytes("row " + std::to_string(id));
    ++batch.rows;
  }
  maxcompute::wire::EncodeBatch(layout, batch, out, totals);
  return out;
}

/// The same as a whole stream with its trailer.
inline std::string TestStream(std::int64_t first, std::int64_t count) {
  const maxcompute::wire::RecordLayout layout(TestColumns());
  maxcompute::wire::StreamTotals totals;
  ByteBuffer out = TestRecords(layout, first, count, totals);
  maxcompute::wire::EncodeTrailer(totals, out);
  return std::string(AsText(out.Readable()));
}

/// The ids of a stream of TestColumns; empty with a failed check where the stream is not whole.
inline Result<std::vector<std::int64_t>> TestIds(std::string_view stream) {
  const maxcompute::wire::RecordLayout layout(TestColumns());
  maxcompute::wire::BatchDecoder decoder(layout);
  auto batch = record::RecordBatch::Make(layout.columns());
  std::vector<std::int64_t> ids;
  std::span<const std::byte> rest = AsBytes(stream);
  while (!decoder.finished()) {
    CULVERT_ASSIGN_OR_RETURN(const auto consumed, decoder.Decode(rest, batch));
    rest = rest.subspan(consumed.total_bytes);
    ids.insert(ids.end(), batch.columns[0].int64s.begin(), batch.columns[0].int64s.end());
    batch.Clear();
    if (consumed.total_bytes == 0) break;
  }
  CULVERT_TRY(decoder.Finish());
  if (!rest.empty()) return Fail(DataLoss("bytes behind the trailer"));
  return ids;
}

}  // namespace culvert::emulator
