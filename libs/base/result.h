// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"

#include <expected>
#include <utility>

namespace culvert {

/// The only error channel of this code base: a value or an Error. Nothing of ours throws.
template <typename T>
using Result = std::expected<T, Error>;

/// Result without a value: `return {};` is success.
using Status = std::expected<void, Error>;

/// `return Fail(NotFound("..."))` from any function that returns a Result.
inline std::unexpected<Error> Fail(Error error) { return std::unexpected<Error>(std::move(error)); }

}  // namespace culvert

#define CULVERT_CONCAT_INNER(a, b) a##b
#define CULVERT_CONCAT(a, b) CULVERT_CONCAT_INNER(a, b)

/// Returns the error of `expr` (a Result or Status) from the enclosing function, else goes on.
#define CULVERT_TRY(expr)                                                              \
  do {                                                                                 \
    if (auto culvert_try_result = (expr); !culvert_try_result) {                       \
      return std::unexpected<::culvert::Error>(std::move(culvert_try_result).error()); \
    }                                                                                  \
  } while (false)

#define CULVERT_ASSIGN_OR_RETURN_INNER(result, lhs, expr)                \
  auto result = (expr);                                                  \
  if (!result) {                                                         \
    return std::unexpected<::culvert::Error>(std::move(result).error()); \
  }                                                                      \
  lhs = std::move(result).value()

/// `CULVERT_ASSIGN_OR_RETURN(auto table, client.GetTable(ctx, name));`
#define CULVERT_ASSIGN_OR_RETURN(lhs, expr) \
  CULVERT_ASSIGN_OR_RETURN_INNER(CULVERT_CONCAT(culvert_result_, __LINE__), lhs, expr)
