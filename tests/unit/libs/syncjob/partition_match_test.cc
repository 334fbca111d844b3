// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/partition_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<record::PartitionSpec> Listing(std::initializer_list<std::string_view> texts) {
  std::vector<record::PartitionSpec> listing;
  for (const std::string_view text : texts) listing.push_back(*record::PartitionSpec::Parse(text));
  return listing;
}

using Specs = std::vector<std::string>;
const std::vector<std::string> kDtHh = {"dt", "hh"};

std::vector<std::size_t> Select(const Specs& specs,
                                const std::vector<record::PartitionSpec>& listing,
                                const std::vector<std::string>& keys) {
  const auto match = MatchPartitions(specs, listing, keys, false);
  EXPECT_TRUE(match.has_value()) << match.error().message;
  return match ? match->selected : std::vector<std::size_t>{};
}

// Feature: Wildcards * and ?
TEST(PartitionMatchTest, WildcardsSelectInListingOrder) {
  const auto listing = Listing({"m=3", "m=12", "m=1", "m=10"});
  EXPECT_THAT(Select({"m=*"}, listing, {"m"}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Select({"m=1?"}, listing, {"m"}), ElementsAre(1, 3));
  EXPECT_THAT(Select({"m=1*"}, listing, {"m"}), ElementsAre(1, 2, 3));
  EXPECT_THAT(Select({"m=?"}, listing, {"m"}), ElementsAre(0, 2));
}

// Feature: Partition as an array of specs
TEST(PartitionMatchTest, OverlappingSpecsSelectOnce) {
  const auto listing = Listing({"m=1", "m=2"});
  EXPECT_THAT(Select({"m=2", "m=*", "m=2"}, listing, {"m"}), ElementsAre(0, 1));
}

// Feature: Wildcards * and ?
// Feature: Patterns that are regular expressions
TEST(PartitionMatchTest, OnlyStarAndQuestionMarkAreSpecial) {
  const auto listing = Listing({"ds=axb", "ds=a.b"});
  EXPECT_THAT(Select({"ds=a.b"}, listing, {"ds"}), ElementsAre(1));
  EXPECT_THAT(Select({"ds=a.*"}, listing, {"ds"}), ElementsAre(1));
}

TEST(PartitionMatchTest, EveryLevelMayHaveWildcardsAndAnyOrder) {
  const auto listing = Listing({"dt=1,hh=00", "dt=1,hh=01", "dt=2,hh=00"});
  EXPECT_THAT(Select({"hh=0?/dt=1"}, listing, kDtHh), ElementsAre(0, 1));
  EXPECT_THAT(Select({"dt=*,hh=00"}, listing, kDtHh), ElementsAre(0, 2));
}

// Feature: Filters and plain specs in one array
TEST(PartitionMatchTest, FiltersAndSpecsAreOneUnion) {
  const auto listing = Listing({"dt=1,hh=00", "dt=1,hh=01", "dt=2,hh=00", "dt=3,hh=07"});
  EXPECT_THAT(Select({"/*query*/ hh = 0"}, listing, kDtHh), ElementsAre(0, 2));
  EXPECT_THAT(Select({"/*query*/ dt >= 2", "dt=2,hh=*", "/*query*/ hh = '07'"}, listing, kDtHh),
              ElementsAre(2, 3));
}

TEST(PartitionMatchTest, AFilterThatSelectsNothingSaysWhatThereIs) {
  const auto listing = Listing({"dt=2024-01-01,hh=00"});
  const auto match = MatchPartitions(Specs{"/*query*/ dt > 20230101"}, listing, kDtHh, false);
  ASSERT_FALSE(match.has_value());
  EXPECT_EQ(match.error().reason, "PartitionNotFound");
  EXPECT_THAT(match.error().message, HasSubstr("no partition matches '/*query*/ dt > 20230101'"));
  EXPECT_THAT(match.error().message, HasSubstr("dt=2024-01-01,hh=00"));
  EXPECT_THAT(match.error().message, HasSubstr("texts stand in quotes"));
  const auto empty = MatchPartitions(Specs{"/*query*/ dt > 20230101"}, listing, kDtHh, true);
  ASSERT_TRUE(empty.has_value());
  EXPECT_THAT(empty->unmatched, ElementsAre("/*query*/ dt > 20230101"));
}

TEST(PartitionMatchTest, AFilterOnAnotherKeyNamesTheKeys) {
  const auto match =
      MatchPartitions(Specs{"/*query*/ day = 1"}, Listing({"dt=1,hh=00"}), kDtHh, true);
  ASSERT_FALSE(match.has_value());
  EXPECT_EQ(match.error().reason, "SchemaMismatch");
  EXPECT_THAT(match.error().message, HasSubstr("its keys: dt, hh"));
}

// Feature: All specs have the depth of the table
TEST(PartitionMatchTest, AWrongDepthNamesTheKeysExpected) {
  for (const std::string_view spec : {"dt=1", "dt=1,hh=0,mi=3", "dt=1,xx=2"}) {
    const auto match =
        MatchPartitions(Specs{std::string(spec)}, Listing({"dt=1,hh=00"}), kDtHh, true);
    ASSERT_FALSE(match.has_value()) << spec;
    EXPECT_EQ(match.error().reason, "SchemaMismatch");
    EXPECT_THAT(match.error().message, HasSubstr("expected dt=...,hh=..."));
  }
}

// Feature: Missing partition is an error
TEST(PartitionMatchTest, AMissingPartitionNamesItsNeighbours) {
  const auto match = MatchPartitions(Specs{"m=13"}, Listing({"m=2", "m=1", "m=12"}), {"m"}, false);
  ASSERT_FALSE(match.has_value());
  EXPECT_EQ(match.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(match.error().reason, "PartitionNotFound");
  EXPECT_THAT(match.error().message, HasSubstr("no partition matches 'm=13'"));
  EXPECT_THAT(match.error().message, HasSubstr("m=1, m=12, m=2"));
}

// Feature: Missing partition is an error
TEST(PartitionMatchTest, AtMostTwentyNeighboursAreNamed) {
  std::vector<record::PartitionSpec> listing;
  for (int i = 100; i < 200; ++i) {
    listing.push_back(*record::PartitionSpec::Parse("m=" + std::to_string(i)));
  }
  const auto match = MatchPartitions(Specs{"m=x"}, listing, {"m"}, false);
  EXPECT_THAT(match.error().message, HasSubstr("m=119 and 80 more"));
  EXPECT_THAT(MatchPartitions(Specs{"m=x"}, {}, {"m"}, false).error().message,
              HasSubstr("the table has no partitions"));
}

// Feature: successOnNoPartition: true
TEST(PartitionMatchTest, SuccessOnNoPartitionSelectsWhatThereIs) {
  const auto match = MatchPartitions(Specs{"m=9*", "m=1"}, Listing({"m=1"}), {"m"}, true);
  ASSERT_TRUE(match.has_value());
  EXPECT_THAT(match->selected, ElementsAre(0));
  EXPECT_THAT(match->unmatched, ElementsAre("m=9*"));
}

TEST(PartitionMatchTest, NoSpecsForAPartitionedTableIsAnError) {
  EXPECT_EQ(MatchPartitions({}, Listing({"m=1"}), {"m"}, true).error().reason, "PartitionRequired");
}

}  // namespace
}  // namespace culvert::syncjob
