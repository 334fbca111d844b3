// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"

#include "libs/base/digest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace culvert {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using test::IsOkAndHolds;
using test::TempDir;

constexpr std::size_t kLimit = 1 << 20;

void WritePlainly(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(FileTest, ReadsBackWhatItWrote) {
  const TempDir dir;
  const std::string text = std::string(200'000, 'x') + '\0' + "end";
  EXPECT_THAT(WriteFileDurably(dir / "a", text), IsOk());
  EXPECT_THAT(ReadWholeFile(dir / "a", kLimit), IsOkAndHolds(text));
}

TEST(FileTest, ReplacesAWholeFileAndLeavesNothingElse) {
  const TempDir dir;
  EXPECT_THAT(WriteFileDurably(dir / "a", "a longer text"), IsOk());
  EXPECT_THAT(WriteFileDurably(dir / "a", AsBytes("short")), IsOk());
  EXPECT_THAT(ReadWholeFile(dir / "a", kLimit), IsOkAndHolds(std::string("short")));
  EXPECT_NE(::access((dir / "a.tmp").c_str(), F_OK), 0);
}

TEST(FileTest, ReadingStopsAtTheLimit) {
  const TempDir dir;
  WritePlainly(dir / "a", "12345");
  EXPECT_THAT(ReadWholeFile(dir / "a", 5), IsOk());
  EXPECT_THAT(ReadWholeFile(dir / "a", 4), FailsWith(ErrorCode::kOutOfRange));
}

TEST(FileTest, NamesWhatIsMissing) {
  const TempDir dir;
  const auto result = ReadWholeFile(dir / "nothing", kLimit);
  EXPECT_THAT(result, FailsWith(ErrorCode::kNotFound));
  EXPECT_NE(result.error().message.find("nothing"), std::string::npos);
  EXPECT_THAT(WriteFileDurably(dir / "no/such/dir", "x"), FailsWith(ErrorCode::kNotFound));
}

TEST(FileTest, RefusesADirectoryAsAFile) {
  const TempDir dir;
  EXPECT_THAT(ReadWholeFile(dir.path(), kLimit), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(FileTest, DeniedAccessIsPermissionDenied) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TempDir dir;
  WritePlainly(dir / "a", "x");
  ::chmod((dir / "a").c_str(), 0);
  EXPECT_THAT(ReadWholeFile(dir / "a", kLimit), FailsWith(ErrorCode::kPermissionDenied));
}

// A file-size limit stands in for a disk that fills up half way through a write.
class FileSizeLimitTest : public testing::Test {
 protected:
  FileSizeLimitTest() : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
  }
  ~FileSizeLimitTest() override {
    Restore();
    std::signal(SIGXFSZ, handler_);
  }
  void Limit(rlim_t bytes) {
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  void Restore() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(FileSizeLimitTest, AFailedReplacementKeepsTheOldFile) {
  const TempDir dir;
  ASSERT_THAT(WriteFileDurably(dir / "a", "old"), IsOk());
  Limit(1000);
  const Status status = WriteFileDurably(dir / "a", std::string(5000, 'n'));
  Restore();
  EXPECT_THAT(status, FailsBecause("LocalPressure"));
  EXPECT_THAT(ReadWholeFile(dir / "a", kLimit), IsOkAndHolds(std::string("old")));
  EXPECT_NE(::access((dir / "a.tmp").c_str(), F_OK), 0);
}

TEST_F(FileSizeLimitTest, AFailedAppendLeavesNoTornLine) {
  const TempDir dir;
  auto log = DurableLog::Open(dir / "journal");
  ASSERT_THAT(log, IsOk());
  ASSERT_THAT(log->Append("one"), IsOk());
  Limit(100);
  const Status failed = log->Append(std::string(500, 'x'));
  Restore();
  EXPECT_THAT(failed, FailsBecause("LocalPressure"));
  EXPECT_THAT(log->Append("two"), IsOk());
  EXPECT_THAT(ReadWholeFile(dir / "journal", kLimit), IsOkAndHolds(std::string("one\ntwo\n")));
}

TEST(FileTest, EnsureDirectoryMakesParentsAndAcceptsWhatIsThere) {
  const TempDir dir;
  EXPECT_THAT(EnsureDirectory(dir / "a/b//c/"), IsOk());
  EXPECT_THAT(EnsureDirectory(dir / "a/b/c"), IsOk());
  EXPECT_THAT(WriteFileDurably(dir / "a/b/c/file", "x"), IsOk());
  EXPECT_THAT(EnsureDirectory(dir / "a/b/c/file"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(EnsureDirectory(""), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(FileTest, RemovingTwiceIsFine) {
  const TempDir dir;
  WritePlainly(dir / "a", "x");
  EXPECT_THAT(RemoveFileDurably(dir / "a"), IsOk());
  EXPECT_THAT(RemoveFileDurably(dir / "a"), IsOk());
}

TEST(DurableLogTest, KeepsLinesOverReopening) {
  const TempDir dir;
  for (const char* line : {"one", "", "three"}) {
    auto log = DurableLog::Open(dir / "journal");
    ASSERT_THAT(log, IsOk());
    ASSERT_THAT(log->Append(line), IsOk());
  }
  EXPECT_THAT(ReadWholeFile(dir / "journal", kLimit), IsOkAndHolds(std::string("one\n\nthree\n")));
}

TEST(DurableLogTest, MakesTheDirectoriesAboveIt) {
  const TempDir dir;
  auto log = DurableLog::Open(dir / "a/b/journal");
  ASSERT_THAT(log, IsOk());
  ASSERT_THAT(log->Append("one"), IsOk());
  EXPECT_THAT(ReadWholeFile(dir / "a/b/journal", kLimit), IsOkAndHolds(std::string("one\n")));
}

TEST(DurableLogTest, ALineForLaterIsThereBeforeTheNext) {
  const TempDir dir;
  auto log = DurableLog::Open(dir / "journal");
  ASSERT_THAT(log, IsOk());
  ASSERT_THAT(log->AppendLater("one"), IsOk());
  EXPECT_THAT(ReadWholeFile(dir / "journal", kLimit), IsOkAndHolds(std::string("one\n")));
  ASSERT_THAT(log->Append("two"), IsOk());
  EXPECT_THAT(log->AppendLater("with\na newline"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ReadWholeFile(dir / "journal", kLimit), IsOkAndHolds(std::string("one\ntwo\n")));
}

TEST(DurableLogTest, CutsOffATornLastLine) {
  const TempDir dir;
  for (const std::string& torn : {std::string("tor"), std::string(200'000, 't')}) {
    WritePlainly(dir / "journal", "one\n" + torn);
    auto log = DurableLog::Open(dir / "journal");
    ASSERT_THAT(log, IsOk());
    ASSERT_THAT(log->Append("two"), IsOk());
    EXPECT_THAT(ReadWholeFile(dir / "journal", kLimit), IsOkAndHolds(std::string("one\ntwo\n")));
  }
}

TEST(DurableLogTest, AFileOfOneTornLineBecomesEmpty) {
  const TempDir dir;
  WritePlainly(dir / "journal", "tor");
  ASSERT_THAT(DurableLog::Open(dir / "journal"), IsOk());
  EXPECT_THAT(ReadWholeFile(dir / "journal", kLimit), IsOkAndHolds(std::string()));
}

TEST(DurableLogTest, RefusesASecondOwner) {
  const TempDir dir;
  auto log = DurableLog::Open(dir / "journal");
  ASSERT_THAT(log, IsOk());
  EXPECT_THAT(DurableLog::Open(dir / "journal"), FailsWith(ErrorCode::kFailedPrecondition));
}

TEST(DurableLogTest, RefusesALineWithANewline) {
  const TempDir dir;
  auto log = DurableLog::Open(dir / "journal");
  ASSERT_THAT(log, IsOk());
  EXPECT_THAT(log->Append("a\nb"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(DurableLogTest, MovesWithItsFile) {
  const TempDir dir;
  auto opened = DurableLog::Open(dir / "journal");
  ASSERT_THAT(opened, IsOk());
  DurableLog log = std::move(*opened);
  EXPECT_THAT(log.Append("one"), IsOk());
  EXPECT_EQ(log.path(), dir / "journal");
}

}  // namespace
}  // namespace culvert
