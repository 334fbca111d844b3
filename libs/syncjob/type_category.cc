// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/type_category.h"

#include <algorithm>

namespace culvert::syncjob {

using record::TypeKind;

std::string_view CategoryName(TypeCategory category) {
  switch (category) {
    case TypeCategory::kLong:
      return "LONG";
    case TypeCategory::kBoolean:
      return "BOOLEAN";
    case TypeCategory::kDate:
      return "DATE";
    case TypeCategory::kDouble:
      return "DOUBLE";
    case TypeCategory::kBytes:
      return "BYTES";
    case TypeCategory::kString:
      return "STRING";
  }
  return "";
}

TypeCategory CategoryOf(const record::Type& type) {
  switch (type.kind) {
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
    case TypeKind::kIntervalYearMonth:
      return TypeCategory::kLong;
    case TypeKind::kBoolean:
      return TypeCategory::kBoolean;
    case TypeKind::kDate:
    case TypeKind::kDatetime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kIntervalDayTime:
      return TypeCategory::kDate;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
      return TypeCategory::kDouble;
    case TypeKind::kBinary:
      return TypeCategory::kBytes;
    case TypeKind::kString:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return TypeCategory::kString;
  }
  return TypeCategory::kString;
}

std::string_view SupportName(TypeSupport support) {
  switch (support) {
    case TypeSupport::kSupported:
      return "supported";
    case TypeSupport::kNotSupported:
      return "not supported";
    case TypeSupport::kBeyond:
      return "beyond the page";
  }
  return "";
}

TypeSupport SupportOf(const record::Type& type, TransferMode mode) {
  switch (type.kind) {
    case TypeKind::kChar:
      return mode == TransferMode::kBatchRead ? TypeSupport::kNotSupported
                                              : TypeSupport::kSupported;
    case TypeKind::kTimestampNtz:
    case TypeKind::kJson:
    case TypeKind::kIntervalDayTime:
    case TypeKind::kIntervalYearMonth:
      return TypeSupport::kBeyond;
    default: {
      const bool beyond = std::ranges::any_of(type.children, [mode](const record::Type& child) {
        return SupportOf(child, mode) == TypeSupport::kBeyond;
      });
      return beyond ? TypeSupport::kBeyond : TypeSupport::kSupported;
    }
  }
}

}  // namespace culvert::syncjob
