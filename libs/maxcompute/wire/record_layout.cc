// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/record_layout.h"

#include "libs/base/check.h"
#include "libs/maxcompute/wire/varint.h"

#include <array>
#include <cstring>
#include <utility>

namespace culvert::maxcompute::wire {
namespace internal {

Op OpOf(record::TypeKind kind) {
  using record::TypeKind;
  switch (kind) {
    case TypeKind::kBoolean:
      return Op::kBool;
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
    case TypeKind::kDate:
    case TypeKind::kDatetime:
    case TypeKind::kIntervalYearMonth:
      return Op::kZigZag;
    case TypeKind::kFloat:
      return Op::kFixed32;
    case TypeKind::kDouble:
      return Op::kFixed64;
    case TypeKind::kDecimal:
    case TypeKind::kString:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kBinary:
    case TypeKind::kJson:
      return Op::kBytes;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return Op::kTime;
    case TypeKind::kIntervalDayTime:
      return Op::kInterval;
    case TypeKind::kArray:
      return Op::kArray;
    case TypeKind::kMap:
      return Op::kMap;
    case TypeKind::kStruct:
      return Op::kStruct;
  }
  return Op::kBytes;
}

namespace {

// Column tags take at most three bytes, so that a masked word compares them.
constexpr std::size_t kColumnsMax = 100'000;
constexpr int kDepthMax = 20;

std::uint32_t WireTypeOf(Op op) {
  switch (op) {
    case Op::kZigZag:
    case Op::kBool:
    case Op::kEndRecord:
      return 0;
    case Op::kFixed64:
      return 1;
    case Op::kFixed32:
      return 5;
    default:
      return 2;
  }
}

void CompileNode(const record::Type& type, std::uint32_t at, int depth,
                 std::vector<TypeNode>& nodes) {
  CULVERT_CHECK(depth <= kDepthMax);
  const auto first = static_cast<std::uint32_t>(nodes.size());
  const auto count = static_cast<std::uint32_t>(type.children.size());
  nodes[at] = {.op = OpOf(type.kind), .type = &type, .first_child = first, .child_count = count};
  nodes.resize(nodes.size() + count);
  for (std::uint32_t i = 0; i < count; ++i) {
    CompileNode(type.children[i], first + i, depth + 1, nodes);
  }
}

ColumnOp CompileTag(std::uint32_t number, std::uint32_t tag, Op op) {
  std::array<std::uint8_t, kVarintBytesMax> bytes{};
  const auto size = static_cast<std::size_t>(WriteVarint(bytes.data(), tag) - bytes.data());
  CULVERT_CHECK(size <= sizeof(std::uint32_t));
  ColumnOp compiled;
  std::memcpy(&compiled.tag_word, bytes.data(), size);
  std::memset(&compiled.tag_mask, 0xff, size);
  compiled.tag = tag;
  compiled.number = number;
  compiled.tag_bytes = static_cast<std::uint8_t>(size);
  compiled.op = op;
  return compiled;
}

}  // namespace
}  // namespace internal

RecordLayout::RecordLayout(std::vector<record::Column> columns)
    : columns_(std::move(columns)), compiled_(std::make_unique<Compiled>()) {
  using internal::Op;
  CULVERT_CHECK(columns_.size() <= internal::kColumnsMax);
  Compiled& compiled = *compiled_;
  compiled.column_count = columns_.size();
  for (std::uint32_t i = 0; i < columns_.size(); ++i) {
    const record::Type& type = columns_[i].type;
    const Op op = internal::OpOf(type.kind);
    const std::uint32_t tag = ((i + 1) << 3) | internal::WireTypeOf(op);
    internal::ColumnOp column = internal::CompileTag(i + 1, tag, op);
    column.node = static_cast<std::uint32_t>(compiled.nodes.size());
    compiled.nodes.emplace_back();
    internal::CompileNode(type, column.node, 0, compiled.nodes);
    compiled.ops.push_back(column);
  }
  compiled.ops.push_back(internal::CompileTag(0, internal::kEndRecordTag, Op::kEndRecord));
}

RecordLayout::~RecordLayout() = default;
RecordLayout::RecordLayout(RecordLayout&&) noexcept = default;

}  // namespace culvert::maxcompute::wire
