// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/knobs.h"

#include "libs/base/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using test::FailsWith;
using test::IsOk;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseKnobsTest, ReadsAShare) {
  EXPECT_EQ(ParseKnobs(R"({"throttle":true,"mbps":12.5,"streams":2})").value(),
            (Knobs{.rates = {.bytes_per_second = 12.5e6}, .streams = 2}));
  EXPECT_EQ(ParseKnobs(R"({"throttle":true,"mbps":12})").value(),
            (Knobs{.rates = {.bytes_per_second = 12e6}, .streams = std::nullopt}));
  EXPECT_EQ(ParseKnobs(R"({"throttle":true,"mbps":1,"recordsPerSecond":250})").value().rates,
            (Rates{.bytes_per_second = 1e6, .rows_per_second = 250}));
  EXPECT_EQ(ParseKnobs(R"({"throttle":true,"recordsPerSecond":0.5})").value().rates,
            (Rates{.bytes_per_second = 0, .rows_per_second = 0.5}));
  EXPECT_EQ(ParseKnobs(R"({"throttle":false,"mbps":12,"recordsPerSecond":5})").value(), Knobs{});
  EXPECT_EQ(ParseKnobs(R"({"logLevel":"warn"})").value().log_level, LogLevel::kWarn);
  EXPECT_EQ(ParseKnobs("{}").value(), Knobs{});
}

TEST(ParseKnobsTest, RefusesTheRest) {
  for (const char* text : {"",
                           "[]",
                           "12",
                           "{",
                           R"({"throttle":true})",
                           R"({"throttle":true,"mbps":0})",
                           R"({"throttle":true,"mbps":-1})",
                           R"({"throttle":true,"mbps":1e7})",
                           R"({"throttle":true,"mbps":"12"})",
                           R"({"throttle":1,"mbps":12})",
                           R"({"mbps":-3})",
                           R"({"recordsPerSecond":-1})",
                           R"({"throttle":true,"recordsPerSecond":0})",
                           R"({"recordsPerSecond":1e10})",
                           R"({"streams":0})",
                           R"({"streams":65})",
                           R"({"streams":1.5})",
                           R"({"speed":3})",
                           R"({"logLevel":"loud"})",
                           R"({"logLevel":1})"}) {
    EXPECT_THAT(ParseKnobs(text), FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

class KnobsFileTest : public testing::Test {
 protected:
  void Write(const std::string& text) {
    ASSERT_THAT(WriteFileDurably(dir_ / "knobs.json", text), IsOk());
  }

  test::FakeContext context_;
  test::TempDir dir_;
  std::vector<Knobs> applied_;
  FollowedFile file_ = KnobsFile(dir_ / "knobs.json", [this](const OpContext&, const Knobs& knobs) {
    applied_.push_back(knobs);
  });
};

TEST_F(KnobsFileTest, AppliesWhatIsRight) {
  Write(R"({"throttle":true,"mbps":1,"logLevel":"debug"})");
  file_.Poll(context_.ctx());
  EXPECT_THAT(applied_, ElementsAre(Knobs{.rates = {.bytes_per_second = 1e6},
                                          .streams = std::nullopt,
                                          .log_level = LogLevel::kDebug}));
  EXPECT_THAT(context_.log_text(),
              HasSubstr(R"("msg":"knobs changed","bytes_per_second":1000000.0)"));
}

TEST_F(KnobsFileTest, WhatIsWrongChangesNothing) {
  Write("{\"mbps\":");
  file_.Poll(context_.ctx());
  EXPECT_TRUE(applied_.empty());
  EXPECT_THAT(context_.log_text(), HasSubstr("knobs not read, they stay as they are"));
}

}  // namespace
}  // namespace culvert::runner
