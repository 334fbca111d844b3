// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/value_check.h"

#include "emulator/segment_files.h"
#include "libs/maxcompute/wire/record_parser.h"
#include "libs/maxcompute/wire/value_rules.h"

#include <limits>
#include <optional>
#include <string>

namespace culvert::emulator {
namespace {

namespace wire = maxcompute::wire;
using record::Type;
using record::TypeKind;

constexpr std::int64_t kAnyLow = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kAnyHigh = std::numeric_limits<std::int64_t>::max();
// Years 1970 to 2969: all that most tables hold.
constexpr std::int64_t kSureDays = 365'000;
constexpr std::int64_t kSureSeconds = kSureDays * 86'400;

struct NestedVisitor {
  std::uint64_t field_bytes_max = 0;
  std::optional<std::string> reason;

  void Note(std::optional<std::string> found) {
    if (!reason) reason = std::move(found);
  }
  void Int(std::int64_t value, const wire::internal::TypeNode& node) {
    Note(wire::internal::CheckInt(*node.type, value));
  }
  void Bool(std::uint8_t) {}
  void Fixed32(std::uint32_t) {}
  void Fixed64(std::uint64_t) {}
  void Bytes(const std::uint8_t* data, std::size_t size, const wire::internal::TypeNode& node) {
    Note(wire::internal::CheckText(*node.type, {reinterpret_cast<const char*>(data), size},
                                   field_bytes_max));
  }
  void Time(std::int64_t seconds, std::int32_t, const wire::internal::TypeNode& node) {
    Note(wire::internal::CheckTime(*node.type, seconds));
  }
  void Count(std::uint64_t) {}
  void Null() {}
};

// Receives what the parser reads; fills the index, keeps the first value that is wrong.
class Sink {
 public:
  Sink(const wire::RecordLayout& layout, const std::vector<ColumnRule>& rules, std::size_t required,
       std::uint64_t field_bytes_max)
      : layout_(layout), rules_(rules), required_(required), field_bytes_max_(field_bytes_max) {}
  void Begin(std::span<const std::byte> window, std::uint64_t base, std::uint64_t row,
             wire::RecordIndex& index) {
    front_ = reinterpret_cast<const std::uint8_t*>(window.data());
    base_ = base;
    row_ = row;
    index_ = &index;
  }

  bool WantsRecord(std::size_t) const { return true; }
  void BeginRecord(const std::uint8_t*) { seen_ = 0; }
  void Int(std::size_t column, std::int64_t value, const std::uint8_t*, const std::uint8_t*) {
    const ColumnRule& rule = Seen(column);
    if (value >= rule.sure_low && value <= rule.sure_high) [[likely]] {
      return;
    }
    Refuse(column, wire::internal::CheckInt(TypeOf(column), value));
  }
  void Fixed32(std::size_t column, std::uint32_t, const std::uint8_t*) { Seen(column); }
  void Fixed64(std::size_t column, std::uint64_t, const std::uint8_t*) { Seen(column); }
  void Bytes(std::size_t column, const std::uint8_t*, const std::uint8_t* content,
             std::size_t size) {
    const ColumnRule& rule = Seen(column);
    const std::string_view text(reinterpret_cast<const char*>(content), size);
    const bool sure = rule.integer_digits < 0 ? size <= rule.sure_bytes : IsSureDecimal(rule, text);
    if (sure) [[likely]] {
      return;
    }
    Refuse(column, wire::internal::CheckText(TypeOf(column), text, field_bytes_max_));
  }
  void Time(std::size_t column, std::int64_t seconds, std::int32_t, const std::uint8_t*,
            const std::uint8_t*) {
    const ColumnRule& rule = Seen(column);
    if (seconds >= rule.sure_low && seconds <= rule.sure_high) [[likely]] {
      return;
    }
    Refuse(column, wire::internal::CheckTime(TypeOf(column), seconds));
  }
  void Nested(std::size_t column, const std::uint8_t* raw, const std::uint8_t* raw_end) {
    Seen(column);
    const auto& compiled = layout_.compiled();
    wire::internal::Cursor cursor{.p = raw, .end = raw_end, .record = raw};
    NestedVisitor visitor{.field_bytes_max = field_bytes_max_, .reason = std::nullopt};
    (void)wire::internal::WalkValue(compiled.nodes.data(),
                                    compiled.nodes[compiled.ops[column].node], cursor, visitor);
    Refuse(column, std::move(visitor.reason));
  }
  Status EndRecord(const std::uint8_t* record, const std::uint8_t* end, std::uint32_t crc) {
    if (bad_ || seen_ != required_) [[unlikely]] {
      return Violation();
    }
    index_->offsets.push_back(base_ + static_cast<std::uint64_t>(record - front_));
    index_->crcs.push_back(crc);
    long_crcs_ |= EndsInLongCrc(end[-1], crc);
    ++row_;
    return {};
  }
  bool has_long_crcs() const { return long_crcs_; }

