// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/stored_catalog.h"

#include "tests/unit/emulator/stores_fixture.h"

namespace culvert::emulator {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using Mode = Catalog::Mode;
using Numbers = std::vector<std::int64_t>;

class StoredCatalogTest : public StoresFixture {};

TEST_F(StoredCatalogTest, FindsTablesInAnyCase) {
  MakeTable("Orders");
  const auto table = catalog_->FindTable(MakeTableKey("P", "default", "ORDERS"));
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->name, "Orders");
  EXPECT_FALSE((*table)->id.empty());
  EXPECT_THAT(catalog_->FindTable(MakeTableKey("p", "", "other")), FailsBecause("NoSuchTable"));
}

TEST_F(StoredCatalogTest, RefusesASecondTableOfOneName) {
  MakeTable("t");
  TableDef def;
  def.project = "p";
  def.name = "T";
  def.columns.columns = TestColumns();
  EXPECT_THAT(catalog_->CreateTable(def), FailsWith(ErrorCode::kAlreadyExists));
}

TEST_F(StoredCatalogTest, AppendsAndOverwrites) {
  const TableKey key = MakeTable();
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kAppend, {Rows(0, 2)}), IsOk());
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kAppend, {Rows(2, 2)}), IsOk());
  EXPECT_EQ(Ids(key), (Numbers{0, 1, 2, 3}));
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kOverwrite, {Rows(9, 1)}), IsOk());
  EXPECT_EQ(Ids(key), (Numbers{9}));
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kOverwrite, {}), IsOk());
  EXPECT_EQ(Ids(key), Numbers{});
}

TEST_F(StoredCatalogTest, KeepsASnapshotWhenRowsAreReplaced) {
  const TableKey key = MakeTable();
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kAppend, {Rows(0, 3)}), IsOk());
  const auto snapshot = catalog_->Snapshot(key, {}).value();
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kOverwrite, {Rows(7, 1)}), IsOk());
  EXPECT_EQ(IdsOf(snapshot->segments), (Numbers{0, 1, 2}));
  EXPECT_NE(catalog_->Snapshot(key, {}).value()->generation, snapshot->generation);
}

TEST_F(StoredCatalogTest, TakesPartitionsInAnyOrderAndForm) {
  TableDef def;
  def.project = "p";
  def.name = "t";
  def.columns.columns = TestColumns();
  def.columns.partition_keys = {TestColumn("DT", "string"), TestColumn("hh", "string")};
  ASSERT_THAT(catalog_->CreateTable(def), IsOk());
  const TableKey key = MakeTableKey("p", "", "t");
  ASSERT_THAT(catalog_->AddPartition(key, Spec("hh='01'/dt=\"20240229\"")), IsOk());
  EXPECT_THAT(catalog_->AddPartition(key, Spec("dt=20240229,hh=01")),
              FailsWith(ErrorCode::kAlreadyExists));
  EXPECT_THAT(catalog_->Snapshot(key, Spec("DT=20240229/hh=01")), IsOk());
  EXPECT_THAT(catalog_->Snapshot(key, Spec("dt=20240229")), FailsBecause("InvalidPartitionSpec"));
  EXPECT_THAT(catalog_->Snapshot(key, {}), FailsBecause("InvalidPartitionSpec"));
  EXPECT_THAT(catalog_->Snapshot(key, Spec("dt=20240229,hh=02")), FailsBecause("NoSuchPartition"));
  ASSERT_THAT(catalog_->DropPartition(key, Spec("dt=20240229,hh=01")), IsOk());
  EXPECT_THAT(catalog_->DropPartition(key, Spec("dt=20240229,hh=01")),
              FailsBecause("NoSuchPartition"));
}

TEST_F(StoredCatalogTest, RefusesAPartitionOfAPlainTable) {
  const TableKey key = MakeTable();
  EXPECT_THAT(catalog_->Snapshot(key, Spec("dt=1")), FailsBecause("InvalidPartitionSpec"));
}

