// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/conversion.h"

#include "libs/record/schema.h"

#include <algorithm>

namespace culvert::syncjob {
namespace {

using record::Type;
using record::TypeKind;

enum class Family : std::uint8_t {
  kBoolean,
  kInteger,
  kFloating,
  kDecimal,
  kText,
  kBinary,
  kJson,
  kTime,
  kOther
};

Family FamilyOf(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
      return Family::kBoolean;
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
      return Family::kInteger;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return Family::kFloating;
    case TypeKind::kDecimal:
      return Family::kDecimal;
    case TypeKind::kString:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
      return Family::kText;
    case TypeKind::kBinary:
      return Family::kBinary;
    case TypeKind::kJson:
      return Family::kJson;
    case TypeKind::kDate:
    case TypeKind::kDatetime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return Family::kTime;
    case TypeKind::kIntervalDayTime:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return Family::kOther;
  }
  return Family::kOther;
}

bool Copies(const Type& from, const Type& to);

bool ChildrenCopy(const Type& from, const Type& to) {
  return from.kind == to.kind && std::ranges::equal(from.children, to.children, Copies) &&
         std::ranges::equal(from.field_names, to.field_names, record::SameName);
}

bool Copies(const Type& from, const Type& to) {
  if (from == to) return true;
  if (FamilyOf(from.kind) == Family::kInteger) {
    return FamilyOf(to.kind) == Family::kInteger && from.kind <= to.kind;
  }
  switch (from.kind) {
    case TypeKind::kVarchar:
      return to.kind == TypeKind::kString ||
             (to.kind == TypeKind::kVarchar && from.length <= to.length);
    case TypeKind::kChar:
      return to.kind == TypeKind::kChar && from.length <= to.length;
    case TypeKind::kDecimal:
      return to.kind == TypeKind::kDecimal && from.scale <= to.scale &&
             from.precision - from.scale <= to.precision - to.scale;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return ChildrenCopy(from, to);
    default:
      return false;
  }
}

static_assert(TypeKind::kTinyint < TypeKind::kSmallint && TypeKind::kSmallint < TypeKind::kInt &&
              TypeKind::kInt < TypeKind::kBigint);

bool Converts(Family from, Family to) {
  switch (from) {
    case Family::kBoolean:
      return to == Family::kBoolean || to == Family::kInteger || to == Family::kText;
    case Family::kInteger:
      return to == Family::kBoolean || to == Family::kInteger || to == Family::kFloating ||
             to == Family::kDecimal || to == Family::kText;
    case Family::kFloating:
    case Family::kDecimal:
      return to == Family::kInteger || to == Family::kFloating || to == Family::kDecimal ||
             to == Family::kText;
    case Family::kText:
      return to != Family::kOther;
    case Family::kBinary:
      return to == Family::kBinary || to == Family::kText;
    case Family::kJson:
      return to == Family::kJson || to == Family::kText;
    case Family::kTime:
      return to == Family::kTime || to == Family::kText;
    case Family::kOther:
      return false;
  }
  return false;
}

}  // namespace

Conversion ConversionBetween(const Type& from, const Type& to) {
  if (Copies(from, to)) return Conversion::kCopy;
  return Converts(FamilyOf(from.kind), FamilyOf(to.kind)) ? Conversion::kConvert
                                                          : Conversion::kNone;
}

}  // namespace culvert::syncjob
