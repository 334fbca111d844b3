// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/durable_store.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

using test::FailsWith;
using test::IsOk;
using Records = std::vector<std::pair<std::string, std::string>>;

TEST(DurableStoreTest, KeepsChangesAcrossOpenings) {
  const test::TempDir dir;
  {
    auto store = OpenSqliteStore(dir.path());
    ASSERT_THAT(store, IsOk());
    ASSERT_THAT(
        (*store)->Write({{"a", "2", "two"}, {"a", "1", ""}, {"b", "1", std::string("x\0y", 3)}}),
        IsOk());
    ASSERT_THAT((*store)->Write({{"a", "2", "TWO"}, {"a", "3", "three"}}), IsOk());
    ASSERT_THAT((*store)->Write({{"a", "3", std::nullopt}}), IsOk());
  }
  auto store = OpenSqliteStore(dir.path());
  ASSERT_THAT(store, IsOk());
  EXPECT_THAT((*store)->Load("a"), test::IsOkAndHolds(Records{{"1", ""}, {"2", "TWO"}}));
  EXPECT_THAT((*store)->Load("b"), test::IsOkAndHolds(Records{{"1", std::string("x\0y", 3)}}));
  EXPECT_THAT((*store)->Load("c"), test::IsOkAndHolds(Records{}));
}

TEST(DurableStoreTest, RefusesADirectoryInUse) {
  const test::TempDir dir;
  auto first = OpenSqliteStore(dir.path());
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT((*first)->Write({{"a", "1", "x"}}), IsOk());
  EXPECT_THAT(OpenSqliteStore(dir.path()), FailsWith(ErrorCode::kFailedPrecondition));
}

TEST(DurableStoreTest, RefusesADirectoryThatIsNotThere) {
  EXPECT_FALSE(OpenSqliteStore("/nonexistent/directory").has_value());
}

TEST(DurableStoreTest, ForgetsWithoutADirectory) {
  const auto store = MakeForgetfulStore();
  ASSERT_THAT(store->Write({{"a", "1", "x"}}), IsOk());
  EXPECT_THAT(store->Load("a"), test::IsOkAndHolds(Records{}));
}

}  // namespace
}  // namespace culvert::emulator
