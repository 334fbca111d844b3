// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob {
namespace {

using testing::HasSubstr;
using Kind = TableFacts::Kind;

TableFacts Table(Kind kind = Kind::kTable, std::vector<std::string> keys = {}) {
  return {.kind = kind,
          .endpoint = "https://a.example/api",
          .project = "p",
          .schema = "",
          .table = "t",
          .partition_keys = std::move(keys)};
}

std::string ReasonOf(const Status& status) { return status ? "" : status.error().reason; }

std::vector<record::PartitionSpec> ParsedPartitions(std::initializer_list<std::string_view> texts) {
  std::vector<record::PartitionSpec> specs;
  for (const std::string_view text : texts) specs.push_back(*record::PartitionSpec::Parse(text));
  return specs;
}

// Feature: Virtual views refused
// Feature: External targets refused
TEST(PreflightTest, OnlyTablesAreReadAndWritten) {
  const std::pair<Kind, std::string_view> cases[] = {{Kind::kTable, ""},
                                                     {Kind::kDelta, ""},
                                                     {Kind::kView, "ViewNotSupported"},
                                                     {Kind::kExternal, "ExternalTableNotSupported"},
                                                     {Kind::kOther, "Unsupported"}};
  for (const auto& [kind, reason] : cases) {
    EXPECT_EQ(ReasonOf(CheckSourceTable(Table(kind))), reason);
    EXPECT_EQ(ReasonOf(CheckTargetTable(Table(kind), 1, false)), reason);
  }
}

// Feature: Delta table: one commit when concurrency > 1
TEST(PreflightTest, ConcurrentDeltaWritesNeedOneCommit) {
  EXPECT_EQ(ReasonOf(CheckTargetTable(Table(Kind::kDelta), 2, false)),
            "DeltaNeedsConsistencyCommit");
  EXPECT_EQ(ReasonOf(CheckTargetTable(Table(Kind::kDelta), 2, true)), "");
  EXPECT_EQ(ReasonOf(CheckTargetTable(Table(Kind::kDelta), 1, false)), "");
  EXPECT_EQ(ReasonOf(CheckTargetTable(Table(Kind::kTable), 2, false)), "");
}

// Feature: Partition only where the table has keys
// Feature: values of partition (source)
// Feature: values of partition (target)
TEST(PreflightTest, PartitionsAreGivenWhereThereAreSome) {
  const TableFacts parted = Table(Kind::kTable, {"dt", "hh"});
  EXPECT_EQ(ReasonOf(CheckPartitionGiven(parted, true, "source")), "");
  EXPECT_EQ(ReasonOf(CheckPartitionGiven(Table(), false, "source")), "");
  EXPECT_EQ(ReasonOf(CheckPartitionGiven(Table(), true, "source")), "PartitionForbidden");
  const Status missing = CheckPartitionGiven(parted, false, "target");
  EXPECT_EQ(ReasonOf(missing), "PartitionRequired");
  EXPECT_EQ(missing.error().message, "target p.t is partitioned by dt, hh: give 'partition'");
}

// Feature: Partition down to the last level
TEST(PreflightTest, TheTargetPartitionIsWholeAndPlain) {
  const TableFacts parted = Table(Kind::kTable, {"dt", "hh"});
  EXPECT_EQ(TargetPartition(parted, "hh='00'/dt=1")->ToString(), "dt=1,hh=00");
  EXPECT_EQ(TargetPartition(parted, "dt=1").error().reason, "SchemaMismatch");
  EXPECT_EQ(TargetPartition(parted, "dt=1,hh=*").error().reason, "SchemaMismatch");
  EXPECT_EQ(TargetPartition(parted, "nonsense").error().reason, "SchemaMismatch");
}

TEST(PreflightTest, PartitionFromSourceNeedsTheSameKeys) {
  const TableFacts one = Table(Kind::kTable, {"dt"});
  EXPECT_EQ(ReasonOf(CheckSameKeys(one, Table(Kind::kTable, {"DT"}))), "");
  EXPECT_EQ(ReasonOf(CheckSameKeys(one, Table(Kind::kTable, {"dt", "hh"}))), "SchemaMismatch");
  EXPECT_EQ(ReasonOf(CheckSameKeys(Table(), Table())), "SchemaMismatch");
}

TEST(PreflightTest, ACopyOntoItselfIsRefused) {
  EXPECT_EQ(ReasonOf(CheckNotItself(Table(), {}, Table(), {})), "SourceIsTarget");
  TableFacts same = Table();
  same.table = "T";
  same.schema = "DEFAULT";
  same.endpoint += "/";
  EXPECT_EQ(ReasonOf(CheckNotItself(Table(), {}, same, {})), "SourceIsTarget");
  TableFacts other = Table();
  other.project = "q";
  EXPECT_EQ(ReasonOf(CheckNotItself(Table(), {}, other, {})), "");
  const TableFacts parted = Table(Kind::kTable, {"m"});
  EXPECT_EQ(ReasonOf(CheckNotItself(parted, ParsedPartitions({"m=1", "m=2"}), parted,
                                    ParsedPartitions({"m=3"}))),
            "");
  const Status both =
      CheckNotItself(parted, ParsedPartitions({"m=1", "m=2"}), parted, ParsedPartitions({"m=2"}));
  EXPECT_THAT(both.error().message, HasSubstr("p.t m=2"));
}

}  // namespace
}  // namespace culvert::syncjob
