// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/record_parser.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "libs/record/text_type.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <limits>
#include <utility>

namespace culvert::maxcompute::wire {
namespace {

using internal::Op;

// Values are copied in pieces of this size where that many bytes may be read and written past them:
// one fixed copy is cheaper than a call with a length.
constexpr std::size_t kPieceBytes = 32;
constexpr std::uint64_t kAlways = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kNever = 0;

/// One value in hand: where its bytes lie, and what the checksum needs of it.
struct alignas(64) Slot {
  std::uint64_t stamp = kNever;  // the record that has it, or kAlways
  const std::uint8_t* raw = nullptr;
  std::size_t raw_size = 0;
  std::size_t content_at = 0;  // kBytes: offset of the bytes behind their length
  std::uint64_t value = 0;     // integer, bits, or seconds
  std::uint32_t nanos = 0;
};

/// One target column that may have a value.
struct TargetField {
  internal::ColumnOp op;
  const internal::TypeNode* nodes = nullptr;  // of the layout that `op.node` belongs to
  std::size_t slot = 0;
  bool required = false;
};

/// Fills slots while a record is parsed.
struct SlotSink {
  std::vector<Slot>& slots;
  const std::vector<std::uint8_t>& drop_empty;
  std::uint64_t& stamp;

  void BeginRecord(const std::uint8_t* /*record*/) { ++stamp; }

  /// The slots of this record, as internal::RowOf wants it.
  struct SlotRow {
    Slot* slots;
    const std::uint8_t* drop_empty;
    std::uint64_t stamp;

    void Put(std::size_t column, std::uint64_t value, const std::uint8_t* raw,
             const std::uint8_t* raw_end) const {
      Slot& slot = slots[column];
      slot.stamp = stamp;
      slot.raw = raw;
      slot.raw_size = static_cast<std::size_t>(raw_end - raw);
      slot.value = value;
    }
    void Int(std::size_t column, std::int64_t value, const std::uint8_t* raw,
             const std::uint8_t* raw_end) const {
      Put(column, static_cast<std::uint64_t>(value), raw, raw_end);
    }
    void Fixed32(std::size_t column, std::uint32_t bits, const std::uint8_t* raw) const {
      Put(column, bits, raw, raw + sizeof bits);
    }
    void Fixed64(std::size_t column, std::uint64_t bits, const std::uint8_t* raw) const {
      Put(column, bits, raw, raw + sizeof bits);
    }
    void Time(std::size_t column, std::int64_t seconds, std::int32_t nanos, const std::uint8_t* raw,
              const std::uint8_t* raw_end) const {
      Put(column, static_cast<std::uint64_t>(seconds), raw, raw_end);
      slots[column].nanos = static_cast<std::uint32_t>(nanos);
    }
    void Bytes(std::size_t column, const std::uint8_t* raw, const std::uint8_t* content,
               std::size_t size) const {
      if (size == 0 && drop_empty[column] != 0) return;
      Put(column, 0, raw, content + size);
      slots[column].content_at = static_cast<std::size_t>(content - raw);
    }
    void Nested(std::size_t column, const std::uint8_t* raw, const std::uint8_t* raw_end) const {
      Put(column, 0, raw, raw_end);
    }
  };
  SlotRow Row() const {
    return {.slots = slots.data(), .drop_empty = drop_empty.data(), .stamp = stamp};
  }

  // The careful parser's way to the same.
  void Int(std::size_t column, std::int64_t value, const std::uint8_t* raw,
           const std::uint8_t* raw_end) const {
    Row().Int(column, value, raw, raw_end);
  }
  void Fixed32(std::size_t column, std::uint32_t bits, const std::uint8_t* raw) const {
    Row().Fixed32(column, bits, raw);
  }
  void Fixed64(std::size_t column, std::uint64_t bits, const std::uint8_t* raw) const {
    Row().Fixed64(column, bits, raw);
  }
  void Time(std::size_t column, std::int64_t seconds, std::int32_t nanos, const std::uint8_t* raw,
            const std::uint8_t* raw_end) const {
    Row().Time(column, seconds, nanos, raw, raw_end);
  }
  void Bytes(std::size_t column, const std::uint8_t* raw, const std::uint8_t* content,
             std::size_t size) const {
    Row().Bytes(column, raw, content, size);
  }
  void Nested(std::size_t column, const std::uint8_t* raw, const std::uint8_t* raw_end) const {
    Row().Nested(column, raw, raw_end);
  }
};

template <bool kSlack>
internal::Crc FeedSlot(const TargetField& field, const Slot& slot, internal::Crc crc) {
  crc = internal::CrcU32(crc, field.op.number);
  switch (field.op.op) {
    case Op::kZigZag:
    case Op::kFixed64:
      return internal::CrcU64(crc, slot.value);
    case Op::kBool:
      return internal::CrcU8(crc, static_cast<std::uint8_t>(slot.value));
    case Op::kFixed32:
      return internal::CrcU32(crc, static_cast<std::uint32_t>(slot.value));
    case Op::kTime:
    case Op::kInterval:
      return internal::CrcU32(internal::CrcU64(crc, slot.value), slot.nanos);
    case Op::kBytes: {
      const std::uint8_t* const content = slot.raw + slot.content_at;
      const std::size_t size = slot.raw_size - slot.content_at;
      return kSlack ? internal::CrcBytesWithSlack(crc, content, size)
                    : internal::CrcBytes(crc, content, size);
    }
    default: {
      internal::CrcFeed feed{.crc = crc};
      internal::Cursor cursor{.p = slot.raw, .end = slot.raw + slot.raw_size, .record = slot.raw};
      const internal::Outcome outcome =
          internal::WalkValue(field.nodes, field.nodes[field.op.node], cursor, feed);
      CULVERT_CHECK(outcome == internal::Outcome::kOk);  // it was parsed once already
      return feed.crc;
    }
  }
}

template <bool kSlack>
std::uint8_t* CopySlot(std::uint8_t* out, const Slot& slot) {
  if (kSlack && slot.raw_size <= kPieceBytes) {
    std::memcpy(out, slot.raw, kPieceBytes);
  } else {
    std::memcpy(out, slot.raw, slot.raw_size);
  }
  return out + slot.raw_size;
}

}  // namespace

struct RecordTranscoder::State {
  State(const RecordLayout& source_layout, const RecordLayout& target_layout)
      : source(source_layout), target(target_layout) {}

