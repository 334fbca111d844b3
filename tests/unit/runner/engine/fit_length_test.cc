// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/fit_length.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::runner {
namespace {

using syncjob::OverLengthRule;

record::Type Named(const char* type) { return *record::Type::Parse(type); }

record::ColumnVector Texts() {
  record::ColumnVector values;
  values.physical = record::Physical::kBytes;
  values.AppendBytes("ab");
  values.AppendNull();
  values.AppendBytes("éééé");
  return values;
}

TEST(FitLengthTest, CountsCharactersOfAVarcharAndBytesOfAll) {
  EXPECT_EQ(FittingBytes(Named("varchar(3)"), "éééé", 100), 6u);
  EXPECT_EQ(FittingBytes(Named("varchar(3)"), "éééé", 5), 4u);
  EXPECT_EQ(FittingBytes(Named("char(4)"), "éééé", 100), 8u);
  EXPECT_EQ(FittingBytes(Named("string"), "éé", 3), 2u);
  EXPECT_EQ(FittingBytes(Named("binary"), "éé", 3), 3u);
  EXPECT_EQ(FittingBytes(Named("string"), "abc", 3), 3u);
}

// Feature: Value longer than VARCHAR(n)
TEST(FitLengthTest, CutsEmptiesOrLeavesWhatIsTooLong) {
  record::ColumnVector cut = Texts();
  FitLengths(OverLengthRule::kTruncate, Named("varchar(3)"), 100, cut);
  EXPECT_EQ(cut.BytesAt(0), "ab");
  EXPECT_EQ(cut.present[1], 0);
  EXPECT_EQ(cut.BytesAt(2), "ééé");
  record::ColumnVector emptied = Texts();
  FitLengths(OverLengthRule::kSetNull, Named("varchar(3)"), 100, emptied);
  EXPECT_EQ(emptied.BytesAt(0), "ab");
  EXPECT_EQ(emptied.present[2], 0);
  record::ColumnVector left = Texts();
  FitLengths(OverLengthRule::kDirty, Named("varchar(3)"), 100, left);
  EXPECT_EQ(left.BytesAt(2), "éééé");
}

// A part of a JSON text is none.
TEST(FitLengthTest, LeavesOtherTypesAlone) {
  record::ColumnVector json = Texts();
  FitLengths(OverLengthRule::kTruncate, Named("json"), 1, json);
  EXPECT_EQ(json.BytesAt(2), "éééé");
}

}  // namespace
}  // namespace culvert::runner
