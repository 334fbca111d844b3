// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/run_name.h"

#include "tests/unit/libs/schedule/zones.h"

#include <gtest/gtest.h>

#include <regex>

namespace culvert::schedule {
namespace {

TEST(RunNameTest, SaysTheInstant) {
  EXPECT_EQ(RunName("nightly", At("2025-03-31T00:10:00+08:00")), "nightly-20250330t161000z");
  EXPECT_NE(RunName("nightly", At("2025-10-26T00:30:00Z")),
            RunName("nightly", At("2025-10-26T01:30:00Z")));
}

TEST(RunNameTest, KeepsLongNamesApart) {
  const std::regex object_name("[a-z0-9]([-a-z0-9.]*[a-z0-9])?");
  const auto time = At("2025-03-31T00:10:00Z");
  for (const std::size_t length : {44, 45, 46, 47, 63, 253}) {
    const std::string name = RunName(std::string(length - 1, 'a') + "b", time);
    EXPECT_LE(name.size(), 63u);
    EXPECT_TRUE(std::regex_match(name, object_name)) << name;
    EXPECT_NE(name, RunName(std::string(length - 1, 'a') + "c", time));
  }
  const std::string dashes = RunName(std::string(20, 'a') + std::string(60, '-') + "b", time);
  EXPECT_TRUE(std::regex_match(dashes, object_name)) << dashes;
  EXPECT_EQ(dashes.find("--"), std::string::npos);
}

}  // namespace
}  // namespace culvert::schedule
