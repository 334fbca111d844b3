// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// SQL text of MaxCompute: what Culvert quotes, and what it takes from users. Pure.

namespace culvert::syncjob {

/// Longest statement that the service takes, vendor page "Limits on MaxCompute SQL": 2 MB.
inline constexpr std::size_t kSqlBytesMax = std::size_t{2} * 1024 * 1024;

/// `` `name` `` with its back-ticks doubled: a name that came from outside.
std::string SqlName(std::string_view name);
/// `'text'` with quotes and backslashes escaped as MaxCompute SQL reads them.
std::string SqlText(std::string_view text);

/// What a user's SQL is used as: the condition of a WHERE, one column of a SELECT, or a statement
/// of its own, which may end with a semicolon.
enum class SqlPiece : std::uint8_t { kCondition, kColumn, kStatement };

/// A piece must be whole by itself, so that what stands around it keeps its meaning: quotes and
/// brackets that close, no comments, no second statement, for a column no comma outside brackets.
/// kInvalidArgument, reason InvalidSql, naming the byte from 1. What it means is left to the
/// service.
Status CheckSql(std::string_view text, SqlPiece piece);

}  // namespace culvert::syncjob
