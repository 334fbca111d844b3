// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// GoogleTest prints these when a matcher fails.
namespace culvert {

inline void PrintTo(const Error& error, std::ostream* out) {
  *out << ErrorCodeName(error.code) << " '" << error.reason << "': " << ToString(error);
}

}  // namespace culvert

namespace std {  // NOLINT(cert-dcl58-cpp): GoogleTest looks for PrintTo by argument

template <typename T>
void PrintTo(const expected<T, culvert::Error>& result, ostream* out) {
  if (!result) {
    culvert::PrintTo(result.error(), out);
  } else if constexpr (is_void_v<T>) {
    *out << "success";
  } else {
    *out << "success holding " << ::testing::PrintToString(*result);
  }
}

}  // namespace std

namespace culvert::test {

/// EXPECT_THAT(result, IsOk()): any Result or Status that is a success.
MATCHER(IsOk, negation ? "is a failure" : "is a success") {
  if (arg.has_value()) return true;
  *result_listener << "fails with " << ErrorCodeName(arg.error().code) << ": "
                   << ToString(arg.error());
  return false;
}

/// EXPECT_THAT(result, IsOkAndHolds(Eq(3))): a success whose value fits the matcher or equals the
/// value.
MATCHER_P(IsOkAndHolds, inner,
          "is a success that holds a value that " +
              ::testing::DescribeMatcher<typename std::decay_t<arg_type>::value_type>(inner,
                                                                                      negation)) {
  if (!arg.has_value()) {
    *result_listener << "fails with " << ErrorCodeName(arg.error().code) << ": "
                     << ToString(arg.error());
    return false;
  }
  return ::testing::ExplainMatchResult(inner, *arg, result_listener);
}

/// EXPECT_THAT(result, FailsWith(ErrorCode::kNotFound)).
MATCHER_P(FailsWith, code, "fails with " + std::string(ErrorCodeName(code))) {
  if (arg.has_value()) {
    *result_listener << "is a success";
    return false;
  }
  *result_listener << "fails with " << ErrorCodeName(arg.error().code) << ": "
                   << ToString(arg.error());
  return arg.error().code == code;
}

/// EXPECT_THAT(result, FailsBecause("LocalPressure")): by the error's reason.
MATCHER_P(FailsBecause, reason, "fails because of " + std::string(reason)) {
  if (arg.has_value()) {
    *result_listener << "is a success";
    return false;
  }
  *result_listener << "has reason '" << arg.error().reason << "': " << ToString(arg.error());
  return arg.error().reason == reason;
}

}  // namespace culvert::test