  const RecordLayout& source;
  const RecordLayout& target;
  std::vector<TargetField> fields;
  std::vector<Slot> slots;  // source columns, then constants, then the null
  std::vector<std::uint8_t> drop_empty;
  std::deque<std::string> constants;  // what constant slots point into
  std::size_t uses_max = 0;           // of one source column
  std::size_t fixed_bytes_max = 0;    // of a target record beside copied values
  internal::ReaderState reader;
  StreamTotals written;
  std::uint64_t stamp = 0;

  Status AddField(std::size_t column, const ColumnOrigin& origin);
  Status AddConstant(const Constant& constant, TargetField& field);
  Error MissingValue(const TargetField& field) const {
    return InvalidArgument("record " + std::to_string(reader.totals.records + 1) +
                           " has no value for column '" +
                           target.columns()[field.op.number - 1].name + "', which is NOT NULL");
  }
  template <bool kSlack>
  Status Write(std::uint8_t*& out);
};

namespace {

/// Copies each whole record to the output.
template <typename State>
struct TranscodeSink : SlotSink {
  TranscodeSink(State& transcoder, const std::uint8_t* window_end, ByteBuffer& buffer)
      : SlotSink{transcoder.slots, transcoder.drop_empty, transcoder.stamp},
        state(transcoder),
        end(window_end),
        out(buffer) {}

  bool WantsRecord(std::size_t /*parsed_bytes*/) const { return true; }
  Status EndRecord(const std::uint8_t* record, const std::uint8_t* record_end,
                   std::uint32_t /*crc*/) {
    const auto size = static_cast<std::size_t>(record_end - record);
    const std::size_t bound = size * state.uses_max + state.fixed_bytes_max;
    auto* const begin = reinterpret_cast<std::uint8_t*>(out.Reserve(bound).data());
    std::uint8_t* at = begin;
    const bool slack = end - record_end >= static_cast<std::ptrdiff_t>(kPieceBytes);
    CULVERT_TRY(slack ? state.template Write<true>(at) : state.template Write<false>(at));
    out.Commit(static_cast<std::size_t>(at - begin));
    return {};
  }

