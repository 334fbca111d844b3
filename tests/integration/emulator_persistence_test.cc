// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/json.h"
#include "libs/http/curl_transport.h"
#include "tests/support/process.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_context.h"
#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <thread>

// The emulator's promise about its data directory: what was answered is there after a kill, what
// was not is there whole or not at all, and a commit counts once.

namespace culvert::emulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::IsOk;

constexpr const char* kTable = "/projects/p/tables/t";

class PersistenceTest : public ::testing::Test {
 protected:
  PersistenceTest() {
    http::CurlTransportOptions options;
    options.allow_plain_http = true;
    transport_ = http::MakeCurlTransport(options);
    std::ofstream(dir_ / "t.csv") << "id:bigint,name:string\n";
  }
  void StartEmulator() {
    auto started = test::Process::Start(
        {.args = {CULVERT_BIN_DIR "/culvert-emulator", "--project", "p", "--anonymous",
                  "--data-dir", dir_ / "data", "--load", "t=" + (dir_ / "t.csv")}});
    ASSERT_THAT(started, IsOk());
    emulator_ = *std::move(started);
    const auto line = emulator_->ReadLine(seconds(30));
    ASSERT_THAT(line, IsOk()) << emulator_->stderr_text();
    tunnel_ = ParseJson(*line).value()["tunnel"];
  }
  // Nothing when the connection broke.
  std::optional<nlohmann::json> Ask(const std::string& method, const std::string& query,
                                    const std::string& body = "") {
    http::Request request;
    request.method = method;
    request.url = tunnel_ + kTable + "?" + query;
    request.body = body;
    const auto response = transport_->Send(env_.ctx(seconds(20)), request);
    if (!response) return std::nullopt;
    EXPECT_EQ(response->status, 200) << method << " " << query << ": " << response->body;
    if (response->status != 200) return std::nullopt;
    if (response->body.empty()) return nlohmann::json::object();
    auto json = ParseJson(response->body);
    return json ? *json : nlohmann::json(response->body);
  }
  std::multiset<std::int64_t> VisibleIds() {
    const auto session = Ask("POST", "downloads");
    EXPECT_TRUE(session.has_value());
    if (!session) return {};
    http::Request request;
    request.url =
        tunnel_ + kTable + "?data&downloadid=" + (*session)["DownloadID"].get<std::string>() +
        "&rowrange=(0," + std::to_string((*session)["RecordCount"].get<std::uint64_t>()) + ")";
    const auto response = transport_->Send(env_.ctx(seconds(20)), request);
    EXPECT_THAT(response, IsOk());
    if (!response) return {};
    const auto ids = TestIds(response->body);
    EXPECT_THAT(ids, IsOk());
    return ids ? std::multiset<std::int64_t>(ids->begin(), ids->end())
               : std::multiset<std::int64_t>();
  }

  test::TempDir dir_;
  test::RealContext env_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<test::Process> emulator_;
  std::string tunnel_;
};

// One upload session as its client sees it.
struct Upload {
  std::string id;
  bool overwrite = false;
  std::int64_t first = 0;
  int blocks_sent = 0;  // and answered
};
constexpr int kBlocks = 3;
constexpr std::int64_t kRowsPerBlock = 500;

