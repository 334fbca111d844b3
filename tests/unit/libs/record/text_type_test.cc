// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/text_type.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::record {
namespace {

TEST(TextTypeTest, TextIsWhatHasCharacters) {
  for (const char* name : {"string", "varchar(3)", "char(3)"}) {
    EXPECT_TRUE(IsText(Type::Parse(name)->kind)) << name;
    EXPECT_TRUE(IsTextOrBinary(Type::Parse(name)->kind)) << name;
  }
  EXPECT_FALSE(IsText(TypeKind::kBinary));
  EXPECT_TRUE(IsTextOrBinary(TypeKind::kBinary));
  for (const char* name : {"bigint", "double", "decimal(3,1)", "boolean", "date", "datetime",
                           "timestamp", "array<string>", "json"}) {
    EXPECT_FALSE(IsTextOrBinary(Type::Parse(name)->kind)) << name;
  }
}

}  // namespace
}  // namespace culvert::record
