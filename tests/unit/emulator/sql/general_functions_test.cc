// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/value.h"
#include "tests/unit/emulator/sql/functions_cases.h"

namespace culvert::emulator::sql {
namespace {

TEST(GeneralFunctionsTest, CastsAndConditions) {
  World world;
  ExpectValues(
      world,
      {
          {"cast('12' as bigint) + 1", "13"},
          {"cast(1.9 as int)", "1"},
          {"cast(true as string)", R"("true")"},
          {"cast(1.0 as string)", R"("1.0")"},
          {"cast('abc' as varchar(2))", R"("ab")"},
          {"cast(null as date)", R"(\N)"},
          {"cast('x' as bigint)",
           "error: ODPS-0123131:User defined function exception - value 'x' of type string cannot "
           "be cast to bigint"},
          {"nvl(null, 5)", "5"},
          {"coalesce(null, null, 'a')", R"("a")"},
          {"if(1 > 2, 'a', 'b')", R"("b")"},
          {"nullif(1, 1)", R"(\N)"},
          {"isnull(null)", "true"},
          {"case 2 when 1 then 'a' when 2 then 'b' end", R"("b")"},
          {"null <=> null", "true"},
          {"1 is not null and true is true", "true"},
      });
}

TEST(GeneralFunctionsTest, HashesAndCodes) {
  World world;
  ExpectValues(world, {
                          {"md5('abc')", R"("900150983cd24fb0d6963f7d28e17f72")"},
                          {"hex('ab')", R"("6162")"},
                          {"base64('ab')", R"("YWI=")"},
                          {"cast(unbase64('YWI=') as string)", R"("ab")"},
                          {"X'6162' = unhex('6162')", "true"},
                          {"length(uuid())", "36"},
                      });
}

TEST(GeneralFunctionsTest, JsonPaths) {
  World world;
  ExpectValues(world, {
                          {R"(get_json_object('{"a":{"b":[1,"x"]}}', '$.a.b[1]'))", R"("x")"},
                          {R"(get_json_object('{"a":{"b":[1,"x"]}}', '$.a.b'))", R"("[1,""x""]")"},
                          {R"(get_json_object('{"a":1}', '$.c'))", R"(\N)"},
                          {R"(get_json_object('broken', '$.c'))", R"(\N)"},
                      });
}

TEST(GeneralFunctionsTest, ElementsOfNestedValues) {
  World world;
  ASSERT_EQ(world.Text("create table n (a array<decimal(10,2)>, m map<bigint,string>, "
                       "s struct<x:int,y:array<date>>)"),
            "");
  ByteBuffer records;
  const auto def = world.catalog().FindTable(MakeTableKey("demo", "", "n")).value();
  const maxcompute::wire::RecordLayout layout(def->columns.columns);
  auto batch = record::RecordBatch::Make(layout.columns());
  const char* json[] = {R"(["1.50",null])", R"({"7":"seven"})", R"({"x":5,"y":["2024-02-29"]})"};
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_THAT(AppendCell(Value::Text(json[i]), layout.columns()[i].type, batch.columns[i]),
                test::IsOk());
  }
  batch.rows = 1;
  maxcompute::wire::StreamTotals totals;
  maxcompute::wire::EncodeBatch(layout, batch, records, totals);
  auto segment = world.segments().Make(layout, std::move(records));
  ASSERT_THAT(segment, test::IsOk());
  ASSERT_THAT(world.catalog().Publish(MakeTableKey("demo", "", "n"), {}, Catalog::Mode::kAppend,
                                      {*segment}),
              test::IsOk());
  EXPECT_EQ(world.Text("select a[0] + 1, a[1], a[9], m[7], m[8], s.x, s.y[0], size(a) from n"),
            "\"2.5\",\\N,\\N,\"seven\",\\N,5,\"2024-02-29\",2\n");
  EXPECT_EQ(world.Text("create table n2 like n; insert into n2 select * from n; select * from n2"),
            "\"[\"\"1.5\"\",null]\",\"{\"\"7\"\":\"\"seven\"\"}\","
            "\"{\"\"x\"\":5,\"\"y\"\":[\"\"2024-02-29\"\"]}\"\n");
}

}  // namespace
}  // namespace culvert::emulator::sql
