// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/projects.h"

#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

using test::IsOk;

TEST(ProjectRegistryTest, KeepsProjectsAndTheirProperties) {
  const test::TempDir dir;
  const test::FakeClock clock;
  {
    const auto store = OpenSqliteStore(dir.path()).value();
    const auto projects = ProjectRegistry::Load(*store, clock).value();
    ASSERT_THAT(projects->Add("Demo"), IsOk());
    ASSERT_THAT(projects->SetProperty("demo", "odps.sql.timezone", "Asia/Shanghai"), IsOk());
    ASSERT_THAT(projects->Add("demo"), IsOk());
  }
  const auto store = OpenSqliteStore(dir.path()).value();
  const auto projects = ProjectRegistry::Load(*store, clock).value();
  ASSERT_EQ(projects->List().size(), 1U);
  const auto project = projects->Find("DEMO");
  ASSERT_THAT(project, IsOk());
  EXPECT_EQ((*project)->name, "Demo");
  EXPECT_EQ((*project)->properties.at("odps.sql.timezone"), "Asia/Shanghai");
  EXPECT_EQ((*project)->properties.at("odps.sql.type.system.odps2"), "true");
}

TEST(ProjectRegistryTest, NamesAMissingProject) {
  const test::FakeClock clock;
  const auto store = MakeForgetfulStore();
  const auto projects = ProjectRegistry::Load(*store, clock).value();
  EXPECT_THAT(projects->Find("q"), test::FailsBecause("NoSuchProject"));
  EXPECT_THAT(projects->SetProperty("q", "a", "b"), test::FailsBecause("NoSuchProject"));
}

}  // namespace
}  // namespace culvert::emulator