class KillLoopTest : public PersistenceTest {
 protected:
  // Goes on with `upload_` from where it stands; false when the connection broke.
  bool Step() {
    if (upload_.id.empty()) {
      upload_.overwrite = next_ % 5 == 4 && !overwrite_lost_;
      const auto opened = Ask("POST", upload_.overwrite ? "uploads&overwrite=true" : "uploads");
      if (!opened) {
        // It may be open all the same, and then stands in the way of any other.
        overwrite_lost_ = overwrite_lost_ || upload_.overwrite;
        return false;
      }
      upload_.id = (*opened)["UploadID"];
      upload_.first = next_++ * kBlocks * kRowsPerBlock;
      upload_.blocks_sent = 0;
    }
    for (; upload_.blocks_sent < kBlocks; ++upload_.blocks_sent) {
      const std::string stream =
          TestStream(upload_.first + upload_.blocks_sent * kRowsPerBlock, kRowsPerBlock);
      if (!Ask("PUT", "uploadid=" + upload_.id + "&blockid=" + std::to_string(upload_.blocks_sent),
               stream)) {
        return false;
      }
    }
    if (!Ask("POST", "uploadid=" + upload_.id)) return false;
    Applied();
    return true;
  }
  void Applied() {
    if (upload_.overwrite) expected_.clear();
    for (std::int64_t i = 0; i < kBlocks * kRowsPerBlock; ++i) expected_.insert(upload_.first + i);
    upload_ = {};
  }
  // After a restart: what did the session that was cut off come to?
  void Recover() {
    if (upload_.id.empty()) return;
    const auto session = Ask("GET", "uploadid=" + upload_.id);
    ASSERT_TRUE(session.has_value());
    if ((*session)["Status"] == "closed") {
      EXPECT_EQ(upload_.blocks_sent, kBlocks);
      return Applied();
    }
    EXPECT_EQ((*session)["Status"], "normal");
    std::set<int> held;
    for (const auto& block : (*session)["UploadedBlockList"]) {
      held.insert(block["BlockID"].get<int>());
      EXPECT_EQ(block["RecordCount"], kRowsPerBlock);
    }
    for (int block = 0; block < upload_.blocks_sent; ++block) {
      EXPECT_TRUE(held.contains(block)) << "block " << block << " was answered and is gone";
    }
  }

  Upload upload_;
  std::int64_t next_ = 0;
  std::multiset<std::int64_t> expected_;
  bool overwrite_lost_ = false;
};

TEST_F(KillLoopTest, KeepsWhatItAnsweredThroughKills) {
  constexpr std::uint64_t kSeed = 20261122;
  constexpr int kKills = 50;
  RecordProperty("seed", std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int kill = 0; kill < kKills && !HasFailure(); ++kill) {
    StartEmulator();
    ASSERT_FALSE(HasFatalFailure());
    Recover();
    EXPECT_EQ(VisibleIds(), expected_) << "after kill " << kill << ", seed " << kSeed;
    const milliseconds life(random() % 200);
    const std::jthread killer([&, life] {
      Clock& clock = env_.clock();
      (void)clock.SleepUntil(clock.SteadyNow() + life, {});
      emulator_->Signal(SIGKILL);
    });
    while (Step()) {
    }
  }
  StartEmulator();
  ASSERT_FALSE(HasFatalFailure());
  Recover();
  EXPECT_EQ(VisibleIds(), expected_);
  EXPECT_GT(next_, kKills / 5) << "too little was written between the kills";
}

TEST_F(PersistenceTest, StopsCleanlyAndLeavesNoFilesOfReplacedRows) {
  StartEmulator();
  ASSERT_FALSE(HasFatalFailure());
  const std::string upload = (*Ask("POST", "uploads"))["UploadID"];
  ASSERT_TRUE(Ask("PUT", "blockid=0&uploadid=" + upload, TestStream(0, 1000)));
  ASSERT_TRUE(Ask("POST", "uploadid=" + upload));
  const std::string empty = (*Ask("POST", "uploads&overwrite=true"))["UploadID"];
  ASSERT_TRUE(Ask("POST", "uploadid=" + empty));
  emulator_->Signal(SIGTERM);
  EXPECT_THAT(emulator_->Wait(seconds(20)), test::IsOkAndHolds(0));
  StartEmulator();
  ASSERT_FALSE(HasFatalFailure());
  EXPECT_TRUE(VisibleIds().empty());
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "data/segments"));
}

TEST_F(PersistenceTest, RefusesADirectoryInUse) {
  StartEmulator();
  ASSERT_FALSE(HasFatalFailure());
  const auto second = test::RunProcess({.args = {CULVERT_BIN_DIR "/culvert-emulator", "--project",
                                                 "p", "--anonymous", "--data-dir", dir_ / "data"}},
                                       seconds(20));
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(second->exit_code, 0);
  EXPECT_NE(second->stderr_text.find("another emulator uses this data directory"),
            std::string::npos)
      << second->stderr_text;
}

}  // namespace
}  // namespace culvert::emulator
