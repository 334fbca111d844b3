// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/prepare.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/engine/fakes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using test::IsOk;
using ::testing::SizeIs;

// The part of a client that SQL needs; statements end at once.
class FakeClient final : public maxcompute::Client {
 public:
  std::vector<maxcompute::SqlRequest> submitted;
  std::map<std::string, std::string> instance_of;  // guid -> id
  bool lose_next_answer = false;

  Result<maxcompute::Instance> SubmitSql(const OpContext&,
                                         const maxcompute::SqlRequest& request) override {
    submitted.push_back(request);
    instance_of[request.guid] = "i" + std::to_string(submitted.size());
    if (std::exchange(lose_next_answer, false)) return Fail(Unavailable("the answer was lost"));
    return maxcompute::Instance{.id = instance_of[request.guid],
                                .state = maxcompute::InstanceState::kTerminated};
  }
  Result<std::vector<std::string>> FindInstances(const OpContext&, const std::string& guid,
                                                 WallTime) override {
    if (!instance_of.contains(guid)) return std::vector<std::string>{};
    return std::vector<std::string>{instance_of[guid]};
  }
  Result<maxcompute::InstanceResult> WaitInstance(const OpContext&, const std::string&) override {
    return maxcompute::InstanceResult{
        .task_state = maxcompute::TaskState::kSuccess, .format = "text", .text = ""};
  }

  Result<maxcompute::Project> GetProject(const OpContext&) override { return Unused(); }
  Result<maxcompute::Table> GetTable(const OpContext&, const std::string&) override {
    return Unused();
  }
  Result<std::vector<maxcompute::Partition>> ListPartitions(const OpContext&, const std::string&,
                                                            std::size_t) override {
    return Unused();
  }
  Result<maxcompute::Partition> GetPartition(const OpContext&, const std::string&,
                                             const record::PartitionSpec&) override {
    return Unused();
  }
  Result<maxcompute::Instance> GetInstance(const OpContext&, const std::string&) override {
    return Unused();
  }
  Result<maxcompute::InstanceResult> GetInstanceResult(const OpContext&,
                                                       const std::string&) override {
    return Unused();
  }
  Result<maxcompute::InstanceResult> RunIdempotentSql(const OpContext&,
                                                      const maxcompute::SqlRequest&) override {
    return Unused();
  }
  maxcompute::Tunnel& tunnel() override { std::abort(); }

 private:
  static std::unexpected<Error> Unused() { return Fail(Internal("not used here")); }
};

syncjob::Plan TruncatingPlan() {
  syncjob::Plan plan;
  plan.job = "default/copy";
  plan.created = "2026-01-02T03:04:05Z";
  plan.truncate_by_sql = true;
  syncjob::MaxComputeTarget target;
  target.table = "t";
  plan.spec.target = target;
  plan.targets = {{.partition = "dt=1,kind=a\\b"}, {.partition = "dt=2,kind=c"}};
  plan.sessions = {{.upload_id = "u1", .target = 0, .shard = 0},
                   {.upload_id = "u2", .target = 1, .shard = 0}};
  return plan;
}

TEST(PrepareTest, TruncatesEachPartitionOnce) {
  test::FakeContext context;
  FakeClient client;
  test::FakeTarget target(test::TestColumns());
  const syncjob::Plan plan = TruncatingPlan();
  ASSERT_THAT(Prepare(context.ctx(), plan, client, target), IsOk());
  ASSERT_THAT(client.submitted, SizeIs(2));
  EXPECT_EQ(client.submitted[0].sql, "TRUNCATE TABLE `t` PARTITION (`dt`='1',`kind`='a\\\\b');");
  ASSERT_THAT(Prepare(context.ctx(), plan, client, target), IsOk());
  EXPECT_THAT(client.submitted, SizeIs(2)) << "the statements are recognised by their ids";
}

TEST(PrepareTest, LooksForAStatementWhoseAnswerWasLost) {
  test::FakeContext context;
  FakeClient client;
  client.lose_next_answer = true;
  test::FakeTarget target(test::TestColumns());
  ASSERT_THAT(Prepare(context.ctx(), TruncatingPlan(), client, target), IsOk());
  EXPECT_THAT(client.submitted, SizeIs(2));
}

TEST(PrepareTest, TouchesNothingOnceABlockIsThere) {
  test::FakeContext context;
  FakeClient client;
  test::FakeTarget target(test::TestColumns());
  target.blocks[1][7].rows = 3;
  ASSERT_THAT(Prepare(context.ctx(), TruncatingPlan(), client, target), IsOk());
  EXPECT_THAT(client.submitted, SizeIs(0));
}

TEST(PrepareTest, TouchesNothingOnceASessionIsCommitted) {
  test::FakeContext context;
  FakeClient client;
  test::FakeTarget target(test::TestColumns());
  target.states[0] = SessionState::kCommitted;
  ASSERT_THAT(Prepare(context.ctx(), TruncatingPlan(), client, target), IsOk());
  EXPECT_THAT(client.submitted, SizeIs(0));
}

TEST(PrepareTest, NeverTakesABrokenPartitionForTheWholeTable) {
  test::FakeContext context;
  FakeClient client;
  test::FakeTarget target(test::TestColumns());
  syncjob::Plan plan = TruncatingPlan();
  plan.targets[1].partition = "dt=";
  EXPECT_FALSE(Prepare(context.ctx(), plan, client, target));
  EXPECT_THAT(client.submitted, SizeIs(0));
}

TEST(PrepareTest, GivesEachAttemptItsOwnIds) {
  syncjob::Plan plan = TruncatingPlan();
  const std::string first = PrepareStatements(plan).value()[0].guid;
  plan.attempt = 2;
  EXPECT_NE(PrepareStatements(plan).value()[0].guid, first);
  plan.truncate_by_sql = false;
  EXPECT_THAT(PrepareStatements(plan).value(), SizeIs(0));
}

}  // namespace
}  // namespace culvert::runner
