// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/refusals.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

// What the preflight refuses, it refuses before anything is truncated or created: the runner alone.

namespace culvert::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RunnerRefusalsTest : public RunnerFixture, public ::testing::WithParamInterface<Refusal> {
 protected:
  void SetUp() override {
    options_.request_log_file = dir() / "requests.log";
    Start();
    if (HasFatalFailure()) return;
    MakeRefusalTables(server().services());
  }

  std::string Documents(const Refusal& refusal) {
    std::string text = nlohmann::json{
        {"apiVersion", "culvert.dev/v1alpha1"},
        {"kind", "SyncJob"},
        {"metadata", {{"name", "refused"}}},
        {"spec",
         SpecOf(refusal)}}.dump();
    for (const nlohmann::json& data_source : RefusalDataSources(server().Endpoint())) {
      text += "\n---\n" + data_source.dump();
    }
    return text + "\n---\n" +
           nlohmann::json{{"apiVersion", "v1"},
                          {"kind", "Secret"},
                          {"metadata", {{"name", "key"}}},
                          {"stringData",
                           {{"accessKeyId", "AKTESTID"}, {"accessKeySecret", "test-secret-word"}}}}
               .dump() +
           "\n";
  }
};

// Feature: Download action needs its permission
// Feature: Regions
// Feature: ACID must be enabled
// Feature: A preflight refusal on the cluster
TEST_P(RunnerRefusalsTest, WritesNothing) {
  const Refusal& refusal = GetParam();
  if (!refusal.off.empty()) {
    ASSERT_THAT(server().services().projects.SetProperty("demo", refusal.off, "false"), IsOk());
  }
  if (!refusal.fault.empty()) {
    ASSERT_THAT(server().faults().Add(refusal.fault), IsOk());
  }
  const std::string before = StateOf(server().services());
  const ProcessOutcome run = Runner(RunArgs(WriteFile("refused.yaml", Documents(refusal))));
  EXPECT_EQ(run.exit_code, refusal.exit_code) << run.stderr_text;
  EXPECT_THAT(run.stderr_text, HasSubstr(refusal.text));
  EXPECT_THAT(run.stderr_text, EndsWith("[" + refusal.reason + "]\n"));
  EXPECT_EQ(StateOf(server().services()), before);
  EXPECT_THAT(WritesIn(options_.request_log_file), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Each, RunnerRefusalsTest, ::testing::ValuesIn(Refusals()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace culvert::test
