// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/reasons.h"
#include "tests/integration/operator_fixture.h"
#include "tests/integration/refusals.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

// What the preflight refuses is a terminal condition with a documented reason on a cluster, and
// nothing was truncated or created.

namespace culvert::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OperatorRefusalsTest : public OperatorFixture, public ::testing::WithParamInterface<Refusal> {
 protected:
  void SetUp() override {
    options_.request_log_file = dir() / "requests.log";
    Start();
    if (HasFatalFailure()) return;
    StartCluster();
    MakeRefusalTables(server().services());
    for (const nlohmann::json& data_source : RefusalDataSources(server().Endpoint())) {
      const std::string name = data_source["metadata"]["name"];
      api_->Put("/apis/culvert.dev/v1alpha1/namespaces/default/datasources/" + name, data_source);
    }
  }
};

// Feature: A preflight refusal on the cluster
TEST_P(OperatorRefusalsTest, EndTheRunWithTheirReason) {
  const Refusal& refusal = GetParam();
  if (!refusal.off.empty()) {
    ASSERT_THAT(server().services().projects.SetProperty("demo", refusal.off, "false"), IsOk());
  }
  if (!refusal.fault.empty()) {
    ASSERT_THAT(server().faults().Add(refusal.fault), IsOk());
  }
  const std::string before = StateOf(server().services());
  StartOperator();
  Apply("refused", SpecOf(refusal).dump());
  ASSERT_EQ(WaitForEnd("refused"), "False") << Explain("refused");
  EXPECT_EQ(Reason("refused"), refusal.reason) << Explain("refused");
  EXPECT_NE(syncjob::FindReason(refusal.reason), nullptr);
  EXPECT_THAT(std::string(Condition("refused", "Succeeded")["message"]), HasSubstr(refusal.text));
  EXPECT_EQ(Condition("refused", "Planned")["status"], "False");
  EXPECT_EQ(Condition("refused", "Stalled")["status"], "True");
  EXPECT_EQ(StateOf(server().services()), before);
  EXPECT_THAT(WritesIn(options_.request_log_file), IsEmpty());
  EXPECT_TRUE(WaitFor([&] { return Claims().empty(); })) << Explain("refused");
}

INSTANTIATE_TEST_SUITE_P(Each, OperatorRefusalsTest, ::testing::ValuesIn(Refusals()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace culvert::test
