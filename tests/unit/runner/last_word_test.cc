// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/last_word.h"

#include "libs/base/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::runner {
namespace {

using test::FailsBecause;
using test::IsOk;

TEST(LastWordTest, AFailureForgetsWhatWasDoneButNotWhatIsCommitted) {
  LastWord word(syncjob::Step::kWork);
  word.message().shard = syncjob::ShardReport{.route = "typed"};
  word.Committed(3);
  word.Committed(3);
  word.Committed(5);
  word.Failed(Unavailable("the network is gone").With("table", "t"));
  const syncjob::StepMessage& message = word.message();
  EXPECT_EQ(message.exit_code, 30);
  EXPECT_EQ(message.reason, "unavailable");
  EXPECT_EQ(message.message, "the network is gone (table=t)");
  EXPECT_EQ(message.committed, 2u);
  EXPECT_FALSE(message.shard);
  word.Failed(Unauthenticated("no").Because("CredentialsRejected"));
  EXPECT_EQ(word.message().exit_code, 21);
  EXPECT_EQ(word.message().reason, "CredentialsRejected");
}

TEST(LastWordTest, AReportOutlivesAFailureAfterTheCommits) {
  LastWord word(syncjob::Step::kCommit);
  word.message().run.emplace().job = "default/copy";
  word.Failed(FailedPrecondition("target.postSql[0]: no").Because("PostSqlFailed"));
  ASSERT_TRUE(word.message().run);
  EXPECT_EQ(word.message().run->job, "default/copy");
  EXPECT_EQ(word.message().exit_code, 10);
  word.Failed(Unavailable("no"));
  EXPECT_FALSE(word.message().run);
}

TEST(LastWordTest, IsWrittenInPlace) {
  const test::TempDir dir;
  const std::string path = dir / "termination-log";
  ASSERT_THAT(WriteFileDurably(path, std::string(5'000, 'x')), IsOk());
  const syncjob::StepMessage message{
      .step = syncjob::Step::kPlan, .exit_code = 12, .reason = "NoSuchTable", .message = "m"};
  ASSERT_THAT(WriteLastWord(path, message), IsOk());
  const auto text = ReadWholeFile(path, 10'000);
  ASSERT_THAT(text, IsOk());
  EXPECT_EQ(*text, syncjob::StepMessageToJson(message));
  EXPECT_THAT(WriteLastWord(dir / "no/such/place", message), FailsBecause("LocalPressure"));
}

}  // namespace
}  // namespace culvert::runner
