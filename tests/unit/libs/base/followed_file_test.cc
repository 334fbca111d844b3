// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/followed_file.h"

#include "libs/base/file.h"
#include "libs/base/mutex.h"
#include "tests/support/poll.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace culvert {
namespace {

using test::IsOk;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A directory as the kubelet makes it: a file that is a link into `..data`, itself a link that is
/// replaced.
class FollowedFileTest : public testing::Test {
 protected:
  FollowedFileTest() { std::filesystem::create_symlink("..data/word", dir_ / "word"); }
  void Mount(const std::string& text) {
    const std::string version = "..version" + std::to_string(++versions_);
    std::filesystem::create_directory(dir_ / version);
    ASSERT_THAT(WriteFileDurably(dir_ / (version + "/word"), text), IsOk());
    std::filesystem::create_symlink(version, dir_ / "..data_tmp");
    std::filesystem::rename(dir_ / "..data_tmp", dir_ / "..data");
  }
  void Poll() { file_.Poll(context_.ctx()); }
  std::size_t TimesTold() const {
    std::size_t times = 0;
    for (std::size_t at = 0;
         (at = context_.log_text().find("not followed", at)) != std::string::npos; ++at) {
      ++times;
    }
    return times;
  }

  test::FakeContext context_;
  test::TempDir dir_;
  std::vector<std::string> taken_;
  FollowedFile file_{dir_ / "word", "not followed",
                     [this](const OpContext&, const std::string& text) -> Status {
                       if (text.starts_with("wrong")) return Fail(InvalidArgument(text + "!"));
                       taken_.push_back(text);
                       return {};
                     }};

 private:
  int versions_ = 0;
};

TEST_F(FollowedFileTest, TakesEachNewContentOnce) {
  Mount("a");
  Poll();
  Poll();
  Mount("b");
  Poll();
  Mount("b");
  Poll();
  Mount("a");
  Poll();
  EXPECT_THAT(taken_, ElementsAre("a", "b", "a"));
  EXPECT_EQ(TimesTold(), 0U);
}

TEST_F(FollowedFileTest, WhatIsWrongIsToldOnceAndChangesNothing) {
  Mount("a");
  Poll();
  Mount("wrong");
  for (int i = 0; i < 3; ++i) Poll();
  EXPECT_THAT(taken_, ElementsAre("a"));
  EXPECT_THAT(context_.log_text(),
              HasSubstr(R"("level":"warn","msg":"not followed","file":")" + dir_.path()));
  EXPECT_THAT(context_.log_text(), HasSubstr(R"("error":"wrong!")"));
  EXPECT_EQ(TimesTold(), 1U);
  Mount("wrong too");
  Poll();
  EXPECT_EQ(TimesTold(), 2U);
  Mount("b");
  Poll();
  EXPECT_THAT(taken_, ElementsAre("a", "b"));
  Mount("wrong too");
  Poll();
  EXPECT_EQ(TimesTold(), 3U);
}

TEST_F(FollowedFileTest, TakesNothingLarge) {
  Mount(std::string(4097, ' '));
  Poll();
  EXPECT_THAT(taken_, IsEmpty());
  EXPECT_THAT(context_.log_text(), HasSubstr("larger than 4096 bytes"));
  Mount(std::string(4096, ' '));
  Poll();
  EXPECT_THAT(taken_, testing::SizeIs(1));
}

TEST_F(FollowedFileTest, AFileThatIsNotThereYetMayCome) {
  Poll();
  Poll();
  EXPECT_THAT(taken_, IsEmpty());
  EXPECT_EQ(TimesTold(), 1U);
  Mount("a");
  Poll();
  EXPECT_THAT(taken_, ElementsAre("a"));
}

/// Time passes in steps of the follower's pauses, as fast as they come.
TEST_F(FollowedFileTest, TheFollowerSeesAChange) {
  Mount("a");
  Mutex mutex;
  std::string last;
  const auto seen = [&] {
    const MutexLock lock(mutex);
    return last;
  };
  const FileFollower follower(
      context_.ctx(),
      {dir_ / "word", "not followed", [&](const OpContext&, const std::string& text) -> Status {
         const MutexLock lock(mutex);
         last = text;
         return {};
       }});
  EXPECT_EQ(seen(), "a");  // before anything else happens
  Mount("b");
  EXPECT_TRUE(test::Eventually(std::chrono::seconds(10), [&] { return seen() == "b"; }));
}

TEST_F(FollowedFileTest, TheFollowerLooksEveryTwoSeconds) {
  Mount("a");
  {
    const FileFollower follower(context_.ctx(), std::move(file_));
    EXPECT_TRUE(test::Eventually(std::chrono::seconds(10),
                                 [&] { return !context_.clock().sleeps().empty(); }));
  }
  EXPECT_EQ(context_.clock().sleeps().front(), std::chrono::seconds(2));
}

TEST_F(FollowedFileTest, NoPathIsFollowedByNobody) {
  {
    const FileFollower follower(context_.ctx(),
                                {"", "not followed", [](const OpContext&, const std::string&) {
                                   ADD_FAILURE() << "there is no file";
                                   return Status();
                                 }});
  }
  EXPECT_TRUE(context_.clock().sleeps().empty());
  EXPECT_EQ(context_.log_text(), "");
}

}  // namespace
}  // namespace culvert
