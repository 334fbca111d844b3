// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/record_batch.h"
#include "libs/record/schema.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace culvert::runner {

/// Appends `{"id":1,"name":"x"}`: row `row` of `batch` in the order of `columns`. Numbers as
/// numbers (64-bit integers too), DECIMAL, times and intervals as text, NaN and infinities as text,
/// BINARY in hexadecimal, invalid UTF-8 as U+FFFD, nested values as JSON.
void AppendRowJson(std::span<const record::Column> columns, const record::RecordBatch& batch,
                   std::size_t row, std::string& out);

/// Appends the JSON of a nested value given its wire bytes (validated). Maps become objects when
/// their keys are text, else lists of pairs.
void AppendNestedJson(const record::Type& type, std::string_view wire_bytes, std::string& out);

/// Appends `text` in quotes, escaped for JSON; invalid UTF-8 becomes U+FFFD.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace culvert::runner
