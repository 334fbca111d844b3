// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/report.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>

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

std::string ReadFile(const std::string& path) {
  std::ifstream file(std::string(CULVERT_SOURCE_DIR) + path);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Rows of docs/reasons.md that begin "| `Reason` | 12 |": reason and exit code.
std::map<std::string, int> PageRows() {
  std::map<std::string, int> rows;
  std::istringstream page(ReadFile("/docs/reasons.md"));
  for (std::string line; std::getline(page, line);) {
    const std::size_t end = line.find("` | ");
    if (!line.starts_with("| `") || end == std::string::npos) continue;
    const std::string reason = line.substr(3, end - 3);
    if (reason.empty() || reason[0] < 'A' || reason[0] > 'Z') continue;
    EXPECT_TRUE(rows.emplace(reason, std::atoi(line.c_str() + end + 4)).second) << reason;
  }
  return rows;
}

TEST(ExitCodeTest, TheCatalogueAgreesWithThePage) {
  const std::map<std::string, int> rows = PageRows();
  EXPECT_GE(rows.size(), 50u);
  for (const auto& [reason, exit] : rows) {
    EXPECT_EQ(CodeOf(reason, ErrorCode::kUnknown), exit) << reason;
  }
}

/// What the client library may put into an error is explained too.
TEST(ExitCodeTest, ThePageKnowsEveryReasonOfTheClient) {
  const std::map<std::string, int> rows = PageRows();
  const std::string header = ReadFile("/libs/maxcompute/reasons.h");
  std::size_t count = 0;
  for (std::size_t at = header.find("= \""); at != std::string::npos;
       at = header.find("= \"", at)) {
    at += 3;
    const std::string reason = header.substr(at, header.find('"', at) - at);
    EXPECT_TRUE(rows.contains(reason)) << reason;
    ++count;
  }
  EXPECT_GE(count, 20u);
}

}  // namespace
}  // namespace culvert::syncjob
