// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/reasons.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace culvert::syncjob {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(std::string(CULVERT_SOURCE_DIR) + path);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The rows of docs/reasons.md that begin with a word in back-quotes and a capital, as written.
std::vector<std::string> PageRows() {
  std::vector<std::string> rows;
  std::istringstream page(ReadFile("/docs/reasons.md"));
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| `") && line[3] >= 'A' && line[3] <= 'Z') rows.push_back(line);
  }
  return rows;
}

std::string RowOf(const Reason& reason) {
  const std::string exit =
      reason.exit ? std::to_string(static_cast<int>(*reason.exit)) : std::string("-");
  return "| `" + std::string(reason.word) + "` | " + exit + " | " + std::string(reason.meaning) +
         " | " + std::string(reason.remedy) + " |";
}

TEST(ReasonsTest, ThePageHasTheSameRowsInTheSameOrder) {
  std::vector<std::string> expected;
  for (const Reason& reason : Reasons()) expected.push_back(RowOf(reason));
  EXPECT_GE(expected.size(), 50U);
  EXPECT_EQ(PageRows(), expected);
}

TEST(ReasonsTest, EveryWordIsThereOnceAndSaysWhatToDo) {
  std::set<std::string_view> words;
  for (const Reason& reason : Reasons()) {
    EXPECT_TRUE(words.insert(reason.word).second) << reason.word;
    EXPECT_FALSE(reason.meaning.empty()) << reason.word;
    EXPECT_FALSE(reason.remedy.empty()) << reason.word;
    EXPECT_EQ(FindReason(reason.word), &reason);
  }
  EXPECT_EQ(FindReason("NoSuchWord"), nullptr);
  EXPECT_EQ(FindReason(""), nullptr);
}

TEST(ReasonsTest, EveryReasonOfTheClientIsExplained) {
  const std::string header = ReadFile("/libs/maxcompute/reasons.h");
  std::size_t count = 0;
  for (std::size_t at = header.find("= \""); at != std::string::npos;
       at = header.find("= \"", at)) {
    at += 3;
    const std::string reason = header.substr(at, header.find('"', at) - at);
    EXPECT_NE(FindReason(reason), nullptr) << reason;
    ++count;
  }
  EXPECT_GE(count, 20U);
}

}  // namespace
}  // namespace culvert::syncjob
