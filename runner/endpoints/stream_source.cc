// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/endpoints/stream_source.h"

#include "runner/engine/convert_value.h"

#include <algorithm>
#include <string>
#include <utility>

namespace culvert::runner {
namespace {

using record::Physical;
using record::TypeKind;

constexpr std::int64_t kRandomBytesMax = std::int64_t{8} * 1024 * 1024;

// SplitMix64: one step of a well mixed counter (Steele, Lea, Flood 2014).
std::uint64_t Mix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15ULL;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31);
}

// A number in [least, greatest], both included.
std::int64_t Between(std::uint64_t random, std::int64_t least, std::int64_t greatest) {
  const auto width = static_cast<std::uint64_t>(greatest) - static_cast<std::uint64_t>(least) + 1;
  if (width == 0) return static_cast<std::int64_t>(random);  // all of them
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + random % width);
}

bool IsText(TypeKind kind) {
  return kind == TypeKind::kString || kind == TypeKind::kVarchar || kind == TypeKind::kChar;
}

}  // namespace

class StreamSource::Reader final : public BatchReader {
 public:
  Reader(const StreamSource& source, const SourceRange& range)
      : source_(source), next_(range.start), end_(range.start + range.rows) {}

  Status Next(const OpContext& ctx, record::RecordBatch& batch) override {
    CULVERT_TRY(ctx.Check());
    // Rows are made column by column within a chunk, so that each loop stays in one vector.
    constexpr std::uint64_t kChunkRows = 64;
    while (next_ < end_ && batch.rows + kChunkRows <= record::RecordBatch::kRowsMax &&
           batch.ByteSize() < record::RecordBatch::kBytesMax) {
      const std::uint64_t rows = std::min(kChunkRows, end_ - next_);
      for (std::size_t column = 0; column < source_.rules_.size(); ++column) {
        for (std::uint64_t row = 0; row < rows; ++row) {
          source_.AppendValue(column, next_ + row, batch.columns[column]);
        }
      }
      batch.rows += rows;
      next_ += rows;
    }
    return {};
  }

 private:
  const StreamSource& source_;
  std::uint64_t next_;
  std::uint64_t end_;
};

Result<StreamSource::Column> StreamSource::MakeColumn(const syncjob::StreamColumn& spec,
                                                      const record::Type& type) {
  if (type.IsNested()) {
    return Fail(Unimplemented("stream column '" + spec.name + "' has the nested type " +
                              type.ToString() + ", which the stream source does not make")
                    .Because("UnsupportedType"));
  }
  Column column{.rule = Rule::kConstant,
                .kind = type.kind,
                .physical = record::PhysicalOf(type),
                .from = 0,
                .to = 0,
                .constant = {}};
  if (spec.increasing_from) {
    column.rule = Rule::kIncreasing;
    column.from = *spec.increasing_from;
    return column;
  }
  if (spec.random) {
    column.rule = Rule::kRandom;
    column.from = spec.random->min;
    column.to = spec.random->max;
    const bool is_length =
        IsText(type.kind) || type.kind == TypeKind::kBinary || type.kind == TypeKind::kJson;
    if (column.from > column.to ||
        (is_length && (column.from < 0 || column.to > kRandomBytesMax))) {
      return Fail(InvalidArgument("stream column '" + spec.name + "': random bounds " +
                                  std::to_string(column.from) + ".." + std::to_string(column.to) +
                                  " make no range" + (is_length ? " of lengths up to 8388608" : ""))
                      .Because("SchemaMismatch"));
    }
    return column;
  }
  column.constant.physical = column.physical;
  if (!spec.constant) {
    column.constant.AppendNull();
    return column;
  }
  record::ColumnVector text;
  text.physical = Physical::kBytes;
  text.AppendBytes(*spec.constant);
  record::Type string;
  string.kind = TypeKind::kString;
  const ConvertValue convert = FindConversion(string, type);
  const std::string_view reason = convert == nullptr ? "there is no literal of this type"
                                                     : convert(text, 0, type, column.constant);
  if (!reason.empty()) {
    return Fail(InvalidArgument("stream column '" + spec.name + "': '" + *spec.constant +
                                "' is no " + type.ToString() + ": " + std::string(reason))
                    .Because("SchemaMismatch"));
  }
  return column;
}

