// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/error.h"

#include "libs/base/result.h"

#include <gtest/gtest.h>

#include <set>

namespace culvert {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Fail(InvalidArgument("odd"));
  return number / 2;
}

Result<int> Quarter(int number) {
  CULVERT_ASSIGN_OR_RETURN(const int half, Half(number));
  CULVERT_TRY(Half(half));
  return Half(half);
}

TEST(ErrorTest, PrintsContextBehindTheMessage) {
  const Error error = NotFound("table t does not exist").With("project", "p").With("try", "1");
  EXPECT_EQ(ToString(error), "table t does not exist (project=p, try=1)");
}

TEST(ErrorTest, PrintsTheBareMessageWithoutContext) {
  EXPECT_EQ(ToString(NotFound("gone")), "gone");
}

TEST(ErrorTest, KeepsItsReason) {
  EXPECT_EQ(ResourceExhausted("slow down").Because("Throttled").reason, "Throttled");
}

TEST(ErrorTest, RetriesExactlyTheDocumentedCodes) {
  std::set<std::string_view> retryable;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kUnauthenticated); ++code) {
    const auto value = static_cast<ErrorCode>(code);
    if (IsRetryable(value)) retryable.insert(ErrorCodeName(value));
  }
  EXPECT_EQ(retryable, (std::set<std::string_view>{"unavailable", "resource_exhausted",
                                                   "deadline_exceeded", "data_loss", "aborted"}));
}

TEST(ErrorTest, NamesEachCodeOnce) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kUnauthenticated); ++code) {
    names.insert(ErrorCodeName(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), 16U);
}

TEST(ResultTest, MacrosPassValuesAndErrorsOn) {
  EXPECT_EQ(Quarter(12).value(), 3);
  EXPECT_EQ(Quarter(6).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Quarter(5).error().message, "odd");
}

}  // namespace
}  // namespace culvert
