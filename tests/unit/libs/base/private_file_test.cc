// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/private_file.h"

#include "libs/base/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace culvert {
namespace {

using test::IsOk;

std::size_t Entries(const std::string& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    count += static_cast<std::size_t>(!entry.path().empty());
  }
  return count;
}

TEST(PrivateFileTest, IsThereWholeOrNotAtAll) {
  const test::TempDir dir;
  const std::string path = dir.path() + "/rows.jsonl";
  const std::string line(100'000, 'x');
  {
    auto file = PrivateFile::Create(path);
    ASSERT_THAT(file, IsOk());
    EXPECT_THAT(file->Append(line), IsOk());
    EXPECT_FALSE(std::filesystem::exists(path));
  }
  EXPECT_EQ(Entries(dir.path()), 0u);
  auto file = PrivateFile::Create(path);
  ASSERT_THAT(file, IsOk());
  EXPECT_THAT(file->Append(line), IsOk());
  EXPECT_THAT(file->Append("end"), IsOk());
  EXPECT_THAT(file->Publish(), IsOk());
  EXPECT_THAT(ReadWholeFile(path, 1'000'000), test::IsOkAndHolds(line + "end"));
  EXPECT_EQ(Entries(dir.path()), 1u);
}

TEST(PrivateFileTest, IsForItsOwnerAlone) {
  const test::TempDir dir;
  const std::string path = dir.path() + "/rows.jsonl";
  auto file = PrivateFile::Create(path);
  ASSERT_THAT(file, IsOk());
  EXPECT_THAT(file->Publish(), IsOk());
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(PrivateFileTest, TheLastOfTwoWritersWins) {
  const test::TempDir dir;
  const std::string path = dir.path() + "/rows.jsonl";
  auto first = PrivateFile::Create(path);
  auto second = PrivateFile::Create(path);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(first->Append("first"), IsOk());
  EXPECT_THAT(second->Append("second"), IsOk());
  EXPECT_THAT(second->Publish(), IsOk());
  EXPECT_THAT(first->Publish(), IsOk());
  EXPECT_THAT(ReadWholeFile(path, 100), test::IsOkAndHolds(std::string("first")));
  EXPECT_EQ(Entries(dir.path()), 1u);
}

TEST(PrivateFileTest, SaysWhereItCannotBe) {
  const test::TempDir dir;
  const auto file = PrivateFile::Create(dir.path() + "/missing/rows.jsonl");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace culvert
