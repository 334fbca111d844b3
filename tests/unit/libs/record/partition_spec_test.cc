// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/partition_spec.h"

#include <gtest/gtest.h>

namespace culvert::record {
namespace {

// Feature: Partition down to the last level
TEST(PartitionSpecTest, ReadsEveryForm) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"dt=20240229", "dt=20240229"},
      {"DT=20240229,HH=01", "dt=20240229,hh=01"},
      {"dt=20240229/hh=01", "dt=20240229,hh=01"},
      {" dt = 20240229 , hh = 01 ", "dt=20240229,hh=01"},
      {"dt='20240229'/hh=\"01\"", "dt=20240229,hh=01"},
      {"dt='a,b/c'", "dt=a,b/c"},
      {"dt='it\\'s'", "dt=it's"},
      {"dt='back\\\\slash'", "dt=back\\slash"},
      {"dt='C:\\dir'", "dt=C:\\dir"},
      {"dt=a=b", "dt=a=b"},
      {"dt=2024-02-29 01:00", "dt=2024-02-29 01:00"},
      {"month=*", "month=*"},
      {"城市=上海", "城市=上海"},
      {"a=1,b=2,c=3,d=4,e=5,f=6", "a=1,b=2,c=3,d=4,e=5,f=6"},
      {"", ""},
      {"  ", ""},
  };
  for (const auto& [text, expected] : table) {
    const Result<PartitionSpec> spec = PartitionSpec::Parse(text);
    ASSERT_TRUE(spec.has_value()) << text << ": " << ToString(spec.error());
    EXPECT_EQ(spec->ToString(), expected);
    EXPECT_EQ(spec->empty(), expected.empty());
  }
}

TEST(PartitionSpecTest, RefusesEverythingElse) {
  const std::vector<std::string> table{
      "dt",
      "=1",
      "dt=",
      "dt=''",
      "dt= ",
      "dt=1,",
      "dt=1,,hh=2",
      "dt=1 hh=2'",
      "dt=1,dt=2",
      "dt=1,DT=2",
      "dt='1",
      "dt='1'2",
      "dt=1'2",
      "d t=1",
      "d-t=1",
      "dt=1\n",
      "dt='a\tb'",
      std::string("dt=a\0b", 6),
      "a=1,b=2,c=3,d=4,e=5,f=6,g=7",
      "dt=" + std::string(5000, 'x'),
  };
  for (const std::string& text : table) {
    const Result<PartitionSpec> spec = PartitionSpec::Parse(text);
    ASSERT_FALSE(spec.has_value()) << text << " was read as " << spec->ToString();
    EXPECT_EQ(spec.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(PartitionSpecTest, QuotedFormReadsBackTheSame) {
  for (const std::string value : {"20240229", "it's", "a\\b", "a,b=c", "\"q\"", "\\", "\\'"}) {
    PartitionSpec spec;
    spec.entries = {{"dt", value}, {"hh", "01"}};
    const Result<PartitionSpec> again = PartitionSpec::Parse(spec.ToQuoted());
    ASSERT_TRUE(again.has_value()) << spec.ToQuoted();
    EXPECT_EQ(*again, spec) << spec.ToQuoted();
  }
}

TEST(PartitionSpecTest, OrdersLikeTheTable) {
  const PartitionSpec spec = PartitionSpec::Parse("hh=01,dt=20240229").value();
  const Result<PartitionSpec> ordered = OrderLike(spec, {"DT", "hh"});
  ASSERT_TRUE(ordered.has_value());
  EXPECT_EQ(ordered->ToString(), "dt=20240229,hh=01");
}

TEST(PartitionSpecTest, OrderingNamesTheKeysExpected) {
  const PartitionSpec spec = PartitionSpec::Parse("dt=1,mm=2").value();
  for (const std::vector<std::string>& keys :
       {std::vector<std::string>{"dt", "hh"}, {"dt"}, {"dt", "mm", "hh"}, {}}) {
    const Result<PartitionSpec> ordered = OrderLike(spec, keys);
    ASSERT_FALSE(ordered.has_value());
    EXPECT_EQ(ordered.error().code, ErrorCode::kInvalidArgument);
    const std::string expected = keys.empty() ? "none" : keys.front();
    EXPECT_NE(ordered.error().message.find(expected), std::string::npos);
  }
}

}  // namespace
}  // namespace culvert::record
