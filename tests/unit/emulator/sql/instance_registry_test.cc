// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/instance_registry.h"

#include "emulator/durable_store.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/emulator/sql/world.h"

namespace culvert::emulator::sql {
namespace {

constexpr std::chrono::seconds kPatience{20};

Job Submission(std::string sql) {
  Job job;
  job.xml = "<Job><Guid>g1</Guid></Job>";
  job.query = std::move(sql);
  job.guid = "g1";
  return job;
}

class InstanceRegistryTest : public ::testing::Test {
 protected:
  std::unique_ptr<InstanceRegistry> Load(DurableStore& durable) {
    return InstanceRegistry::Load(world.executor(), durable, world.env.clock(), world.env.log())
        .value();
  }
  InstanceView Finish(InstanceRegistry& registry, Job job) {
    const std::string id = registry.Submit("demo", "me", std::move(job)).value();
    InstanceView view = registry.Wait("DEMO", id, kPatience).value();
    EXPECT_TRUE(view.terminated());
    return view;
  }
  World world;
};

TEST_F(InstanceRegistryTest, RunsAndKeepsTheRows) {
  const auto registry = Load(world.durable());
  const InstanceView view = Finish(*registry, Submission("select 1 as a"));
  EXPECT_EQ(view.task, TaskStatus::kSuccess);
  EXPECT_EQ(view.text, "\"a\"\n1\n");
  const auto rows = registry->Find("demo", view.id);
  ASSERT_THAT(rows, test::IsOk());
  EXPECT_EQ(rows->segments.at(0)->rows(), 1U);
}

TEST_F(InstanceRegistryTest, AFailureKeepsItsText) {
  const auto registry = Load(world.durable());
  const InstanceView view = Finish(*registry, Submission("select * from nosuch"));
  EXPECT_EQ(view.task, TaskStatus::kFailed);
  EXPECT_EQ(view.text,
            "ODPS-0130131:[1,15] Table not found - table demo.nosuch cannot be resolved");
  EXPECT_THAT(registry->Find("demo", view.id), test::FailsBecause("TaskFailed"));
}

TEST_F(InstanceRegistryTest, AStatementWithoutRowsHasNone) {
  const auto registry = Load(world.durable());
  const InstanceView view = Finish(*registry, Submission("create table t (a bigint)"));
  EXPECT_THAT(registry->Find("demo", view.id), test::FailsBecause("InvalidArgument"));
  EXPECT_THAT(registry->Find("other", view.id), test::FailsBecause("NoSuchInstance"));
}

TEST_F(InstanceRegistryTest, TheSameGuidTwiceIsTwoInstances) {
  const auto registry = Load(world.durable());
  EXPECT_NE(Finish(*registry, Submission("select 1")).id,
            Finish(*registry, Submission("select 1")).id);
  EXPECT_EQ(registry->List("demo").size(), 2U);
}

TEST_F(InstanceRegistryTest, StopsWhatRuns) {
  const auto registry = Load(world.durable());
  ASSERT_EQ(
      world.Text("create table t (a bigint); insert into t values (1),(2),(3),(4),(5),(6),(7),"
                 "(8),(9),(10)"),
      "");
  const std::string id =
      registry
          ->Submit(
              "demo", "me",
              Submission(
                  "select count(*) from t a, t b, t c, t d, t e, t f, t g, t h, t i, t j, t k"))
          .value();
  ASSERT_THAT(registry->Stop("demo", id), test::IsOk());
  EXPECT_EQ(registry->Wait("demo", id, kPatience)->task, TaskStatus::kCancelled);
  EXPECT_THAT(registry->Stop("demo", id), test::FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(registry->Stop("demo", "nosuch"), test::FailsBecause("NoSuchInstance"));
}

TEST_F(InstanceRegistryTest, HistorySurvivesARestart) {
  const test::TempDir directory;
  std::string id;
  {
    const auto durable = OpenSqliteStore(directory.path()).value();
    const auto registry = Load(*durable);
    id = Finish(*registry, Submission("select 1 as a")).id;
  }
  const auto durable = OpenSqliteStore(directory.path()).value();
  ASSERT_THAT(durable->Write({{"instance", "20260101g1",
                               R"({"project":"demo","owner":"me","task":1,"task_name":"x","guid":"",
                                   "priority":9,"source":"<Job/>","format":"text","text":"",
                                   "start":5,"end":0})"}}),
              test::IsOk());
  const auto registry = Load(*durable);
  const auto view = registry->Get("demo", id);
  ASSERT_THAT(view, test::IsOk());
  EXPECT_EQ(view->task, TaskStatus::kSuccess);
  EXPECT_EQ(view->source, "<Job><Guid>g1</Guid></Job>");
  EXPECT_EQ(view->text, "\"a\"\n1\n");
  EXPECT_THAT(registry->Find("demo", id), test::FailsBecause("InvalidArgument"));
  // What ran when the process ended is failed, not running for ever.
  EXPECT_EQ(registry->Get("demo", "20260101g1")->task, TaskStatus::kFailed);
}

}  // namespace
}  // namespace culvert::emulator::sql
