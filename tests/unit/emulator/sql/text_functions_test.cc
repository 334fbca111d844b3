// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/emulator/sql/functions_cases.h"

namespace culvert::emulator::sql {
namespace {

TEST(TextFunctionsTest, CutAndJoin) {
  World world;
  ExpectValues(world, {
                          {"concat('a', 1, true, 2.5)", R"("a1true2.5")"},
                          {"concat('a', null)", R"(\N)"},
                          {"concat_ws('-', 'a', null, 'b')", R"("a-b")"},
                          {"'a' || 'b'", R"("ab")"},
                          {"substr('hello', 2, 3)", R"("ell")"},
                          {"substr('hello', -3)", R"("llo")"},
                          {"substr('hello', 9)", R"("")"},
                          {"substr('grüße', 3, 2)", R"("üß")"},
                          {"left('hello', 2)", R"("he")"},
                          {"right('hello', 2)", R"("lo")"},
                          {"split_part('a,b,c', ',', 2)", R"("b")"},
                          {"split_part('a,b,c', ',', -1)", R"("c")"},
                          {"repeat('ab', 3)", R"("ababab")"},
                          {"reverse('grün')", R"("nürg")"},
                      });
}

TEST(TextFunctionsTest, MeasureAndFind) {
  World world;
  ExpectValues(world, {
                          {"length('grüße')", "5"},
                          {"lengthb('grüße')", "7"},
                          {"instr('hello', 'l')", "3"},
                          {"instr('hello', 'l', 4)", "4"},
                          {"instr('hello', 'x')", "0"},
                          {"locate('l', 'hello')", "3"},
                          {"ascii('A')", "65"},
                          {"chr(66)", R"("B")"},
                      });
}

TEST(TextFunctionsTest, ChangeAndPad) {
  World world;
  ExpectValues(world, {
                          {"upper('aBc')", R"("ABC")"},
                          {"tolower('aBc')", R"("abc")"},
                          {"initcap('hello wORLD')", R"("Hello World")"},
                          {"trim('  a ')", R"("a")"},
                          {"trim('xxaxx', 'x')", R"("a")"},
                          {"ltrim('  a ')", R"("a ")"},
                          {"rtrim('  a ')", R"("  a")"},
                          {"lpad('7', 3, '0')", R"("007")"},
                          {"rpad('abc', 2, '0')", R"("ab")"},
                          {"replace('aXbX', 'X', 'yy')", R"("ayybyy")"},
                      });
}

TEST(TextFunctionsTest, MatchPatterns) {
  World world;
  ExpectValues(world, {
                          {"'abc' like 'a%'", "true"},
                          {"'ABC' like 'a%'", "false"},
                          {R"('a%c' like 'a\%c')", "true"},
                          {R"('abc' like 'a\%c')", "false"},
                          {R"('order 66' rlike '\\d+$')", "true"},
                          {R"(regexp_extract('order 66', '(\\d)(\\d)', 2))", R"("6")"},
                          {R"(regexp_replace('a1b22', '[0-9]+', '<\\0>'))", R"("a<1>b<22>")"},
                          {"regexp_extract('abc', 'x(y)')", R"("")"},
                      });
}

TEST(TextFunctionsTest, RefuseWhatWouldGrowTooFar) {
  World world;
  EXPECT_EQ(world.Value("repeat('abc', 100000000)").substr(0, 6), "error:");
  EXPECT_EQ(world.Value("lpad('a', 100000000, 'x')").substr(0, 6), "error:");
  EXPECT_EQ(world.Value("'a' rlike '('").substr(0, 6), "error:");
}

}  // namespace
}  // namespace culvert::emulator::sql
