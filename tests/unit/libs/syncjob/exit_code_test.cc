// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/report.h"

#include <gtest/gtest.h>

#include <map>
#include <string_view>

namespace culvert::syncjob {
namespace {

int CodeOf(std::string_view reason, ErrorCode code = ErrorCode::kUnknown) {
  Error error;
  error.code = code;
  error.reason = reason;
  return static_cast<int>(ExitCodeFor(error));
}

TEST(ExitCodeTest, FollowsTheErrorCodeWithoutAReason) {
  const std::map<ErrorCode, int> expected = {
      {ErrorCode::kCancelled, 143},         {ErrorCode::kUnknown, 30},
      {ErrorCode::kInvalidArgument, 10},    {ErrorCode::kDeadlineExceeded, 30},
      {ErrorCode::kNotFound, 12},           {ErrorCode::kAlreadyExists, 10},
      {ErrorCode::kPermissionDenied, 13},   {ErrorCode::kResourceExhausted, 31},
      {ErrorCode::kFailedPrecondition, 10}, {ErrorCode::kAborted, 30},
      {ErrorCode::kOutOfRange, 10},         {ErrorCode::kUnimplemented, 17},
      {ErrorCode::kInternal, 30},           {ErrorCode::kUnavailable, 30},
      {ErrorCode::kDataLoss, 30},           {ErrorCode::kUnauthenticated, 21}};
  EXPECT_EQ(expected.size(), 16u);
  for (const auto& [code, exit] : expected) {
    EXPECT_EQ(CodeOf("", code), exit) << ErrorCodeName(code);
    EXPECT_EQ(CodeOf("SomethingNew", code), exit) << ErrorCodeName(code);
  }
}

TEST(ExitCodeTest, AKnownReasonOutranksTheCode) {
  EXPECT_EQ(CodeOf("SchemaMismatch", ErrorCode::kInvalidArgument), 11);
  EXPECT_EQ(CodeOf("CredentialsMissing", ErrorCode::kUnauthenticated), 20);
  EXPECT_EQ(CodeOf("LocalPressure", ErrorCode::kResourceExhausted), 32);
  EXPECT_EQ(CodeOf("CommitOutcomeUnknown", ErrorCode::kUnavailable), 41);
  EXPECT_EQ(CodeOf("SessionExpired", ErrorCode::kNotFound), 16);
  EXPECT_EQ(CodeOf("ViewNotSupported", ErrorCode::kFailedPrecondition), 17);
}

}  // namespace
}  // namespace culvert::syncjob
