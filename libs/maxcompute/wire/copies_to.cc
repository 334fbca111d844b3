// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/record_stream.h"

#include <algorithm>

namespace culvert::maxcompute::wire {
namespace {

using record::Type;
using record::TypeKind;

// Integers share one wire form: 1 for the narrowest, 0 for what is no integer.
int IntegerWidth(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTinyint:
      return 1;
    case TypeKind::kSmallint:
      return 2;
    case TypeKind::kInt:
      return 3;
    case TypeKind::kBigint:
      return 4;
    default:
      return 0;
  }
}

bool ChildrenCopy(const Type& source, const Type& target) {
  return std::ranges::equal(source.children, target.children, CopiesTo) &&
         std::ranges::equal(source.field_names, target.field_names, record::SameName);
}

}  // namespace

bool CopiesTo(const Type& source, const Type& target) {
  if (source == target) return true;
  const int width = IntegerWidth(source.kind);
  if (width != 0) return width <= IntegerWidth(target.kind);
  switch (source.kind) {
    case TypeKind::kVarchar:
      return target.kind == TypeKind::kString ||
             (target.kind == TypeKind::kVarchar && source.length <= target.length);
    case TypeKind::kChar:
      return target.kind == TypeKind::kChar && source.length <= target.length;
    case TypeKind::kDecimal:
      return target.kind == TypeKind::kDecimal && source.scale <= target.scale &&
             source.precision - source.scale <= target.precision - target.scale;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return source.kind == target.kind && ChildrenCopy(source, target);
    default:
      return false;
  }
}

}  // namespace culvert::maxcompute::wire
