// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/type_category.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::syncjob {
namespace {

constexpr TransferMode kModes[] = {TransferMode::kBatchRead, TransferMode::kBatchWrite,
                                   TransferMode::kRealTimeWrite};

record::Type Parsed(std::string_view text) { return *record::Type::Parse(text); }

std::string RowOf(std::string_view type) {
  std::string row(type);
  for (const TransferMode mode : kModes) {
    row += " | " + std::string(SupportName(SupportOf(Parsed(type), mode)));
  }
  return row;
}

// The page's tables, row by row.
// Feature: Each type of both matrices
TEST(TypeCategoryTest, TheMatrixOfEditionOne) {
  for (const char* type : {"bigint", "double", "decimal", "string", "datetime", "boolean",
                           "array<string>", "map<string,bigint>", "struct<a:bigint,b:string>"}) {
    EXPECT_EQ(RowOf(type), std::string(type) + " | supported | supported | supported");
  }
}

// Feature: Each type of both matrices
TEST(TypeCategoryTest, TheMatrixOfEditionTwoAndOfHive) {
  for (const char* type :
       {"tinyint", "smallint", "int", "bigint", "binary", "float", "double", "decimal(38,18)",
        "varchar(10)", "string", "date", "datetime", "timestamp", "boolean", "array<int>",
        "map<bigint,array<double>>", "struct<a:int,b:struct<c:date>>"}) {
    EXPECT_EQ(RowOf(type), std::string(type) + " | supported | supported | supported");
  }
  EXPECT_EQ(RowOf("char(3)"), "char(3) | not supported | supported | supported");
}

// Feature: Types that the page does not name
TEST(TypeCategoryTest, WhatThePageDoesNotName) {
  for (const char* type :
       {"timestamp_ntz", "json", "interval_day_time", "interval_year_month", "array<json>"}) {
    EXPECT_EQ(RowOf(type),
              std::string(type) + " | beyond the page | beyond the page | beyond the page");
  }
}

// Feature: Each type of both matrices
TEST(TypeCategoryTest, TheMappingTable) {
  const std::pair<std::string_view, std::string_view> rows[] = {{"bigint", "LONG"},
                                                                {"int", "LONG"},
                                                                {"tinyint", "LONG"},
                                                                {"smallint", "LONG"},
                                                                {"boolean", "BOOLEAN"},
                                                                {"datetime", "DATE"},
                                                                {"timestamp", "DATE"},
                                                                {"date", "DATE"},
                                                                {"float", "DOUBLE"},
                                                                {"double", "DOUBLE"},
                                                                {"decimal(38,18)", "DOUBLE"},
                                                                {"binary", "BYTES"},
                                                                {"array<int>", "STRING"},
                                                                {"map<int,int>", "STRING"},
                                                                {"struct<a:int>", "STRING"},
                                                                // Not on the page.
                                                                {"string", "STRING"},
                                                                {"varchar(3)", "STRING"},
                                                                {"char(3)", "STRING"}};
  for (const auto& [type, category] : rows) {
    EXPECT_EQ(CategoryName(CategoryOf(Parsed(type))), category) << type;
  }
}

}  // namespace
}  // namespace culvert::syncjob