 private:
  const Type& TypeOf(std::size_t column) const { return layout_.columns()[column].type; }
  const ColumnRule& Seen(std::size_t column) {
    const ColumnRule& rule = rules_[column];
    seen_ += rule.required ? 1U : 0U;
    return rule;
  }
  void Refuse(std::size_t column, std::optional<std::string> reason) {
    if (bad_ || !reason) return;
    bad_ = "column '" + layout_.columns()[column].name + "': " + *reason;
  }
  Status Violation() const {
    const std::string what = bad_ ? *bad_ : "null in a NOT NULL column";
    return Fail(
        InvalidArgument("row " + std::to_string(row_) + ", " + what).Because("InvalidArgument"));
  }

  const wire::RecordLayout& layout_;
  const std::vector<ColumnRule>& rules_;
  std::size_t required_;
  std::uint64_t field_bytes_max_;
  const std::uint8_t* front_ = nullptr;
  std::uint64_t base_ = 0;
  std::uint64_t row_ = 0;
  wire::RecordIndex* index_ = nullptr;
  std::size_t seen_ = 0;
  bool long_crcs_ = false;
  std::optional<std::string> bad_;
};

}  // namespace

ColumnRule MakeColumnRule(const record::Column& column, std::uint64_t field_bytes_max) {
  ColumnRule rule;
  rule.required = !column.nullable;
  const Type& type = column.type;
  if (wire::internal::AcceptsAll(type)) {
    rule.sure_low = kAnyLow;
    rule.sure_high = kAnyHigh;
    rule.sure_bytes = field_bytes_max;
    return rule;
  }
  switch (type.kind) {
    case TypeKind::kTinyint:
      // NOLINTNEXTLINE(bugprone-signed-char-misuse): a number, no character
      rule.sure_low = std::numeric_limits<std::int8_t>::min();
      rule.sure_high = std::numeric_limits<std::int8_t>::max();
      break;
    case TypeKind::kSmallint:
      rule.sure_low = std::numeric_limits<std::int16_t>::min();
      rule.sure_high = std::numeric_limits<std::int16_t>::max();
      break;
    case TypeKind::kInt:
      rule.sure_low = std::numeric_limits<std::int32_t>::min();
      rule.sure_high = std::numeric_limits<std::int32_t>::max();
      break;
    case TypeKind::kBigint:
      rule.sure_low = kAnyLow + 1;
      rule.sure_high = kAnyHigh;
      break;
    case TypeKind::kDate:
      rule.sure_high = kSureDays;
      break;
    case TypeKind::kDatetime:
      rule.sure_high = kSureSeconds * 1000;
      break;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      rule.sure_high = kSureSeconds;
      break;
    case TypeKind::kString:
    case TypeKind::kBinary:
    case TypeKind::kJson:
      rule.sure_bytes = field_bytes_max;
      break;
    case TypeKind::kVarchar:
    case TypeKind::kChar:
      rule.sure_bytes = static_cast<std::uint64_t>(type.length);
      break;
    case TypeKind::kDecimal:
      rule.integer_digits = type.precision - type.scale;
      rule.fraction_digits = type.scale;
      break;
    default:
      break;
  }
  return rule;
}

bool IsSureDecimal(const ColumnRule& rule, std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  std::int32_t integer = 0;
  std::size_t at = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) ++integer;
  if (integer == 0 || integer > rule.integer_digits) return false;
  if (at == text.size()) return true;
  if (text[at] != '.') return false;
  std::int32_t fraction = 0;
  for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) ++fraction;
  return at == text.size() && fraction > 0 && fraction <= rule.fraction_digits;
}

BlockParser::BlockParser(const wire::RecordLayout& layout, std::uint64_t field_bytes_max)
    : layout_(layout), field_bytes_max_(field_bytes_max) {
  for (const record::Column& column : layout.columns()) {
    rules_.push_back(MakeColumnRule(column, field_bytes_max));
    required_ += column.nullable ? 0 : 1;
  }
}

Result<wire::Consumed> BlockParser::Consume(std::span<const std::byte> window, std::uint64_t base,
                                            wire::RecordIndex& index) {
  Sink sink(layout_, rules_, required_, field_bytes_max_);
  sink.Begin(window, base, state_.totals.records, index);
  auto consumed = wire::internal::ParseWindow(layout_.compiled(), window, state_, sink);
  has_long_crcs_ |= sink.has_long_crcs();
  if (!consumed && consumed.error().reason.empty()) {
    return Fail(std::move(consumed).error().Because("CorruptedDataStream"));
  }
  return consumed;
}

Status BlockParser::Finish() const {
  Status finished = wire::internal::FinishReader(state_);
  if (!finished) return Fail(std::move(finished).error().Because("IncompleteBody"));
  if (state_.has_metrics) {
    return Fail(DataLoss("a block carries metrics, which only the server writes")
                    .Because("CorruptedDataStream"));
  }
  return {};
}

}  // namespace culvert::emulator
