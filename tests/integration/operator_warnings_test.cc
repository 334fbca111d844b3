// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog.h"
#include "tests/integration/operator_fixture.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

// What the preflight warns of is an event; columns that drift end a run before a row moves.

namespace culvert::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

class OperatorWarningsTest : public OperatorFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    StartCluster();
    MakeTable("source", "id bigint, name string");
    Fill("source", 50);
    Make("target", "id bigint, name string, c bigint");
  }

  void Make(const std::string& name, const std::string& columns) {
    emulator::TableDef def;
    def.project = "demo";
    def.name = name;
    def.columns.columns = Columns(columns);
    def.columns.columns.back().default_value = "5";
    ASSERT_THAT(server().services().catalog.CreateTable(std::move(def)), IsOk());
  }

  std::vector<std::string> Warnings() const {
    std::vector<std::string> notes;
    for (const auto& [path, event] : api_->Objects("/apis/events.k8s.io/v1/namespaces/default/")) {
      if (event["reason"] == "PlanWarning") notes.push_back(event["note"]);
    }
    return notes;
  }
};

// Feature: Unmapped column becomes null
TEST_F(OperatorWarningsTest, AColumnThatBecomesNullIsNamedWithItsDefault) {
  StartOperator();
  Apply("copy", CopySpecText{}.Json());
  ASSERT_EQ(WaitForEnd("copy"), "True") << Explain("copy");
  EXPECT_TRUE(WaitFor([&] { return Warnings().size() >= 4; }));
  EXPECT_THAT(Warnings(), Contains("target column 'c' becomes null in every row, its default 5 "
                                   "does not apply"));
  EXPECT_THAT(Warnings(), Contains(HasSubstr("source column [\"*\"] follows table source")));
  EXPECT_THAT(Warnings(), Contains(HasSubstr("the source lists 2 columns and the target 3")));
  for (const std::string& row : Rows("target")) EXPECT_THAT(row, HasSubstr("\"c\":null"));
}

// Feature: The schema contract
TEST_F(OperatorWarningsTest, AnotherRunOfTheSameObjectRefusesOtherColumns) {
  StartOperator();
  Apply("copy", CopySpecText{}.Json());
  ASSERT_EQ(WaitForEnd("copy"), "True") << Explain("copy");
  const std::string hash = Get("copy")["status"]["plan"]["schemaHash"];
  EXPECT_EQ(hash.size(), 64U);
  ASSERT_THAT(server().services().catalog.DropTable(emulator::MakeTableKey("demo", "", "target")),
              IsOk());
  Make("target", "name string, id bigint, c bigint");
  Change("copy", R"({"spec":{"runNonce":"two"}})");
  ASSERT_TRUE(WaitFor([&] { return Reason("copy") == "SchemaDrift"; })) << Explain("copy");
  EXPECT_EQ(Condition("copy", "Succeeded")["status"], "False");
  EXPECT_THAT(std::string(Condition("copy", "Succeeded")["message"]),
              AllOf(HasSubstr("in another order"), HasSubstr("setting.allowSchemaDrift: true")));
  EXPECT_EQ(RowCount("target"), 0u);
}

TEST_F(OperatorWarningsTest, DriftThatIsAllowedGoesOn) {
  StartOperator();
  Apply("copy", CopySpecText{}.Json());
  ASSERT_EQ(WaitForEnd("copy"), "True") << Explain("copy");
  ASSERT_THAT(server().services().catalog.DropTable(emulator::MakeTableKey("demo", "", "target")),
              IsOk());
  Make("target", "id bigint, name string, d bigint");
  Change("copy", R"({"spec":{"runNonce":"two","setting":{"allowSchemaDrift":true}}})");
  ASSERT_TRUE(WaitFor([&] {
    return Get("copy")["status"]["attempt"] == 2 &&
           Condition("copy", "Succeeded")["status"] == "True";
  })) << Explain("copy");
  EXPECT_EQ(RowCount("target"), 50u);
  EXPECT_TRUE(WaitFor([&] {
    const auto notes = Warnings();
    return std::ranges::any_of(notes, [](const std::string& note) {
      return note.find("+ target d bigint, - target c bigint") != std::string::npos;
    });
  }));
}

}  // namespace
}  // namespace culvert::test
