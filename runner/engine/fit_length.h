// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/record_batch.h"
#include "libs/record/type.h"
#include "libs/syncjob/types.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace culvert::runner {

/// Bytes of `text` that a column of the type takes: `length` characters of a CHAR or VARCHAR, and
/// at most `field_bytes_max` bytes; text is cut between characters.
std::size_t FittingBytes(const record::Type& type, std::string_view text,
                         std::uint64_t field_bytes_max);

/// Applies `overLengthRule` to the values of a STRING, VARCHAR, CHAR or BINARY column; a part of a
/// JSON or nested value would be none, so others are left alone.
void FitLengths(syncjob::OverLengthRule rule, const record::Type& type,
                std::uint64_t field_bytes_max, record::ColumnVector& values);

}  // namespace culvert::runner
