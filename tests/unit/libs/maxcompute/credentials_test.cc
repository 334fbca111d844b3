// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/credentials.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace culvert::maxcompute {
namespace {

namespace fs = std::filesystem;
using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using ::testing::HasSubstr;

void WriteFile(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A directory as the kubelet keeps it: versions, and `..data` renamed over from one to the next.
class ProjectedSecret {
 public:
  void Publish(const std::string& version, std::string_view id, std::string_view secret,
               std::string_view token = "") {
    const std::string path = dir_ / (".." + version);
    fs::create_directory(path);
    WriteFile(path + "/accessKeyId", id);
    WriteFile(path + "/accessKeySecret", secret);
    if (!token.empty()) WriteFile(path + "/securityToken", token);
    Link(version);
  }
  void Link(const std::string& version) {
    fs::create_symlink(".." + version, dir_ / "..data_tmp");
    fs::rename(dir_ / "..data_tmp", dir_ / "..data");
  }
  void Remove(const std::string& version) { fs::remove_all(dir_ / (".." + version)); }
  std::string path() const { return dir_.path(); }

 private:
  test::TempDir dir_;
};

Credentials Key(std::string id, std::string secret) {
  return {.access_key_id = std::move(id),
          .access_key_secret = Secret(std::move(secret)),
          .security_token = {}};
}

TEST(StaticCredentialsTest, GivesTheKeyAndHasNoOther) {
  const auto provider = StaticCredentials(Key("AK", "s"));
  const auto key = provider->Get();
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->access_key_id, "AK");
  EXPECT_FALSE(provider->Refresh(**key));
}

TEST(FileCredentialsTest, ReadsAndTrimsThePlainFiles) {
  const test::TempDir dir;
  WriteFile(dir / "accessKeyId", "\n AKID \r\n");
  WriteFile(dir / "accessKeySecret", "s3cr3t\n");
  WriteFile(dir / "securityToken", "token\r\n");
  const auto key = FileCredentials(dir.path())->Get();
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->access_key_id, "AKID");
  EXPECT_EQ((*key)->access_key_secret.Reveal(), "s3cr3t");
  EXPECT_EQ((*key)->security_token.Reveal(), "token");
}

TEST(FileCredentialsTest, TokenIsOptional) {
  ProjectedSecret secret;
  secret.Publish("v1", "AK1", "s1");
  const auto key = FileCredentials(secret.path())->Get();
  ASSERT_THAT(key, IsOk());
  EXPECT_TRUE((*key)->security_token.empty());
}

TEST(FileCredentialsTest, KnowsTheEndWhereItIsSaid) {
  const test::TempDir dir;
  WriteFile(dir / "accessKeyId", "AKID");
  WriteFile(dir / "accessKeySecret", "s");
  EXPECT_FALSE((*FileCredentials(dir.path())->Get())->expires.has_value());
  WriteFile(dir / "expiration", "2026-02-03T04:05:06Z\n");
  const auto key = FileCredentials(dir.path())->Get();
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->expires, WallTime(std::chrono::seconds(1'770'091'506)));
  WriteFile(dir / "expiration", "next week");
  const auto vague = FileCredentials(dir.path())->Get();
  ASSERT_THAT(vague, IsOk());  // a key is a key
  EXPECT_FALSE((*vague)->expires.has_value());
}

TEST(FileCredentialsTest, MovesWithTheDataLink) {
  ProjectedSecret secret;
  secret.Publish("v1", "AK1", "s1", "t1");
  const auto provider = FileCredentials(secret.path());
  EXPECT_EQ((*provider->Get())->access_key_id, "AK1");
  secret.Publish("v2", "AK2", "s2");
  const auto key = provider->Get();
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->access_key_id, "AK2");
  EXPECT_EQ((*key)->access_key_secret.Reveal(), "s2");
  EXPECT_TRUE((*key)->security_token.empty());
}

TEST(FileCredentialsTest, RefreshTellsWhetherAnotherKeyIsThere) {
  ProjectedSecret secret;
  secret.Publish("v1", "AK1", "s1");
  const auto provider = FileCredentials(secret.path());
  const auto first = provider->Get();
  ASSERT_THAT(first, IsOk());
  EXPECT_FALSE(provider->Refresh(**first));
  secret.Publish("v2", "AK1", "s2");
  EXPECT_TRUE(provider->Refresh(**first));
  EXPECT_TRUE(provider->Refresh(**first)) << "another thread with the old key";
  EXPECT_FALSE(provider->Refresh(**provider->Get()));
}

TEST(FileCredentialsTest, RefreshRereadsPlainFiles) {
  const test::TempDir dir;
  WriteFile(dir / "accessKeyId", "AK1");
  WriteFile(dir / "accessKeySecret", "s1");
  const auto provider = FileCredentials(dir.path());
  const auto first = provider->Get();
  ASSERT_THAT(first, IsOk());
  WriteFile(dir / "accessKeySecret", "s2");
  EXPECT_TRUE(provider->Refresh(**first));
  EXPECT_EQ((*provider->Get())->access_key_secret.Reveal(), "s2");
}

TEST(FileCredentialsTest, KeepsItsKeyWhenTheSecretIsDeleted) {
  ProjectedSecret secret;
  secret.Publish("v1", "AK1", "s1");
  const auto provider = FileCredentials(secret.path());
  ASSERT_THAT(provider->Get(), IsOk());
  fs::create_directory(secret.path() + "/..empty");
  secret.Link("empty");
  const auto key = provider->Get();
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->access_key_id, "AK1");
  EXPECT_FALSE(provider->Refresh(**key));
}

