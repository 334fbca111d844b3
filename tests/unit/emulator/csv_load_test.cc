// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/csv_load.h"

#include "tests/support/test_context.h"
#include "tests/unit/emulator/stores_fixture.h"

#include <fstream>

namespace culvert::emulator {
namespace {

using test::FailsWith;
using test::IsOk;

class CsvLoadTest : public StoresFixture {
 protected:
  Status Load(const std::string& text, const std::string& options = "") {
    std::ofstream(dir_ / "t.csv") << text;
    const CsvLoad load = ParseCsvLoad("t=" + (dir_ / "t.csv") + options).value();
    return LoadCsv(load, "p", *catalog_, *segments_, env_.log());
  }
  std::string Types() {
    std::string types;
    for (const record::Column& column :
         catalog_->FindTable(MakeTableKey("p", "", "t")).value()->columns.columns) {
      types += column.name + ":" + column.type.ToString() + " ";
    }
    return types;
  }
  test::FakeContext env_;
};

TEST_F(CsvLoadTest, GuessesTypes) {
  ASSERT_THAT(Load("A,b,c,d,e,f,g h\n"
                   "1,1.5,true,2024-02-29,2024-02-29T01:02:03Z,x,\n"
                   "NA,2,FALSE,2024-03-01,2024-02-29 01:02:03,1,\n"),
              IsOk());
  EXPECT_EQ(Types(), "a:bigint b:double c:boolean d:date e:datetime f:string g_h:string ");
  const auto data = catalog_->Snapshot(MakeTableKey("p", "", "t"), {}).value();
  EXPECT_EQ(data->rows(), 2U);
}

TEST_F(CsvLoadTest, TakesTypesFromTheHeader) {
  ASSERT_THAT(Load("id:int,at:timestamp,name:varchar(3)\n7,2024-02-29 01:02:03.5,abc\n"), IsOk());
  EXPECT_EQ(Types(), "id:int at:timestamp name:varchar(3) ");
}

TEST_F(CsvLoadTest, PutsRowsIntoPartitions) {
  ASSERT_THAT(Load("id,name,month,day\n1,a,2,x\n2,b,1,x\n3,c,2,x\n", ",partition=month/day"),
              IsOk());
  const TableKey key = MakeTableKey("p", "", "t");
  EXPECT_EQ(catalog_->ListPartitions(key).value().size(), 2U);
  EXPECT_EQ(Ids(key, Spec("month=2,day=x")), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(catalog_->FindTable(key).value()->columns.partition_keys[0].type.ToString(), "bigint");
  EXPECT_EQ(catalog_->FindTable(key).value()->columns.partition_keys[1].type.ToString(), "string");
}

TEST_F(CsvLoadTest, LeavesATableThatExistsAlone) {
  ASSERT_THAT(Load("id,name\n1,a\n"), IsOk());
  EXPECT_THAT(Load("id,name\n2,b\n"), FailsWith(ErrorCode::kAlreadyExists));
  EXPECT_EQ(Ids(MakeTableKey("p", "", "t")), (std::vector<std::int64_t>{1}));
}

TEST_F(CsvLoadTest, LeavesNothingOfABadFile) {
  for (const char* text :
       {"", "a,b\n1\n", "a:tinyint\n300\n", "a:bigint\nx\n", "a:array<int>\n1\n", "a,\n1,2\n"}) {
    EXPECT_THAT(Load(text), testing::Not(IsOk())) << text;
    EXPECT_FALSE(catalog_->FindTable(MakeTableKey("p", "", "t")).has_value()) << text;
  }
  EXPECT_THAT(Load("a,b\n1,2\n", ",partition=c"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ParseCsvLoadTest, RefusesOtherForms) {
  EXPECT_THAT(ParseCsvLoad("flights.csv"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseCsvLoad("=x"), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace culvert::emulator
