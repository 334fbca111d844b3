// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/text_table.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

TEST(TextTableTest, CellsStandBelowEachOther) {
  EXPECT_EQ(TextTable({{{.text = "month=1"}, {.text = "27,004 rows", .right = true}, {.text = "a"}},
                       {{.text = "month=10"}, {.text = "9 rows", .right = true}, {.text = "b"}}}),
            "  month=1   27,004 rows  a\n"
            "  month=10       9 rows  b\n");
}

TEST(TextTableTest, AShortRowEndsWhereItEnds) {
  EXPECT_EQ(TextTable({{{.text = "a"}, {.text = "constant 'x'"}, {.text = "bigint"}},
                       {{.text = "longer"}, {.text = "null"}}}),
            "  a       constant 'x'  bigint\n"
            "  longer  null\n");
  EXPECT_EQ(TextTable({}), "");
}

}  // namespace
}  // namespace culvert::runner