TEST_F(StoredCatalogTest, PublishesOnlyWhatWasExpected) {
  const TableKey key = MakeTable();
  const auto def = catalog_->FindTable(key).value();
  StoredCatalog::Expectation expectation;
  expectation.table_id = def->id;
  expectation.schema_version = def->schema_version;
  TableDef longer = *def;
  longer.columns.columns.push_back(TestColumn("extra", "double"));
  ASSERT_THAT(catalog_->AlterTable(key, longer), IsOk());
  EXPECT_THAT(catalog_->PublishIf(key, {}, Mode::kAppend, {Rows(0, 1)}, expectation),
              FailsBecause("TableModified"));
  EXPECT_EQ(Ids(key), Numbers{});
}

TEST_F(StoredCatalogTest, AltersByAppendingColumnsOnly) {
  const TableKey key = MakeTable();
  TableDef def = *catalog_->FindTable(key).value();
  def.columns.columns.pop_back();
  EXPECT_THAT(catalog_->AlterTable(key, def), FailsWith(ErrorCode::kInvalidArgument));
  TableDef renamed = *catalog_->FindTable(key).value();
  renamed.comment = "new";
  ASSERT_THAT(catalog_->AlterTable(key, renamed), IsOk());
  EXPECT_EQ(catalog_->FindTable(key).value()->schema_version, 1U);
}

TEST_F(StoredCatalogTest, IsTheSameAfterARestart) {
  const TableKey key = MakeTable("t", true);
  const TableKey other = MakeTable("u");
  ASSERT_THAT(catalog_->AddPartition(key, Spec("dt=a")), IsOk());
  ASSERT_THAT(catalog_->AddPartition(key, Spec("dt=b")), IsOk());
  ASSERT_THAT(catalog_->Publish(key, Spec("dt=a"), Mode::kAppend, {Rows(0, 2), Rows(2, 1)}),
              IsOk());
  ASSERT_THAT(catalog_->Publish(other, {}, Mode::kAppend, {Rows(5, 1)}), IsOk());
  ASSERT_THAT(catalog_->DropPartition(key, Spec("dt=b")), IsOk());
  ASSERT_THAT(catalog_->CreateSchema("p", "s"), IsOk());
  const auto before = catalog_->Snapshot(key, Spec("dt=a")).value();
  const std::uint64_t version = before->version;
  Reopen();
  EXPECT_EQ(Ids(key, Spec("dt=a")), (Numbers{0, 1, 2}));
  EXPECT_EQ(Ids(other), (Numbers{5}));
  EXPECT_EQ(catalog_->ListPartitions(key).value().size(), 1U);
  EXPECT_EQ(catalog_->Snapshot(key, Spec("dt=a")).value()->version, version);
  EXPECT_EQ(catalog_->ListSchemas("p"), (std::vector<std::string>{"default", "s"}));
  EXPECT_EQ(FileCount(), 3U);
}

TEST_F(StoredCatalogTest, FreesTheFilesOfADroppedTable) {
  const TableKey key = MakeTable();
  ASSERT_THAT(catalog_->Publish(key, {}, Mode::kAppend, {Rows(0, 2)}), IsOk());
  ASSERT_THAT(catalog_->DropTable(key), IsOk());
  EXPECT_EQ(FileCount(), 0U);
  Reopen();
  EXPECT_THAT(catalog_->FindTable(key), FailsBecause("NoSuchTable"));
}

TEST_F(StoredCatalogTest, ListsTablesOfOneSchema) {
  MakeTable("b");
  MakeTable("a");
  TableDef def;
  def.project = "p";
  def.schema = "s";
  def.name = "c";
  def.columns.columns = TestColumns();
  ASSERT_THAT(catalog_->CreateTable(def), IsOk());
  const auto tables = catalog_->ListTables("p", "");
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0]->name, "a");
  EXPECT_EQ(catalog_->ListTables("P", "S").size(), 1U);
}

}  // namespace
}  // namespace culvert::emulator
