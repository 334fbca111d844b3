// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

namespace culvert::maxcompute::wire::testing {

using record::ColumnVector;
using record::RecordBatch;
using record::Type;
using record::TypeKind;

std::uint64_t Below(Random& random, std::uint64_t bound) { return random() % bound; }

record::Type ParseType(std::string_view text) {
  Result<Type> type = Type::Parse(text);
  EXPECT_TRUE(type.has_value()) << text;
  return type.value_or(Type{});
}

std::vector<record::Column> Columns(const std::vector<std::string>& columns) {
  std::vector<record::Column> parsed;
  for (const std::string& text : columns) {
    const std::size_t space = text.find(' ');
    record::Column column;
    column.name = text.substr(0, space);
    column.type = ParseType(text.substr(space + 1));
    parsed.push_back(column);
  }
  return parsed;
}

record::Type RandomType(Random& random, int depth_max) {
  static constexpr std::array kScalars{"boolean",
                                       "tinyint",
                                       "smallint",
                                       "int",
                                       "bigint",
                                       "float",
                                       "double",
                                       "date",
                                       "datetime",
                                       "string",
                                       "varchar(40)",
                                       "char(40)",
                                       "binary",
                                       "json",
                                       "decimal(38,18)",
                                       "decimal",
                                       "timestamp",
                                       "timestamp_ntz",
                                       "interval_day_time",
                                       "interval_year_month"};
  Type type;
  if (depth_max == 0 || Below(random, 4) != 0) {
    return ParseType(kScalars[Below(random, kScalars.size())]);
  }
  switch (Below(random, 3)) {
    case 0:
      type.kind = TypeKind::kArray;
      type.children.push_back(RandomType(random, depth_max - 1));
      break;
    case 1:
      type.kind = TypeKind::kMap;
      type.children.push_back(RandomType(random, 0));
      type.children.push_back(RandomType(random, depth_max - 1));
      break;
    default:
      type.kind = TypeKind::kStruct;
      for (std::uint64_t i = 0; i <= Below(random, 4); ++i) {
        type.children.push_back(RandomType(random, depth_max - 1));
        type.field_names.push_back("f" + std::to_string(i));
      }
  }
  return type;
}

std::vector<record::Column> RandomColumns(Random& random, std::size_t count, int depth_max) {
  std::vector<record::Column> columns(count);
  for (std::size_t i = 0; i < count; ++i) {
    columns[i].name = "c" + std::to_string(i);
    columns[i].type = RandomType(random, depth_max);
  }
  return columns;
}

void PutVarint(std::string& out, std::uint64_t value) {
  do {
    const auto low = static_cast<char>(value & 0x7f);
    value >>= 7;
    out += value == 0 ? low : static_cast<char>(low | static_cast<char>(0x80));
  } while (value != 0);
}

void PutZigZag(std::string& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  PutVarint(out, value < 0 ? ~(bits << 1) : bits << 1);
}

namespace {

std::int64_t RandomInt(Random& random, TypeKind kind) {
  const auto within = [&](std::int64_t low, std::int64_t high) {
    const std::array edges{low, high, std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}};
    if (Below(random, 4) == 0) return edges[Below(random, edges.size())];
    const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    const std::uint64_t step =
        span == std::numeric_limits<std::uint64_t>::max() ? random() : random() % (span + 1);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + step);
  };
  switch (kind) {
    case TypeKind::kBoolean:
      return static_cast<std::int64_t>(Below(random, 2));
    case TypeKind::kTinyint:
      return within(-128, 127);
    case TypeKind::kSmallint:
      return within(-32768, 32767);
    case TypeKind::kInt:
      return within(std::numeric_limits<std::int32_t>::min(),
                    std::numeric_limits<std::int32_t>::max());
    case TypeKind::kDate:
      return within(-719162, 2932896);
    case TypeKind::kDatetime:
      return within(-62135596800000, 253402300799999);
    default: {
      // All widths of varint alike.
      const auto shift = Below(random, 64);
      return static_cast<std::int64_t>(random()) >> shift;
    }
  }
}

double RandomDouble(Random& random) {
  static constexpr std::array kEdges{0.0,
                                     -0.0,
                                     std::numeric_limits<double>::infinity(),
                                     -std::numeric_limits<double>::infinity(),
                                     std::numeric_limits<double>::quiet_NaN(),
                                     std::numeric_limits<double>::denorm_min(),
                                     std::numeric_limits<double>::max(),
                                     1e-320};
  if (Below(random, 3) == 0) return kEdges[Below(random, kEdges.size())];
  return std::bit_cast<double>(random());
}

