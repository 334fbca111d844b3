// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace culvert {
namespace {

using testing::HasSubstr;

TEST(MetricsTest, ExposesSeriesFromZero) {
  MetricsRegistry registry;
  registry.GetCounter("culvert_test_rows_total", "Rows.", {{"side", "source"}});
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("# TYPE culvert_test_rows_total counter"));
  EXPECT_THAT(text, HasSubstr("# HELP culvert_test_rows_total Rows."));
  EXPECT_THAT(text, HasSubstr("culvert_test_rows_total{side=\"source\"} 0"));
}

TEST(MetricsTest, SameNameAndLabelsAreTheSameSeries) {
  MetricsRegistry registry;
  Counter& first = registry.GetCounter("c_total", "C.", {{"a", "1"}});
  Counter& other = registry.GetCounter("c_total", "C.", {{"a", "2"}});
  EXPECT_EQ(&first, &registry.GetCounter("c_total", "C.", {{"a", "1"}}));
  EXPECT_NE(&first, &other);
  first.Add(2);
  first.Add();
  EXPECT_EQ(first.Value(), 3);
  EXPECT_EQ(other.Value(), 0);
}

TEST(MetricsTest, GaugesGoUpAndDown) {
  MetricsRegistry registry;
  Gauge& gauge = registry.GetGauge("g", "G.");
  gauge.Set(5);
  gauge.Add(-2);
  EXPECT_THAT(registry.Expose(), HasSubstr("\ng 3\n"));
}

TEST(MetricsTest, HooksRunBeforeEachExposureWhileTheyLive) {
  MetricsRegistry registry;
  int looks = 0;
  {
    const auto hook = registry.BeforeExpose([&] { registry.GetGauge("looks", "L.").Set(++looks); });
    auto moved = registry.BeforeExpose([&] { ++looks; });
    const auto other = std::move(moved);
    EXPECT_THAT(registry.Expose(), HasSubstr("\nlooks 1\n"));
    EXPECT_THAT(registry.Expose(), HasSubstr("\nlooks 3\n"));
  }
  (void)registry.Expose();
  EXPECT_EQ(looks, 4);
}

TEST(MetricsTest, HistogramsCountIntoBuckets) {
  MetricsRegistry registry;
  Histogram& histogram = registry.GetHistogram("h_seconds", "H.", {0.1, 1});
  EXPECT_EQ(&histogram, &registry.GetHistogram("h_seconds", "H.", {0.1, 1}));
  histogram.Observe(0.5);
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"0.1\"} 0"));
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"1\"} 1"));
  EXPECT_THAT(text, HasSubstr("h_seconds_count 1"));
}

}  // namespace
}  // namespace culvert
