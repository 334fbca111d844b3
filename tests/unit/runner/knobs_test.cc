// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/knobs.h"

#include "libs/base/file.h"
#include "tests/support/poll.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using test::FailsWith;
using test::IsOk;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseKnobsTest, ReadsAShare) {
  EXPECT_EQ(ParseKnobs(R"({"throttle":true,"mbps":12.5,"streams":2})").value(),
            (Knobs{.rates = {.bytes_per_second = 12.5e6}, .streams = 2}));
  EXPECT_EQ(ParseKnobs(R"({"throttle":true,"mbps":12})").value(),
            (Knobs{.rates = {.bytes_per_second = 12e6}, .streams = std::nullopt}));
  EXPECT_EQ(ParseKnobs(R"({"throttle":true,"mbps":1,"recordsPerSecond":250})").value().rates,
            (Rates{.bytes_per_second = 1e6, .rows_per_second = 250}));
  EXPECT_EQ(ParseKnobs(R"({"throttle":true,"recordsPerSecond":0.5})").value().rates,
            (Rates{.bytes_per_second = 0, .rows_per_second = 0.5}));
  EXPECT_EQ(ParseKnobs(R"({"throttle":false,"mbps":12,"recordsPerSecond":5})").value(), Knobs{});
  EXPECT_EQ(ParseKnobs("{}").value(), Knobs{});
}

TEST(ParseKnobsTest, RefusesTheRest) {
  for (const char* text :
       {"", "[]", "12", "{", R"({"throttle":true})", R"({"throttle":true,"mbps":0})",
        R"({"throttle":true,"mbps":-1})", R"({"throttle":true,"mbps":1e7})",
        R"({"throttle":true,"mbps":"12"})", R"({"throttle":1,"mbps":12})", R"({"mbps":-3})",
        R"({"recordsPerSecond":-1})", R"({"throttle":true,"recordsPerSecond":0})",
        R"({"recordsPerSecond":1e10})", R"({"streams":0})", R"({"streams":65})",
        R"({"streams":1.5})", R"({"speed":3})"}) {
    EXPECT_THAT(ParseKnobs(text), FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

/// A directory as the kubelet makes it: a file that is a link into `..data`, itself a link that is
/// replaced.
class KnobsFileTest : public testing::Test {
 protected:
  KnobsFileTest() { std::filesystem::create_symlink("..data/knobs.json", dir_ / "knobs.json"); }
  void Mount(const std::string& text) {
    const std::string version = "..version" + std::to_string(++versions_);
    std::filesystem::create_directory(dir_ / version);
    ASSERT_THAT(WriteFileDurably(dir_ / (version + "/knobs.json"), text), IsOk());
    std::filesystem::create_symlink(version, dir_ / "..data_tmp");
    std::filesystem::rename(dir_ / "..data_tmp", dir_ / "..data");
  }
  KnobsFile::Apply Note() {
    return [this](const Knobs& knobs) { applied_.push_back(knobs.rates.bytes_per_second); };
  }

  test::FakeContext context_;
  test::TempDir dir_;
  std::vector<double> applied_;
  KnobsFile file_{dir_ / "knobs.json", Note()};

 private:
  int versions_ = 0;
};

TEST_F(KnobsFileTest, AppliesEachNewContentOnce) {
  Mount(R"({"throttle":true,"mbps":1})");
  file_.Poll(context_.ctx());
  file_.Poll(context_.ctx());
  Mount(R"({"throttle":true,"mbps":2})");
  file_.Poll(context_.ctx());
  Mount(R"({"throttle":true,"mbps":2})");
  file_.Poll(context_.ctx());
  EXPECT_THAT(applied_, ElementsAre(1e6, 2e6));
}

TEST_F(KnobsFileTest, WhatIsWrongIsToldOnceAndChangesNothing) {
  Mount(R"({"throttle":true,"mbps":1})");
  file_.Poll(context_.ctx());
  Mount("{\"mbps\":");
  for (int i = 0; i < 3; ++i) file_.Poll(context_.ctx());
  EXPECT_THAT(applied_, ElementsAre(1e6));
  EXPECT_THAT(context_.log_text(), HasSubstr("knobs not read, the speed stays as it is"));
  EXPECT_EQ(context_.log_text().find("knobs not read"),
            context_.log_text().rfind("knobs not read"));
  Mount(std::string(5000, ' ') + "{}");
  file_.Poll(context_.ctx());
  EXPECT_THAT(context_.log_text(), HasSubstr("larger than 4096 bytes"));
  Mount(R"({"throttle":true,"mbps":3})");
  file_.Poll(context_.ctx());
  EXPECT_THAT(applied_, ElementsAre(1e6, 3e6));
}

TEST_F(KnobsFileTest, AFileThatIsNotThereYetMayCome) {
  file_.Poll(context_.ctx());
  file_.Poll(context_.ctx());
  EXPECT_TRUE(applied_.empty());
  Mount(R"({"throttle":true,"mbps":1})");
  file_.Poll(context_.ctx());
  EXPECT_THAT(applied_, ElementsAre(1e6));
}

/// Time passes in steps of the follower's pauses, as fast as they come.
TEST_F(KnobsFileTest, TheFollowerSeesAChange) {
  Mount(R"({"throttle":true,"mbps":1})");
  std::atomic<double> rate = 0;
  const KnobsFollower follower(context_.ctx(), dir_ / "knobs.json", [&rate](const Knobs& knobs) {
    rate = knobs.rates.bytes_per_second;
  });
  EXPECT_EQ(rate, 1e6);  // before anything else happens
  Mount(R"({"throttle":true,"mbps":2})");
  EXPECT_TRUE(test::Eventually(std::chrono::seconds(10), [&] { return rate == 2e6; }));
}

TEST_F(KnobsFileTest, LooksEveryTwoSeconds) {
  Mount("{}");
  {
    const KnobsFollower follower(context_.ctx(), dir_ / "knobs.json", [](const Knobs&) {});
    EXPECT_TRUE(test::Eventually(std::chrono::seconds(10),
                                 [&] { return !context_.clock().sleeps().empty(); }));
  }
  EXPECT_EQ(context_.clock().sleeps().front(), std::chrono::seconds(2));
}

}  // namespace
}  // namespace culvert::runner
