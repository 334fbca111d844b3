// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/type.h"

namespace culvert::record {

/// STRING, VARCHAR and CHAR: `emptyAsNull` is about these.
constexpr bool IsText(TypeKind kind) {
  return kind == TypeKind::kString || kind == TypeKind::kVarchar || kind == TypeKind::kChar;
}

/// Those and BINARY: values are strings of any bytes, which may be too long for a column.
constexpr bool IsTextOrBinary(TypeKind kind) { return IsText(kind) || kind == TypeKind::kBinary; }

}  // namespace culvert::record
