// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/claim_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace culvert::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ClaimPtr Claim(const std::string& name, const std::vector<std::string>& uids) {
  ClaimObject claim;
  claim.meta.key = {.name_space = "system", .name = name};
  for (const std::string& uid : uids) claim.claim.holders.push_back({.uid = uid});
  return std::make_shared<const ClaimObject>(std::move(claim));
}

TEST(ClaimIndexTest, FindsByNameAndByHolder) {
  ClaimIndex index;
  const ClaimPtr b = Claim("b", {"one", "two"});
  const ClaimPtr a = Claim("a", {"one"});
  index.Apply(nullptr, b);
  index.Apply(nullptr, a);
  EXPECT_EQ(index.Named("a"), a);
  EXPECT_EQ(index.Named("c"), nullptr);
  EXPECT_THAT(index.HeldBy("one"), ElementsAre(a, b));
  EXPECT_THAT(index.HeldBy("two"), ElementsAre(b));
  EXPECT_THAT(index.HeldBy("three"), IsEmpty());
}

TEST(ClaimIndexTest, FollowsChanges) {
  ClaimIndex index;
  const ClaimPtr first = Claim("a", {"one", "two"});
  const ClaimPtr second = Claim("a", {"two", "three"});
  index.Apply(nullptr, first);
  index.Apply(first, second);
  EXPECT_EQ(index.Named("a"), second);
  EXPECT_THAT(index.HeldBy("one"), IsEmpty());
  EXPECT_THAT(index.HeldBy("two"), ElementsAre(second));
  EXPECT_THAT(index.HeldBy("three"), ElementsAre(second));
  index.Apply(second, nullptr);
  EXPECT_EQ(index.Named("a"), nullptr);
  EXPECT_THAT(index.HeldBy("two"), IsEmpty());
}

TEST(ClaimIndexTest, AHolderOfTwoPartsIsThereOnce) {
  ClaimIndex index;
  const ClaimPtr claim = Claim("a", {"one", "one"});
  index.Apply(nullptr, claim);
  EXPECT_THAT(index.HeldBy("one"), ElementsAre(claim));
  index.Apply(claim, nullptr);
  EXPECT_THAT(index.HeldBy("one"), IsEmpty());
}

}  // namespace
}  // namespace culvert::control
