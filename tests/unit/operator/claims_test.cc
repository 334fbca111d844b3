// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/claims.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace culvert::control {
namespace {

using nlohmann::json;
using test::FailsWith;
using test::IsOk;

ClaimHolder Holder(const std::string& uid, std::vector<std::string> partitions) {
  return {.job = {.name_space = "ns", .name = "job-" + uid},
          .uid = uid,
          .partitions = std::move(partitions)};
}

json Stored(const TargetClaim& claim) {
  json object = MakeClaim("culvert-system", claim);
  object["metadata"]["uid"] = "u";
  object["metadata"]["resourceVersion"] = "7";
  return object;
}

TEST(ClaimsTest, ComeBack) {
  const TargetClaim claim{.target = "sales/default/copy",
                          .holders = {Holder("a", {"load=1"}), Holder("b", {})}};
  const auto projected = ProjectClaim(Stored(claim));
  ASSERT_THAT(projected, IsOk());
  EXPECT_EQ(projected->claim, claim);
  EXPECT_EQ(projected->meta.key.name, ClaimName(claim.target));
  EXPECT_EQ(projected->meta.resource_version, "7");
}

TEST(ClaimsTest, WhatIsNoClaimLetsNobodyWrite) {
  json object = Stored({.target = "t", .holders = {}});
  for (const char* holders : {"", "{}", "[1]", R"([{"uid":"a"}])",
                              R"([{"uid":"a","namespace":"n","name":"j","partitions":[1]}])"}) {
    object["data"]["holders"] = holders;
    EXPECT_THAT(ProjectClaim(object), FailsWith(ErrorCode::kInvalidArgument)) << holders;
  }
}

TEST(ClaimsTest, EqualPartitionsHaveEqualTexts) {
  EXPECT_EQ(CanonicalPartition("DT=20240229/hh='01'"), CanonicalPartition("hh=1,dt=20240229"));
  EXPECT_EQ(CanonicalPartition("load=007"), CanonicalPartition("load=7"));
  EXPECT_EQ(CanonicalPartition("load=0"), CanonicalPartition("load=000"));
  EXPECT_NE(CanonicalPartition("load=7"), CanonicalPartition("load=70"));
  EXPECT_NE(CanonicalPartition("load=a7"), CanonicalPartition("load=A7"));
}

TEST(ClaimsTest, OneWriterForEachPartition) {
  const TargetClaim claim{.target = "t",
                          .holders = {Holder("a", {"load=1", "load=2"}), Holder("b", {"load=3"})}};
  EXPECT_EQ(FindBlocker(claim, "c", {"load=4"}), nullptr);
  EXPECT_EQ(FindBlocker(claim, "c", {"load=2"})->uid, "a");
  EXPECT_EQ(FindBlocker(claim, "c", {"load=9", "load=3"})->uid, "b");
  EXPECT_EQ(FindBlocker(claim, "c", {})->uid, "a");  // the whole table
  EXPECT_EQ(FindBlocker(claim, "a", {"load=1"}), nullptr);
  EXPECT_EQ(FindBlocker(claim, "a", {})->uid, "b");
  const TargetClaim whole{.target = "t", .holders = {Holder("a", {})}};
  EXPECT_EQ(FindBlocker(whole, "c", {"load=9"})->uid, "a");
  EXPECT_EQ(FindHolder(whole, "c"), nullptr);
  EXPECT_EQ(FindHolder(whole, "a")->uid, "a");
}

TEST(ClaimsTest, NamesAreThoseOfKubernetes) {
  const std::string name = ClaimName("sales/default/" + std::string(200, 'x'));
  EXPECT_LE(name.size(), 63u);
  EXPECT_NE(name, ClaimName("sales/default/y"));
}

}  // namespace
}  // namespace culvert::control
