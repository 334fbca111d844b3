// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/schema_json.h"

#include "libs/base/json.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace culvert::maxcompute::internal {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using ::testing::HasSubstr;

Result<record::Schema> Read(std::string_view text, const ColumnKeys& keys) {
  const auto json = ParseJson(text);
  EXPECT_THAT(json, IsOk());
  return ReadSchema(*json, keys);
}

TEST(SchemaJsonTest, BothServicesSpellTheirOwnKeys) {
  constexpr std::string_view kText =
      R"({"columns":[{"name":"a","type":"BIGINT","isNullable":false,"defaultValue":"1",)"
      R"("nullable":true,"default_value":"2"}]})";
  EXPECT_FALSE(Read(kText, kRestColumnKeys)->columns[0].nullable);
  EXPECT_EQ(Read(kText, kRestColumnKeys)->columns[0].default_value, "1");
  EXPECT_TRUE(Read(kText, kTunnelColumnKeys)->columns[0].nullable);
  EXPECT_EQ(Read(kText, kTunnelColumnKeys)->columns[0].default_value, "2");
}

TEST(SchemaJsonTest, FlagsMayBeText) {
  constexpr std::string_view kText = R"({"columns":[{"name":"a","type":"int","nullable":"False"},)"
                                     R"({"name":"b","type":"int","nullable":"TRUE"}]})";
  const auto schema = Read(kText, kTunnelColumnKeys);
  ASSERT_THAT(schema, IsOk());
  EXPECT_FALSE(schema->columns[0].nullable);
  EXPECT_TRUE(schema->columns[1].nullable);
}

TEST(SchemaJsonTest, UnknownTypesAreNamed) {
  const auto schema =
      Read(R"({"columns":[{"name":"shape","type":"geography"}]})", kTunnelColumnKeys);
  EXPECT_THAT(schema, FailsWith(ErrorCode::kUnimplemented));
  EXPECT_THAT(schema, FailsBecause("UnsupportedType"));
  EXPECT_THAT(schema.error().message, HasSubstr("'shape' has type 'geography'"));
}

TEST(SchemaJsonTest, MalformedColumnsAreRefused) {
  for (const std::string_view bad :
       {R"([])", R"({"columns":{}})", R"({"columns":[1]})", R"({"columns":[{"name":"a"}]})",
        R"({"columns":[{"type":"int"}]})", R"({"columns":[{"name":"","type":"int"}]})",
        R"({"columns":[{"name":"a","type":"int","nullable":"maybe"}]})",
        R"({"columns":[{"name":"a","type":"int","nullable":7}]})",
        R"({"columns":[],"partitionKeys":"dt"})"}) {
    EXPECT_THAT(Read(bad, kTunnelColumnKeys), FailsBecause("UnexpectedAnswer")) << bad;
  }
}

}  // namespace
}  // namespace culvert::maxcompute::internal