std::string RandomText(Random& random, const Type& type) {
  if (type.kind == TypeKind::kDecimal) {
    std::string text = Below(random, 2) == 0 ? "-" : "";
    for (std::uint64_t i = 0; i <= Below(random, 18); ++i) {
      text += static_cast<char>('0' + Below(random, 10));
    }
    if (Below(random, 2) == 0) text += "." + std::to_string(Below(random, 1'000'000));
    return text;
  }
  static constexpr std::array<std::size_t, 8> kSizes{0, 1, 7, 8, 20, 127, 128, 300};
  std::string text(Below(random, 2) == 0
                       ? kSizes[Below(random, random.long_texts ? kSizes.size() : 5)]
                       : Below(random, 24),
                   '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

template <typename T>
void PutRaw(std::string& out, T value) {
  std::array<char, sizeof value> bytes{};
  std::memcpy(bytes.data(), &value, sizeof value);
  out.append(bytes.data(), bytes.size());
}

void PutNullable(std::string& out, Random& random, const Type& type) {
  const bool null = random.nested_nulls && Below(random, 5) == 0;
  out += null ? '\1' : '\0';
  if (!null) out += RandomWireValue(random, type);
}

}  // namespace

std::string RandomWireValue(Random& random, const Type& type) {
  std::string out;
  switch (record::PhysicalOf(type)) {
    case record::Physical::kInt64:
      if (type.kind == TypeKind::kBoolean) {
        out += static_cast<char>(Below(random, 2));
      } else {
        PutZigZag(out, RandomInt(random, type.kind));
      }
      return out;
    case record::Physical::kFloat:
      PutRaw(out, static_cast<float>(RandomInt(random, TypeKind::kInt)));
      return out;
    case record::Physical::kDouble:
      PutRaw(out, RandomDouble(random));
      return out;
    case record::Physical::kBytes: {
      const std::string text = RandomText(random, type);
      PutVarint(out, text.size());
      return out + text;
    }
    case record::Physical::kTimestamp:
      PutZigZag(out, RandomInt(random, TypeKind::kDatetime) / 1000);
      PutZigZag(out, static_cast<std::int64_t>(Below(random, 1'000'000'000)));
      return out;
    case record::Physical::kNested:
      break;
  }
  if (type.kind == TypeKind::kStruct) {
    for (const Type& field : type.children) PutNullable(out, random, field);
    return out;
  }
  const std::uint64_t count = Below(random, 4);
  for (const Type& element : type.children) {
    PutVarint(out, count);
    for (std::uint64_t i = 0; i < count; ++i) PutNullable(out, random, element);
  }
  return out;
}

void AppendRandom(Random& random, const Type& type, ColumnVector& column) {
  switch (column.physical) {
    case record::Physical::kInt64:
      return column.AppendInt64(RandomInt(random, type.kind));
    case record::Physical::kFloat:
      return column.AppendFloat(static_cast<float>(RandomDouble(random)));
    case record::Physical::kDouble:
      return column.AppendDouble(RandomDouble(random));
    case record::Physical::kBytes:
      return column.AppendBytes(RandomText(random, type));
    case record::Physical::kTimestamp:
      return column.AppendTimestamp(RandomInt(random, TypeKind::kDatetime) / 1000,
                                    static_cast<std::int32_t>(Below(random, 1'000'000'000)));
    case record::Physical::kNested:
      return column.AppendBytes(RandomWireValue(random, type));
  }
}

RecordBatch RandomBatch(Random& random, const RecordLayout& layout, std::size_t rows) {
  RecordBatch batch = RecordBatch::Make(layout.columns());
  batch.rows = rows;
  for (std::size_t i = 0; i < batch.columns.size(); ++i) {
    // A column without nulls, with some, and with nothing else.
    const std::uint64_t nulls_of_ten = std::array<std::uint64_t, 4>{0, 0, 3, 10}[Below(random, 4)];
    for (std::size_t row = 0; row < rows; ++row) {
      if (Below(random, 10) < nulls_of_ten) {
        batch.columns[i].AppendNull();
      } else {
        AppendRandom(random, layout.columns()[i].type, batch.columns[i]);
      }
    }
  }
  return batch;
}

std::string EncodeRecords(const RecordLayout& layout, const RecordBatch& batch) {
  ByteBuffer out;
  StreamTotals totals;
  EncodeBatch(layout, batch, out, totals);
  return TextOf(out.Readable());
}

std::string EncodeStream(const RecordLayout& layout, const RecordBatch& batch) {
  ByteBuffer out;
  StreamTotals totals;
  EncodeBatch(layout, batch, out, totals);
  EncodeTrailer(totals, out);
  return TextOf(out.Readable());
}

namespace {

/// Any of the readers, writing to `out` what it reads.
class AnyReader {
 public:
  AnyReader(Reader reader, const RecordLayout& layout)
      : reader_(reader),
        layout_(layout),
        validator_(layout),
        decoder_(layout),
        batch_(RecordBatch::Make(layout.columns())) {
    std::vector<ColumnOrigin> origins;
    for (std::size_t i = 0; i < layout.columns().size(); ++i) origins.emplace_back(FromSource{i});
    Result<RecordTranscoder> made = RecordTranscoder::Make(layout, layout, origins, {});
    EXPECT_TRUE(made.has_value());
    transcoder_.emplace(std::move(made).value());
  }

  Result<std::size_t> Consume(std::string_view window) {
    const std::span<const std::byte> bytes = BytesOf(window);
    if (reader_ == Reader::kValidator) {
      CULVERT_ASSIGN_OR_RETURN(const Consumed consumed, validator_.Consume(bytes));
      out_.Append(bytes.first(consumed.record_bytes));
      return consumed.total_bytes;
    }
    if (reader_ == Reader::kTranscoder) {
      CULVERT_ASSIGN_OR_RETURN(const Consumed consumed, transcoder_->Consume(bytes, out_));
      return consumed.total_bytes;
    }
    std::size_t done = 0;
    while (true) {
      CULVERT_ASSIGN_OR_RETURN(const Consumed consumed,
                               decoder_.Decode(bytes.subspan(done), batch_));
      const bool full =
          batch_.rows >= RecordBatch::kRowsMax || batch_.ByteSize() >= RecordBatch::kBytesMax;
      EncodeBatch(layout_, batch_, out_, written_);
      batch_.Clear();
      done += consumed.total_bytes;
      if (consumed.total_bytes == 0 && !full) return done;
    }
  }

  Result<std::string> Finish() {
    StreamTotals totals = written_;
    if (reader_ == Reader::kValidator) {
      CULVERT_TRY(validator_.Finish());
      totals = validator_.totals();
    } else if (reader_ == Reader::kTranscoder) {
      CULVERT_TRY(transcoder_->Finish());
      totals = transcoder_->target_totals();
    } else {
      CULVERT_TRY(decoder_.Finish());
    }
    EncodeTrailer(totals, out_);
    return TextOf(out_.Readable());
  }

 private:
  Reader reader_;
  const RecordLayout& layout_;
  RecordValidator validator_;
  BatchDecoder decoder_;
  std::optional<RecordTranscoder> transcoder_;
  RecordBatch batch_;
  StreamTotals written_;
  ByteBuffer out_;
};

}  // namespace

Result<std::string> ReadBackCut(Reader reader, const RecordLayout& layout, std::string_view stream,
                                const std::vector<std::size_t>& cuts) {
  AnyReader any(reader, layout);
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t end = i == cuts.size() ? stream.size() : cuts[i];
    // A copy of exactly these bytes, so that a sanitizer sees a read past them.
    const std::string window(stream.substr(begin, end - begin));
    CULVERT_ASSIGN_OR_RETURN(const std::size_t used, any.Consume(window));
    begin += used;
  }
  if (begin != stream.size()) {
    const std::string rest(stream.substr(begin));
    return Fail(DataLoss("left over: " + std::to_string(rest.size())));
  }
  return any.Finish();
}

Result<std::string> ReadBack(Reader reader, const RecordLayout& layout, std::string_view stream,
                             std::size_t piece) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = piece; piece != 0 && at < stream.size(); at += piece) cuts.push_back(at);
  return ReadBackCut(reader, layout, stream, cuts);
}

RecordBatch DecodeStream(const RecordLayout& layout, std::string_view stream) {
  BatchDecoder decoder(layout);
  RecordBatch batch = RecordBatch::Make(layout.columns());
  const Result<Consumed> consumed = decoder.Decode(BytesOf(stream), batch);
  EXPECT_TRUE(consumed.has_value()) << (consumed ? "" : ToString(consumed.error()));
  EXPECT_TRUE(decoder.Finish().has_value());
  return batch;
}

std::string WithLongChecksums(const RecordLayout& layout, std::string_view stream) {
  RecordValidator validator(layout);
  RecordIndex index;
  const Result<Consumed> consumed = validator.Consume(BytesOf(stream), 0, index);
  EXPECT_TRUE(consumed.has_value());
  const auto put_crc = [](std::string& out, std::uint32_t crc) {
    PutVarint(
        out, static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(crc))));
  };
  const auto varint_bytes = [](std::uint64_t value) {
    std::string bytes;
    PutVarint(bytes, value);
    return bytes.size();
  };
  std::string out;
  for (std::size_t i = 0; i < index.offsets.size(); ++i) {
    const std::size_t end =
        i + 1 < index.offsets.size() ? index.offsets[i + 1] : consumed->record_bytes;
    const std::size_t size = end - index.offsets[i] - varint_bytes(index.crcs[i]);
    out += stream.substr(index.offsets[i], size);
    put_crc(out, index.crcs[i]);
  }
  out += "\xf0\xff\xff\x7f";
  PutZigZag(out, static_cast<std::int64_t>(validator.totals().records));
  out += "\xf8\xff\xff\x7f";
  put_crc(out, validator.totals().crc_of_crcs);
  return out;
}

}  // namespace culvert::maxcompute::wire::testing
