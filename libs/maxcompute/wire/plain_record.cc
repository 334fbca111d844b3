// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/plain_record.h"

#include "libs/maxcompute/wire/record_parser.h"

namespace culvert::maxcompute::wire::internal {

const ColumnOp* FindAhead(const RecordLayout::Compiled& layout, const ColumnOp* next,
                          const std::uint8_t* p) {
  std::uint64_t tag = 0;
  if (ReadVarintFast<Bits::kPortable>(p, tag) == nullptr) return nullptr;
  const ColumnOp* const ops = layout.ops.data();
  if (tag == kEndRecordTag) return ops + layout.column_count;
  const std::uint64_t number = tag >> 3;
  if (number == 0 || number > layout.column_count) return nullptr;
  const ColumnOp* const op = ops + (number - 1);
  return op->tag == tag && op >= next ? op : nullptr;
}

NestedEnd FeedNested(const RecordLayout::Compiled& layout, const ColumnOp& op,
                     const std::uint8_t* p, const std::uint8_t* end, Crc crc) {
  Cursor cursor{.p = p, .end = end, .record = p};
  CrcFeed feed{.crc = crc};
  const Outcome outcome = WalkValue(layout.nodes.data(), layout.nodes[op.node], cursor, feed);
  return {.p = outcome == Outcome::kOk ? cursor.p : nullptr, .crc = feed.crc};
}

}  // namespace culvert::maxcompute::wire::internal
