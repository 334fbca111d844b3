// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/emulator/sql/functions_cases.h"

namespace culvert::emulator::sql {
namespace {

TEST(TimeFunctionsTest, PartsAndFormats) {
  World world;
  ExpectValues(
      world,
      {
          {"year(DATE'2024-02-29')", "2024"},
          {"month('2024-02-29 12:34:56')", "2"},
          {"day(DATETIME'2024-02-29 12:34:56')", "29"},
          {"hour(DATETIME'2024-02-29 12:34:56')", "12"},
          {"second(DATETIME'2024-02-29 12:34:56')", "56"},
          {"datepart(TIMESTAMP'2024-02-29 12:34:56.789', 'ff3')", "789"},
          {"weekday(DATE'2024-02-29')", "3"},
          {"dayofweek(DATE'2024-02-29')", "5"},
          {"last_day(DATE'2024-02-10')", R"("2024-02-29")"},
          {"to_char(DATETIME'2024-02-29 12:34:56', 'yyyymmdd hh:mi:ss')", R"("20240229 12:34:56")"},
          {"date_format(DATETIME'2024-02-29 12:34:56', 'yyyy-MM-dd HH:mm')",
           R"("2024-02-29 12:34")"},
          {"to_date('29/02/2024 12:34', 'dd/mm/yyyy hh:mi')", R"("2024-02-29 12:34:00")"},
          {"to_date('2024-02-29')", R"("2024-02-29")"},
          {"datetrunc(DATETIME'2024-02-29 12:34:56', 'month')", R"("2024-02-01 00:00:00")"},
      });
}

TEST(TimeFunctionsTest, Arithmetic) {
  World world;
  ExpectValues(
      world,
      {
          {"dateadd(DATE'2024-01-31', 1, 'mm')", R"("2024-02-29")"},
          {"dateadd(DATE'2024-02-29', -1, 'yyyy')", R"("2023-02-28")"},
          {"dateadd(DATETIME'2024-02-28 23:00:00', 2, 'hh')", R"("2024-02-29 01:00:00")"},
          {"dateadd(DATETIME'2024-02-28 23:00:00', -1, 'ff3')", R"("2024-02-28 22:59:59.999")"},
          {"date_add(DATE'2024-02-28', 2)", R"("2024-03-01")"},
          {"date_sub(DATE'2024-03-01', 1)", R"("2024-02-29")"},
          {"datediff(DATE'2024-03-01', DATE'2024-02-28')", "2"},
          {"datediff(DATE'2024-03-01', DATE'2023-12-31', 'mm')", "3"},
          {"from_unixtime(1709210096)", R"("2024-02-29 12:34:56")"},
          {"from_unixtime(0, 'yyyy')", R"("1970")"},
          {"unix_timestamp(DATETIME'1969-12-31 23:59:59')", "-1"},
          {"dateadd(DATE'9999-12-31', 1, 'dd')",
           "error: ODPS-0123131:User defined function exception - a date beyond the years 1 to "
           "9999"},
      });
}

TEST(TimeFunctionsTest, NowIsTheClocks) {
  World world;
  ExpectValues(world, {
                          {"getdate()", R"("2026-01-02 03:04:05")"},
                          {"current_date()", R"("2026-01-02")"},
                          {"unix_timestamp()", "1767323045"},
                      });
}

}  // namespace
}  // namespace culvert::emulator::sql
