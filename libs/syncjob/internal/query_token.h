// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::syncjob::internal {

enum class QueryTokenKind : std::uint8_t {
  kEnd,
  kWord,    // key or keyword, in lower case
  kName,    // key in back ticks, in lower case: never a keyword
  kText,    // '...' or "...", doubled quotes resolved
  kNumber,  // decimal digits
  kSymbol,  // ( ) , - = == != <> < <= > >=
};

struct QueryToken {
  QueryTokenKind kind = QueryTokenKind::kEnd;
  std::string text;
  std::size_t column = 0;  // of its first byte, from 1

  /// The keyword or symbol `word`.
  bool Is(std::string_view word) const {
    return (kind == QueryTokenKind::kWord || kind == QueryTokenKind::kSymbol) && text == word;
  }
};

/// Error of a filter: kInvalidArgument, reason InvalidSpec, `/*query*/ filter, column N: what`.
Error QueryError(std::size_t column, std::string_view what);

/// Cuts a filter, from its byte `begin` on, into tokens; the last is kEnd. Errors as QueryError.
Result<std::vector<QueryToken>> CutQuery(std::string_view text, std::size_t begin);

}  // namespace culvert::syncjob::internal