TEST(FileCredentialsTest, IdAndSecretAreOfOneVersionWhileTheyChange) {
  ProjectedSecret secret;
  secret.Publish("v0", "AK0", "AK0");
  const auto provider = FileCredentials(secret.path());
  std::atomic<bool> stop{false};
  std::jthread kubelet([&] {
    for (int i = 1; i <= 300; ++i) {
      const std::string key = "AK" + std::to_string(i);
      secret.Publish("v" + std::to_string(i), key, key);
      secret.Remove("v" + std::to_string(i - 1));
    }
    stop = true;
  });
  while (!stop) {
    const auto key = provider->Get();
    ASSERT_THAT(key, IsOk());
    ASSERT_EQ((*key)->access_key_id, (*key)->access_key_secret.Reveal());
  }
  EXPECT_EQ((*provider->Get())->access_key_id, "AK300");
}

TEST(FileCredentialsTest, MissingFilesAreNamed) {
  const test::TempDir dir;
  auto key = FileCredentials(dir.path())->Get();
  EXPECT_THAT(key, FailsWith(ErrorCode::kUnauthenticated));
  EXPECT_THAT(key, FailsBecause("CredentialsMissing"));
  EXPECT_THAT(key.error().message, HasSubstr("accessKeyId"));
  WriteFile(dir / "accessKeyId", "AK");
  key = FileCredentials(dir.path())->Get();
  EXPECT_THAT(key, FailsBecause("CredentialsMissing"));
  EXPECT_THAT(key.error().message, HasSubstr(dir / "accessKeySecret"));
  key = FileCredentials(dir / "nowhere")->Get();
  EXPECT_THAT(key, FailsBecause("CredentialsMissing"));
}

TEST(FileCredentialsTest, MalformedFilesAreRefusedWithoutShowingThem) {
  for (const std::string_view bad :
       {std::string_view(" \n"), std::string_view("two words"), std::string_view("a\nb"),
        std::string_view("a\0b", 3), std::string_view("sch\xc3\xb6n")}) {
    const test::TempDir dir;
    WriteFile(dir / "accessKeyId", "AK");
    WriteFile(dir / "accessKeySecret", bad);
    const auto key = FileCredentials(dir.path())->Get();
    EXPECT_THAT(key, FailsBecause("CredentialsMalformed"));
    EXPECT_THAT(key.error().message, HasSubstr("accessKeySecret"));
  }
  const test::TempDir dir;
  WriteFile(dir / "accessKeySecret", std::string(70'000, 'x'));
  WriteFile(dir / "accessKeyId", "AK:s");
  EXPECT_THAT(FileCredentials(dir.path())->Get(), FailsBecause("CredentialsMalformed"));
  WriteFile(dir / "accessKeySecret", "s");
  EXPECT_THAT(FileCredentials(dir.path())->Get(), FailsBecause("CredentialsMalformed"));
}

}  // namespace
}  // namespace culvert::maxcompute
