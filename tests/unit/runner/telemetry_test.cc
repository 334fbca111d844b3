// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/telemetry.h"

#include "tests/support/fake_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using testing::HasSubstr;

TEST(TelemetryTest, TellsTheProgressOfAShard) {
  test::FakeClock clock;
  Telemetry telemetry("transfer", clock);
  Progress& progress =
      telemetry.Begin({.shard = 3, .attempt = 2, .rows_total = 1000, .blocks_total = 10});
  clock.Advance(std::chrono::seconds(10));
  progress.rows += 500;
  progress.dirty += 2;
  progress.blocks += 4;
  telemetry.metrics().read_bytes.Add(7000);
  telemetry.metrics().written_bytes.Add(6000);
  EXPECT_EQ(telemetry.ProgressJson(),
            "{\"step\":\"transfer\",\"shard\":3,\"attempt\":2,\"rows\":500,\"rowsTotal\":1000,"
            "\"bytesRead\":7000,\"bytesWritten\":6000,\"blocks\":4,\"blocksTotal\":10,\"dirty\":2,"
            "\"ratePerSecond\":50,\"startedTime\":\"2026-01-02T03:04:05Z\"}\n");
}

TEST(TelemetryTest, AStepWithoutAShardNamesNone) {
  test::FakeClock clock;
  Telemetry telemetry("plan", clock);
  EXPECT_FALSE(telemetry.working());
  EXPECT_EQ(telemetry.ProgressJson(),
            "{\"step\":\"plan\",\"attempt\":0,\"rows\":0,\"rowsTotal\":0,\"bytesRead\":0,"
            "\"bytesWritten\":0,\"blocks\":0,\"blocksTotal\":0,\"dirty\":0,\"ratePerSecond\":0,"
            "\"startedTime\":\"2026-01-02T03:04:05Z\"}\n");
  telemetry.Begin({.attempt = 4});
  EXPECT_TRUE(telemetry.working());
  EXPECT_THAT(telemetry.ProgressJson(), HasSubstr("\"attempt\":4,"));
}

TEST(TelemetryTest, AnotherWorkBeginsAtZero) {
  test::FakeClock clock;
  Telemetry telemetry("run", clock);
  telemetry.Begin({.attempt = 1, .rows_total = 100}).rows = 60;
  EXPECT_THAT(telemetry.MetricsText(), HasSubstr("\nculvert_runner_shard_progress_ratio 0.6\n"));
  EXPECT_EQ(telemetry.Begin({.attempt = 2, .rows_total = 100}).rows, 0U);
  EXPECT_THAT(telemetry.MetricsText(), HasSubstr("\nculvert_runner_shard_progress_ratio 0\n"));
  telemetry.Begin({.attempt = 3, .rows_total = 0});
  EXPECT_THAT(telemetry.MetricsText(), HasSubstr("\nculvert_runner_shard_progress_ratio 1\n"));
}

TEST(TelemetryTest, BuffersAreMeasuredWhenSomebodyLooks) {
  test::FakeClock clock;
  Telemetry telemetry("transfer", clock);
  telemetry.Begin({.attempt = 1}).buffer_bytes = 4096;
  EXPECT_THAT(telemetry.MetricsText(), HasSubstr("\nculvert_runner_buffer_bytes 4096\n"));
}

}  // namespace
}  // namespace culvert::runner
