// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/decide.h"
#include "tests/model/explorer.h"
#include "tests/support/sanitized.h"

#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <string>

namespace culvert::control::model {

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

namespace {

std::string NameOf(const ::testing::TestParamInfo<Shape>& one) { return one.param.name; }

class DecideModelTest : public ::testing::TestWithParam<Shape> {};

TEST_P(DecideModelTest, EveryWayEndsWell) {
  constexpr std::size_t kStatesMax = 3'000'000;
  Shape shape = GetParam();
  // A sanitizer looks at code, not at outcomes: a run without faults has all of it.
  if (test::kSanitized) shape.faults = 0;
  const Findings found = Explore(shape, &Decide, kStatesMax);
  std::cout << "model " << shape.name << ": " << found.Text() << "\n";
  EXPECT_TRUE(found.crime.empty()) << found.Text();
  EXPECT_TRUE(found.whole);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, DecideModelTest,
    ::testing::Values(
        Shape{.name = "SmallAppend", .small = true},
        Shape{.name = "SmallReplace", .small = true, .truncate = true},
        Shape{.name = "SmallAppendTwoFaults", .small = true, .faults = 2, .wishes = 0},
        Shape{.name = "Shards", .wishes = 0},
        Shape{.name = "ShardsReplace", .truncate = true, .wishes = 0},
        Shape{.name = "ShardsReplaceAndWish", .truncate = true, .faults = 0, .wishes = 1},
        Shape{.name = "OwnCommits", .consistency_commit = false, .wishes = 0},
        Shape{.name = "OwnCommitsTruncate",
              .consistency_commit = false,
              .truncate = true,
              .wishes = 0},
        Shape{.name = "Rival", .small = true, .rival = true}),
    &NameOf);

}  // namespace
}  // namespace culvert::control::model
