// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/emulator/sql/functions_cases.h"

namespace culvert::emulator::sql {
namespace {

TEST(NumberFunctionsTest, DecimalArithmeticIsExact) {
  World world;
  ExpectValues(world, {
                          {"0.1BD + 0.2BD", R"("0.3")"},
                          {"99999999999999999999BD * 10", R"("999999999999999999990")"},
                          {"1BD / 3", R"("0.333333333333333333")"},
                          {"2BD / 3", R"("0.666666666666666667")"},
                          {"1BD / 0", R"(\N)"},
                          {"7.5BD % 2", R"("1.5")"},
                          {"-(1.5BD)", R"("-1.5")"},
                          {"abs(-1.50BD)", R"("1.5")"},
                          {"round(2.345BD, 2)", R"("2.35")"},
                          {"round(2.345BD, 2) = 2.35BD", "true"},
                          {"ceil(-1.5BD)", "-1"},
                          {"floor(-1.5BD)", "-2"},
                          {"greatest(9BD, 10BD)", R"("10")"},
                          {"least(9BD, 10)", R"("9")"},
                      });
}

TEST(NumberFunctionsTest, IntegersAndDoubles) {
  World world;
  ExpectValues(world, {
                          {"7 / 2", "3.5"},
                          {"7 div 2", "3"},
                          {"-7 % 3", "-1"},
                          {"7.5 % 2", "1.5"},
                          {"6 ^ 3", "5"},
                          {"6 & 3", "2"},
                          {"'3' + 4", "7.0"},
                          {"round(2.675, 2)", "2.68"},
                          {"round(-2.5)", "-3.0"},
                          {"trunc(2.678, 1)", "2.6"},
                          {"ceil(1.2)", "2"},
                          {"floor(-1.2)", "-2"},
                          {"abs(-3)", "3"},
                          {"sign(-3.5)", "-1"},
                          {"pow(2, 10)", "1024.0"},
                          {"sqrt(2.25)", "1.5"},
                          {"log(2, 8)", "3.0"},
                          {"log10(1000)", "3.0"},
                          {"sqrt(-1)", R"(\N)"},
                          {"-9223372036854775808", "-9223372036854775808"},
                          {"9223372036854775808", R"("9223372036854775808")"},
                      });
}

TEST(NumberFunctionsTest, OverflowIsAnError) {
  World world;
  EXPECT_EQ(world.Value("9223372036854775807 + 1").substr(0, 6), "error:");
}

TEST(NumberFunctionsTest, RandIsWithinItsRange) {
  World world;
  EXPECT_EQ(world.Value("rand() >= 0 and rand() < 1 and rand() <> rand()"), "true");
}

}  // namespace
}  // namespace culvert::emulator::sql
