// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/record_parser.h"
#include "libs/maxcompute/wire/record_stream.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Input: one byte that picks a layout, one that says how windows are cut, then a record stream. It
// is read as it is, and once more with its checksums and trailer put right, as else no mutation
// would pass a record. All readers must agree on both, and what they read must survive being
// written and read again.

namespace culvert::maxcompute::wire {
namespace {

using internal::Found;

std::vector<record::Column> ParseColumns(std::initializer_list<std::string_view> types) {
  std::vector<record::Column> columns;
  for (const std::string_view type : types) {
    record::Column column;
    column.name = "c" + std::to_string(columns.size());
    column.type = record::Type::Parse(type).value();
    columns.push_back(column);
  }
  return columns;
}

const std::vector<RecordLayout>& Layouts() {
  static const std::vector<RecordLayout> kLayouts = [] {
    std::vector<RecordLayout> layouts;
    layouts.emplace_back(ParseColumns({"bigint"}));
    layouts.emplace_back(ParseColumns({"tinyint", "smallint", "int"}));
    layouts.emplace_back(ParseColumns({"string", "string"}));
    layouts.emplace_back(ParseColumns({"decimal(38,18)", "decimal(10,2)"}));
    layouts.emplace_back(ParseColumns({"map<string,bigint>"}));
    layouts.emplace_back(ParseColumns({"struct<a:bigint,b:string,c:double>"}));
    layouts.emplace_back(ParseColumns({"array<struct<x:int,y:array<string>>>"}));
    layouts.emplace_back(ParseColumns(
        {"bigint", "string", "decimal(20,4)", "boolean", "datetime", "array<string>"}));
    layouts.emplace_back(ParseColumns({"boolean", "float", "double", "date", "timestamp",
                                       "interval_day_time", "varchar(10)", "char(4)", "binary",
                                       "json", "timestamp_ntz", "interval_year_month", "bigint",
                                       "bigint", "bigint", "string", "map<bigint,array<double>>"}));
    return layouts;
  }();
  return kLayouts;
}

std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

struct Nothing {
  void Int(std::size_t, std::int64_t, const std::uint8_t*, const std::uint8_t*) {}
  void Fixed32(std::size_t, std::uint32_t, const std::uint8_t*) {}
  void Fixed64(std::size_t, std::uint64_t, const std::uint8_t*) {}
  void Bytes(std::size_t, const std::uint8_t*, const std::uint8_t*, std::size_t) {}
  void Time(std::size_t, std::int64_t, std::int32_t, const std::uint8_t*, const std::uint8_t*) {}
  void Nested(std::size_t, const std::uint8_t*, const std::uint8_t*) {}
};

/// The records at the front of `text` that parse, each with the checksum it should have, and a
/// trailer.
std::string PutRight(const RecordLayout& layout, std::string_view text) {
  const RecordLayout::Compiled& compiled = layout.compiled();
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(text.data());
  internal::Cursor cursor{.p = begin, .end = begin + text.size(), .record = begin};
  StreamTotals totals;
  std::string out;
  Nothing sink;
  std::string fields;
  internal::Crc crc = internal::kCrcBegin;
  internal::ReaderState state;
  state.unordered = true;
  state.seen.assign(compiled.column_count, false);
  while (cursor.p != cursor.end) {
    const std::uint8_t* const field_begin = cursor.p;
    const internal::FoundField field = FindField(compiled, cursor, compiled.ops.data(), state);
    cursor = field.cursor;
    if (field.found != Found::kField) break;
    if (field.op->op == internal::Op::kEndRecord) {
      std::uint32_t ignored = 0;
      if (internal::ReadCrc(cursor, ignored) != internal::Outcome::kOk) break;
      const std::uint32_t value = internal::CrcValue(crc);
      std::array<std::uint8_t, 10> varint{};
      const std::uint8_t* const end = internal::WriteVarint(varint.data(), value);
      out += fields;
      out += "\x80\xc0\xff\x7f";
      out.append(reinterpret_cast<const char*>(varint.data()),
                 static_cast<std::size_t>(end - varint.data()));
      totals.crc_of_crcs =
          internal::CrcValue(internal::CrcU32(internal::CrcState(totals.crc_of_crcs), value));
      ++totals.records;
      fields.clear();
      crc = internal::kCrcBegin;
      cursor.record = cursor.p;
      state.seen.assign(compiled.column_count, false);
      continue;
    }
    const auto column = static_cast<std::size_t>(field.op - compiled.ops.data());
    if (internal::ParseValue(compiled, *field.op, column, cursor, crc, sink) !=
        internal::Outcome::kOk) {
      break;
    }
    fields.append(reinterpret_cast<const char*>(field_begin),
                  static_cast<std::size_t>(cursor.p - field_begin));
  }
  ByteBuffer trailer;
  EncodeTrailer(totals, trailer);
  out.append(reinterpret_cast<const char*>(trailer.Readable().data()), trailer.size());
  return out;
}

/// Hands `text` out in windows of `piece` bytes more than what was left over.
template <typename Consume>
bool Feed(std::string_view text, std::size_t piece, const Consume& consume) {
  std::size_t begin = 0;
  for (std::size_t end = 0; end < text.size();) {
    end = std::min(text.size(), end + piece);
    const std::string window(text.substr(begin, end - begin));
    const std::optional<std::size_t> used = consume(BytesOf(window));
    if (!used) return false;
    begin += *used;
  }
  return begin == text.size();
}

struct Outcome {
  bool accepted = false;
  std::string written;  // all records again, columns ascending
};

Outcome Decode(const RecordLayout& layout, std::string_view text, std::size_t piece) {
  BatchDecoder decoder(layout);
  record::RecordBatch batch = record::RecordBatch::Make(layout.columns());
  ByteBuffer out;
  StreamTotals totals;
  const bool fed = Feed(text, piece, [&](std::span<const std::byte> window) {
    std::size_t used = 0;
    while (true) {
      batch.Clear();
      const auto consumed = decoder.Decode(window.subspan(used), batch);
      if (!consumed) return std::optional<std::size_t>();
      CULVERT_CHECK(consumed->records == batch.rows);
      CheckBatch(layout, batch, 0, 100);
      EncodeBatch(layout, batch, out, totals);
      used += consumed->total_bytes;
      if (consumed->total_bytes == 0) return std::optional<std::size_t>(used);
    }
  });
  const auto bytes = out.Readable();
  return {.accepted = fed && decoder.Finish().has_value(),
          .written = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
}

Outcome Transcode(const RecordLayout& layout, std::string_view text, std::size_t piece) {
  std::vector<ColumnOrigin> origins;
  for (std::size_t i = 0; i < layout.columns().size(); ++i) origins.emplace_back(FromSource{i});
  auto transcoder = RecordTranscoder::Make(layout, layout, std::move(origins), {});
  ByteBuffer out;
  const bool fed = Feed(text, piece, [&](std::span<const std::byte> window) {
    const auto consumed = transcoder->Consume(window, out);
    return consumed ? std::optional(consumed->total_bytes) : std::nullopt;
  });
  const auto bytes = out.Readable();
  return {.accepted = fed && transcoder->Finish().has_value(),
          .written = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
}

void CheckStream(const RecordLayout& layout, std::string_view text, std::size_t piece,
                 bool must_pass) {
  RecordValidator validator(layout);
  RecordIndex index;
  std::string records;
  std::size_t base = 0;
  const bool fed = Feed(text, piece, [&](std::span<const std::byte> window) {
    const auto consumed = validator.Consume(window, base, index);
    if (!consumed) return std::optional<std::size_t>();
    records.append(reinterpret_cast<const char*>(window.data()), consumed->record_bytes);
    base += consumed->total_bytes;
    return std::optional(consumed->total_bytes);
  });
  const bool accepted = fed && validator.Finish().has_value();
  CULVERT_CHECK(accepted || !must_pass);
  const Outcome decoded = Decode(layout, text, piece);
  const Outcome transcoded = Transcode(layout, text, piece);
  CULVERT_CHECK(decoded.accepted == accepted);
  CULVERT_CHECK(transcoded.accepted == accepted);
  if (!accepted) return;
  CULVERT_CHECK(decoded.written == transcoded.written);
  CULVERT_CHECK(CrcOfCrcs(index.crcs) == validator.totals().crc_of_crcs);
  ContentHash before(layout);
  ContentHash after(layout);
  before.Add(BytesOf(records));
  after.Add(BytesOf(decoded.written));
  CULVERT_CHECK(before.value() == after.value());
}

}  // namespace
}  // namespace culvert::maxcompute::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace culvert::maxcompute::wire;
  if (size < 2) return 0;
  const RecordLayout& layout = Layouts()[data[0] % Layouts().size()];
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t piece = data[1] == 0 ? size : data[1];
  CheckStream(layout, text, piece, false);
  CheckStream(layout, PutRight(layout, text), piece, true);
  return 0;
}
