// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/region_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob {
namespace {

using testing::HasSubstr;

DataSource In(std::string region, std::string created_at = "", std::string cross_region = "") {
  DataSource data_source;
  data_source.name = "of-" + region;
  data_source.region = std::move(region);
  data_source.created_at = std::move(created_at);
  data_source.cross_region = std::move(cross_region);
  return data_source;
}

TEST(RegionRuleTest, OneRegionOrNoneNamedIsNoCrossing) {
  EXPECT_TRUE(CheckRegions(In("a"), In("A")).has_value());
  EXPECT_TRUE(CheckRegions(In("a"), In("")).has_value());
  EXPECT_TRUE(CheckRegions(In(""), In("b")).has_value());
}

// Feature: Regions
TEST(RegionRuleTest, BothSidesMustBeAllowedToCross) {
  EXPECT_TRUE(CheckRegions(In("a", "", "cen"), In("b", "", "cen")).has_value());
  EXPECT_TRUE(CheckRegions(In("a", "2023-12-11"), In("b", "2020-01-01")).has_value());
  EXPECT_TRUE(CheckRegions(In("a", "2023-12-11"), In("b", "2024-01-01", "cen")).has_value());
  const Status late = CheckRegions(In("a", "2023-12-11"), In("b", "2023-12-12"));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().reason, "CrossRegionNotAllowed");
  EXPECT_THAT(late.error().message,
              HasSubstr("DataSource 'of-a' is in region a and 'of-b' in b: 'of-b' must say"));
  const Status silent = CheckRegions(In("a"), In("b", "", "cen"));
  ASSERT_FALSE(silent.has_value());
  EXPECT_THAT(silent.error().message, HasSubstr("'of-a' must say crossRegion: cen"));
}

}  // namespace
}  // namespace culvert::syncjob
