// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/stream_ledger.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::control {
namespace {

const StreamPool kA{.data_source = "ns/a", .limit = 8};
const StreamPool kB{.data_source = "ns/b", .limit = 4};

StreamLedger::Need Need(const std::string& uid, std::vector<StreamPool> pools, std::int32_t streams,
                        const std::string& since = "t1") {
  return {.uid = uid, .since = since, .pools = std::move(pools), .streams = streams};
}

TEST(StreamLedgerTest, AllOrNone) {
  StreamLedger ledger;
  EXPECT_TRUE(ledger.Take(Need("one", {kA}, 5)));
  EXPECT_FALSE(ledger.Take(Need("two", {kA, kB}, 4)));
  EXPECT_EQ(ledger.Held("ns/a"), 5);
  EXPECT_EQ(ledger.Held("ns/b"), 0);
  EXPECT_TRUE(ledger.Take(Need("one", {kA}, 5)));  // has them already
  EXPECT_EQ(ledger.Held("ns/a"), 5);
  ledger.Release("one");
  EXPECT_TRUE(ledger.Take(Need("two", {kA, kB}, 4)));
  EXPECT_EQ(ledger.Held("ns/b"), 4);
}

TEST(StreamLedgerTest, WhoWaitsLongestIsServedFirst) {
  StreamLedger ledger;
  EXPECT_TRUE(ledger.Take(Need("big", {kA}, 8, "t0")));
  EXPECT_FALSE(ledger.Take(Need("large", {kA}, 8, "t1")));
  ledger.Saw("big", {kA}, 2, false);
  // There is room for a small one, but it came later.
  EXPECT_FALSE(ledger.Take(Need("small", {kA}, 1, "t2")));
  EXPECT_TRUE(ledger.Take(Need("elsewhere", {kB}, 1, "t2")));
  ledger.Release("big");
  EXPECT_TRUE(ledger.Take(Need("large", {kA}, 8, "t1")));
  ledger.Release("large");
  EXPECT_TRUE(ledger.Take(Need("small", {kA}, 1, "t2")));
}

TEST(StreamLedgerTest, StatusesAreTheRecord) {
  StreamLedger ledger;
  ledger.Saw("old", {kA}, 6, false);  // as a new operator sees it
  EXPECT_EQ(ledger.Held("ns/a"), 6);
  EXPECT_FALSE(ledger.Take(Need("new", {kA}, 3)));
  ledger.Saw("old", {}, 0, true);
  EXPECT_TRUE(ledger.Take(Need("new", {kA}, 3)));
}

TEST(StreamLedgerTest, WhatWasJustGivenStaysGivenUntilTheStatusSaysSo) {
  StreamLedger ledger;
  EXPECT_TRUE(ledger.Take(Need("one", {kA}, 8)));
  ledger.Saw("one", {kA}, 0, false);  // an old view
  EXPECT_EQ(ledger.Held("ns/a"), 8);
  ledger.Saw("one", {kA}, 8, false);
  ledger.Saw("one", {kA}, 0, false);  // paused
  EXPECT_EQ(ledger.Held("ns/a"), 0);
}

TEST(StreamLedgerTest, AWaitingRunThatGoesMakesWay) {
  StreamLedger ledger;
  EXPECT_TRUE(ledger.Take(Need("one", {kA}, 4)));
  EXPECT_FALSE(ledger.Take(Need("first", {kA}, 8, "t1")));
  EXPECT_FALSE(ledger.Take(Need("second", {kA}, 4, "t2")));
  ledger.Release("first");
  EXPECT_TRUE(ledger.Take(Need("second", {kA}, 4, "t2")));
}

}  // namespace
}  // namespace culvert::control