Result<StreamSource> StreamSource::Make(const syncjob::StreamSource& spec, std::uint64_t seed) {
  StreamSource source;
  source.seed_ = seed;
  for (const syncjob::StreamColumn& column : spec.column) {
    auto type = record::Type::Parse(column.type);
    if (!type) {
      return Fail(std::move(type.error()).With("column", column.name).Because("SchemaMismatch"));
    }
    CULVERT_ASSIGN_OR_RETURN(Column rule, MakeColumn(column, *type));
    source.rules_.push_back(std::move(rule));
    source.columns_.push_back({.name = column.name,
                               .type = *std::move(type),
                               .nullable = true,
                               .comment = {},
                               .default_value = {}});
  }
  return source;
}

Result<std::unique_ptr<BatchReader>> StreamSource::Open(const OpContext& /*ctx*/,
                                                        const SourceRange& range) {
  return std::make_unique<Reader>(*this, range);
}

void StreamSource::AppendNumber(const Column& column, std::int64_t value,
                                record::ColumnVector& out) const {
  switch (column.physical) {
    case Physical::kInt64:
      return out.AppendInt64(column.kind == TypeKind::kBoolean ? value & 1 : value);
    case Physical::kFloat:
      return out.AppendFloat(static_cast<float>(value));
    case Physical::kDouble:
      return out.AppendDouble(static_cast<double>(value));
    case Physical::kTimestamp:
      return out.AppendTimestamp(value, 0);
    case Physical::kBytes:
    case Physical::kNested:
      return out.AppendBytes(std::to_string(value));
  }
}

void StreamSource::AppendRandom(const Column& column, std::uint64_t state,
                                record::ColumnVector& out) const {
  const std::uint64_t random = Mix(state);
  const bool is_bytes =
      IsText(column.kind) || column.kind == TypeKind::kBinary || column.kind == TypeKind::kJson;
  if (!is_bytes) {
    if (column.physical == Physical::kDouble || column.physical == Physical::kFloat) {
      const double share = static_cast<double>(random >> 11) * 0x1.0p-53;
      const double value =
          static_cast<double>(column.from) +
          share * (static_cast<double>(column.to) - static_cast<double>(column.from));
      return column.physical == Physical::kDouble ? out.AppendDouble(value)
                                                  : out.AppendFloat(static_cast<float>(value));
    }
    return AppendNumber(column, Between(random, column.from, column.to), out);
  }
  static constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  static_assert(kLetters.size() == 64);
  std::string text(static_cast<std::size_t>(Between(random, column.from, column.to)), '\0');
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 8 == 0) bits = Mix(state);
    text[i] =
        column.kind == TypeKind::kBinary ? static_cast<char>(bits & 0xFF) : kLetters[bits & 63];
    bits >>= 8;
  }
  out.AppendBytes(column.kind == TypeKind::kJson ? '"' + text + '"' : text);
}

void StreamSource::AppendValue(std::size_t index, std::uint64_t row,
                               record::ColumnVector& out) const {
  const Column& column = rules_[index];
  switch (column.rule) {
    case Rule::kConstant:
      if (column.constant.present[0] == 0) return out.AppendNull();
      switch (column.physical) {
        case Physical::kInt64:
          return out.AppendInt64(column.constant.int64s[0]);
        case Physical::kFloat:
          return out.AppendFloat(column.constant.floats[0]);
        case Physical::kDouble:
          return out.AppendDouble(column.constant.doubles[0]);
        case Physical::kTimestamp:
          return out.AppendTimestamp(column.constant.int64s[0], column.constant.nanos[0]);
        case Physical::kBytes:
        case Physical::kNested:
          return out.AppendBytes(column.constant.BytesAt(0));
      }
      return;
    case Rule::kIncreasing:
      return AppendNumber(
          column, static_cast<std::int64_t>(static_cast<std::uint64_t>(column.from) + row), out);
    case Rule::kRandom: {
      // Two rounds keep neighbouring rows and columns apart.
      std::uint64_t state = seed_ ^ (row * 0xD1342543DE82EF95ULL);
      state = Mix(state) + index;
      return AppendRandom(column, state, out);
    }
  }
}

}  // namespace culvert::runner
