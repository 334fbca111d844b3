// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/emulator.h"

#include "libs/maxcompute/client.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/emulator/emulator_fixture.h"

#include <fstream>

namespace culvert::emulator {
namespace {

using test::FailsWith;
using test::IsOk;

class EmulatorTest : public EmulatorFixture {
 protected:
  std::unique_ptr<maxcompute::Client> Client(const std::string& secret,
                                             const std::string& region = "") {
    credentials_ = maxcompute::StaticCredentials(
        {.access_key_id = "AKID", .access_key_secret = Secret(secret), .security_token = {}});
    maxcompute::ClientConfig config;
    config.endpoint = http::Url::Parse(emulator_->Endpoint()).value();
    config.project = "p";
    config.region = region;
    return maxcompute::MakeClient(config, *transport_, *credentials_, env_.clock());
  }
  // The client signs by the machine's clock, so that the emulator must have it too.
  void StartSigned() {
    emulator_.reset();
    options_.anonymous = false;
    options_.access_keys = {"AKID:the-secret"};
    auto started = Emulator::Start(options_, env_.clock(), env_.log());
    ASSERT_THAT(started, IsOk());
    emulator_ = std::move(*started);
    MakeTable("t", false);
  }
  std::unique_ptr<maxcompute::CredentialsProvider> credentials_;
};

TEST_F(EmulatorTest, IsReadByOurClient) {
  StartSigned();
  for (const char* region : {"", "eu-central-1"}) {
    const auto client = Client("the-secret", region);
    const auto table = client->GetTable(env_.ctx(), "T");
    ASSERT_THAT(table, IsOk());
    const auto session =
        client->tunnel().CreateDownload(env_.ctx(), {.table = "t", .partition = {}});
    ASSERT_THAT(session, IsOk());
    EXPECT_EQ(session->record_count, 0U);
  }
}

TEST_F(EmulatorTest, RefusesOurClientWithAWrongSecret) {
  StartSigned();
  EXPECT_THAT(Client("another")->GetTable(env_.ctx(), "t"), FailsWith(ErrorCode::kUnauthenticated));
}

TEST_F(EmulatorTest, NeedsAProjectAndAKey) {
  EmulatorOptions options;
  EXPECT_THAT(Emulator::Start(options, clock_, env_.log()), FailsWith(ErrorCode::kInvalidArgument));
  options.projects = {"p"};
  EXPECT_THAT(Emulator::Start(options, clock_, env_.log()), FailsWith(ErrorCode::kInvalidArgument));
  options.access_keys = {"no-secret"};
  EXPECT_THAT(Emulator::Start(options, clock_, env_.log()), FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(EmulatorTest, LoadsFilesAtStart) {
  const test::TempDir dir;
  std::ofstream(dir / "x.csv") << "a,b\n1,x\n";
  options_.load = {"loaded=" + (dir / "x.csv")};
  Start();
  EXPECT_EQ(Send("POST", "/projects/p/tables/loaded?downloads").status, 200);
  options_.load = {"loaded=" + (dir / "missing.csv")};
  EXPECT_FALSE(Emulator::Start(options_, clock_, env_.log()).has_value());
}

TEST_F(EmulatorTest, LeavesALoadedTableAloneAndLoadsAHalfOneAgain) {
  const test::TempDir dir;
  std::ofstream(dir / "x.csv") << "id,name\n1,x\n";
  options_.data_dir = dir / "data";
  options_.load = {"t=" + (dir / "x.csv")};
  Start();
  Fill(5, 2);
  Start();
  EXPECT_EQ(RowCount(), 3U);
  // As a kill in the middle of loading leaves it.
  ASSERT_THAT(emulator_->services().durable.Write({{"load", "p//t", ""}}), IsOk());
  Start();
  EXPECT_EQ(RowCount(), 1U);
}

TEST_F(EmulatorTest, KeepsEverythingInItsDirectory) {
  const test::TempDir dir;
  options_.data_dir = dir.path();
  Start();
  Fill(0, 10);
  const std::string upload = OpenUpload();
  ASSERT_EQ(Put(upload, 0, TestStream(10, 5)).status, 200);
  const std::string download = OpenDownload();
  Start();
  EXPECT_EQ(RowCount(), 10U);
  EXPECT_EQ(Read(download, "(0,10)").status, 200);
  EXPECT_EQ(Commit(upload).status, 200);
  Start();
  EXPECT_EQ(RowCount(), 15U);
}

TEST_F(EmulatorTest, RefusesADirectoryInUse) {
  const test::TempDir dir;
  options_.data_dir = dir.path();
  Start();
  EXPECT_THAT(Emulator::Start(options_, clock_, env_.log()),
              FailsWith(ErrorCode::kFailedPrecondition));
}

TEST_F(EmulatorTest, WritesItsLogs) {
  const test::TempDir dir;
  options_.event_log_file = dir / "events";
  options_.request_log_file = dir / "requests";
  Start();
  Fill(0, 3);
  emulator_.reset();
  std::ifstream events(dir / "events");
  std::string names;
  for (std::string line; std::getline(events, line);) {
    names += ParseJson(line).value()["event"].get<std::string>() + " ";
  }
  EXPECT_EQ(names,
            "session.open block.begin block.accept commit.begin commit.applied commit.replied ");
  std::ifstream requests(dir / "requests");
  std::string line;
  ASSERT_TRUE(std::getline(requests, line));
  EXPECT_EQ(ParseJson(line).value()["operation"], "upload.create");
}

}  // namespace
}  // namespace culvert::emulator
