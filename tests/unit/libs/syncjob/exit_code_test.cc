// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
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

/// Rows of docs/reasons.md: | `Reason` | exit | meaning | remedy |.
TEST(ExitCodeTest, TheCatalogueAgreesWithThePage) {
  std::ifstream page(std::string(CULVERT_SOURCE_DIR) + "/docs/reasons.md");
  ASSERT_TRUE(page.is_open());
  const std::regex row(R"(^\| `([A-Z][A-Za-z]+)` \| ([0-9]+) \|.*)");
  std::size_t rows = 0;
  for (std::string line; std::getline(page, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    EXPECT_EQ(CodeOf(match[1].str(), ErrorCode::kUnknown), std::stoi(match[2].str())) << line;
    ++rows;
  }
  EXPECT_GE(rows, 50u);
}

/// What the client library may put into an error is explained too.
TEST(ExitCodeTest, ThePageKnowsEveryReasonOfTheClient) {
  const std::string root = CULVERT_SOURCE_DIR;
  const auto read = [](const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string page = read(root + "/docs/reasons.md");
  const std::string header = read(root + "/libs/maxcompute/reasons.h");
  const std::regex constant("= \"([A-Za-z]+)\";");
  std::size_t count = 0;
  for (std::sregex_iterator it(header.begin(), header.end(), constant), end; it != end; ++it) {
    EXPECT_NE(page.find("| `" + (*it)[1].str() + "` |"), std::string::npos) << (*it)[1];
    ++count;
  }
  EXPECT_GE(count, 20u);
}

}  // namespace
}  // namespace culvert::syncjob