  State& state;
  const std::uint8_t* end;
  ByteBuffer& out;
};

}  // namespace

template <bool kSlack>
Status RecordTranscoder::State::Write(std::uint8_t*& out) {
  std::uint8_t* at = out;
  internal::Crc crc = internal::kCrcBegin;
  const Slot* const all = slots.data();  // locals, as any byte written might be a member
  const std::uint64_t current = stamp;
  const TargetField* const last = fields.data() + fields.size();
  for (const TargetField* next = fields.data(); next != last; ++next) {
    const TargetField& field = *next;
    const Slot& slot = all[field.slot];
    if (slot.stamp < current) {
      if (field.required) [[unlikely]]
        return Fail(MissingValue(field));
      continue;
    }
    std::memcpy(at, &field.op.tag_word, sizeof field.op.tag_word);
    at = CopySlot<kSlack>(at + field.op.tag_bytes, slot);
    crc = FeedSlot<kSlack>(field, slot, crc);
  }
  const std::uint32_t value = internal::CrcValue(crc);
  std::memcpy(at, &internal::kEndRecordWord, sizeof internal::kEndRecordWord);
  out = internal::WriteVarintFast<internal::Bits::kPortable>(at + sizeof internal::kEndRecordWord,
                                                             value);
  ++written.records;
  written.crc_of_crcs =
      internal::CrcValue(internal::CrcU32(internal::CrcState(written.crc_of_crcs), value));
  return {};
}

Status RecordTranscoder::State::AddConstant(const Constant& constant, TargetField& field) {
  // The same parser that reads records reads the constant, as the only field of one.
  const std::size_t size = constant.wire_value.size();
  std::string& held = constants.emplace_back(constant.wire_value + std::string(kPieceBytes, '\0'));
  const auto* const raw = reinterpret_cast<const std::uint8_t*>(held.data());
  internal::Cursor cursor{.p = raw, .end = raw + size, .record = raw};
  std::vector<Slot> read(field.op.number);
  const std::vector<std::uint8_t> keep(field.op.number, 0);
  std::uint64_t always = kAlways;
  internal::Crc crc = 0;
  const SlotSink sink{.slots = read, .drop_empty = keep, .stamp = always};
  const internal::Outcome outcome =
      internal::ParseValue(target.compiled(), field.op, field.op.number - 1, cursor, crc, sink);
  if (outcome != internal::Outcome::kOk || cursor.p != cursor.end) {
    return Fail(InvalidArgument("the constant for column '" +
                                target.columns()[field.op.number - 1].name +
                                "' is not a value of its type"));
  }
  field.slot = slots.size();
  slots.push_back(read.back());
  fixed_bytes_max += size;
  return {};
}

Status RecordTranscoder::State::AddField(std::size_t column, const ColumnOrigin& origin) {
  const record::Column& wanted = target.columns()[column];
  TargetField field;
  field.op = target.compiled().ops[column];
  field.nodes = target.compiled().nodes.data();
  field.required = !wanted.nullable;
  if (const auto* from = std::get_if<FromSource>(&origin)) {
    if (from->column >= source.columns().size()) {
      return Fail(InvalidArgument("column '" + wanted.name + "' is to come from source column " +
                                  std::to_string(from->column + 1) + ", but the source has only " +
                                  std::to_string(source.columns().size())));
    }
    const record::Column& given = source.columns()[from->column];
    if (!CopiesTo(given.type, wanted.type)) {
      return Fail(InvalidArgument("column '" + given.name + "' of type " + given.type.ToString() +
                                  " cannot be copied as it is to column '" + wanted.name +
                                  "' of type " + wanted.type.ToString()));
    }
    field.slot = from->column;
  } else if (const auto* constant = std::get_if<Constant>(&origin)) {
    CULVERT_TRY(AddConstant(*constant, field));
  } else {
    if (!field.required) return {};
    field.slot = slots.size();
    slots.emplace_back();
  }
  fixed_bytes_max += sizeof field.op.tag_word;
  fields.push_back(field);
  return {};
}

RecordTranscoder::RecordTranscoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordTranscoder::RecordTranscoder(RecordTranscoder&&) noexcept = default;
RecordTranscoder::~RecordTranscoder() = default;

Result<RecordTranscoder> RecordTranscoder::Make(const RecordLayout& source,
                                                const RecordLayout& target,
                                                std::vector<ColumnOrigin> origins,
                                                Options options) {
  if (origins.size() != target.columns().size()) {
    return Fail(InvalidArgument("the target has " + std::to_string(target.columns().size()) +
                                " columns, but origins are given for " +
                                std::to_string(origins.size())));
  }
  auto state = std::make_unique<State>(source, target);
  state->slots.resize(source.columns().size());
  state->drop_empty.assign(source.columns().size(), 0);
  if (options.empty_as_null) {
    for (std::size_t i = 0; i < source.columns().size(); ++i) {
      state->drop_empty[i] = record::IsText(source.columns()[i].type.kind) ? 1 : 0;
    }
  }
  std::vector<std::size_t> uses(source.columns().size());
  for (std::size_t i = 0; i < origins.size(); ++i) {
    CULVERT_TRY(state->AddField(i, origins[i]));
    if (const auto* from = std::get_if<FromSource>(&origins[i])) ++uses[from->column];
  }
  state->uses_max = uses.empty() ? 0 : std::ranges::max(uses);
  state->fixed_bytes_max +=
      sizeof internal::kEndRecordWord + internal::kVarintBytesMax + kPieceBytes;
  return RecordTranscoder(std::move(state));
}

Result<Consumed> RecordTranscoder::Consume(std::span<const std::byte> window, ByteBuffer& out) {
  const auto* const end = reinterpret_cast<const std::uint8_t*>(window.data()) + window.size();
  TranscodeSink<State> sink(*state_, end, out);
  return internal::ParseWindow(state_->source.compiled(), window, state_->reader, sink);
}

Status RecordTranscoder::Finish() const { return internal::FinishReader(state_->reader); }
bool RecordTranscoder::finished() const { return state_->reader.finished; }
std::size_t RecordTranscoder::wanted() const { return state_->reader.wanted; }
const StreamTotals& RecordTranscoder::source_totals() const { return state_->reader.totals; }
const StreamTotals& RecordTranscoder::target_totals() const { return state_->written; }

}  // namespace culvert::maxcompute::wire
