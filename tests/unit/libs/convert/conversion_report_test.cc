// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/conversion_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::convert {
namespace {

using ::testing::ElementsAre;

TEST(ConversionReportTest, SpeaksInTheOrderOfTheScript) {
  ConversionReport report;
  report.Add(Fate::kRefused, {3, 7}, "steps", "must be a list");
  report.Add(Fate::kLeftOut, {2, 1}, "a", "it is empty");
  report.Add(Fate::kCarried, {2, 1}, "b", "spec.b");
  report.Add(Fate::kNotYet, {1, 9}, "c", "spec.c");
  EXPECT_THAT(report.Lines("s.json"),
              ElementsAre("c: not done yet, spec.c", "a: left out, it is empty",
                          "b: carried, spec.b", "s.json:3:7: steps: must be a list"));
  EXPECT_TRUE(report.refused());
  EXPECT_EQ(report.Summary(),
            "1 field carried, 1 left out, 1 not done yet by this version: a run refuses the job "
            "until it is");
}

TEST(ConversionReportTest, KeepsToOneLineWhateverTheScriptSays) {
  EXPECT_EQ(Quoted("a\nb\x1B[0m"), "'a?b?[0m'");
  EXPECT_EQ(Quoted(std::string(100, 'x')), "'" + std::string(64, 'x') + "...'");
}

}  // namespace
}  // namespace culvert::convert
