// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/metrics.h"

#include "tests/support/metrics_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using testing::HasSubstr;

TEST(RunnerMetricsTest, ThePageListsWhatIsExposed) {
  MetricsRegistry registry;
  const RunnerMetrics metrics(registry);
  EXPECT_EQ(test::MetricsPageRows("culvert_runner_"), test::ExposedRows(registry.Expose()));
}

TEST(RunnerMetricsTest, RequestsAreToldApartByWhatTheyAreAbout) {
  const auto of = [](const char* method, const char* query) {
    return EndpointOf(method, std::string("https://h/projects/p/tables/t") + query);
  };
  EXPECT_EQ(of("GET", ""), "rest");
  EXPECT_EQ(of("POST", "?uploads&overwrite=true&curr_project=p"), "session");
  EXPECT_EQ(of("POST", "?downloads&asyncmode=true"), "session");
  EXPECT_EQ(of("GET", "?downloadid=1"), "session");
  EXPECT_EQ(of("GET", "?uploadid=1"), "session");
  EXPECT_EQ(of("GET", "?data&downloadid=1&rowrange=%280%2C5%29"), "download");
  EXPECT_EQ(of("PUT", "?uploadid=1&blockid=2"), "upload");
  EXPECT_EQ(of("POST", "?partition=a&uploadid=1"), "commit");
  EXPECT_EQ(of("GET", "?partitions&uploadidx=3"), "rest");
}

TEST(RunnerMetricsTest, EveryAnswerHasACode) {
  const std::pair<int, const char*> expected[] = {
      {0, "error"}, {200, "2xx"}, {299, "2xx"}, {301, "other"}, {400, "4xx"}, {401, "401"},
      {403, "403"}, {404, "4xx"}, {429, "429"}, {500, "5xx"},   {599, "5xx"}, {600, "other"}};
  for (const auto& [status, code] : expected) EXPECT_EQ(CodeLabel(status), code) << status;
}

TEST(RunnerMetricsTest, EveryRetryHasAReason) {
  MetricsRegistry registry;
  RunnerMetrics metrics(registry);
  metrics.CountRetry(ResourceExhausted("slow down"));
  metrics.CountRetry(Unavailable("connection reset"));
  metrics.CountRetry(Unavailable("sorry").Because("ServerError"));
  metrics.CountRetry(Aborted("new key").Because("CredentialsRefreshed"));
  metrics.CountRetry(Unauthenticated("old key").Because("CredentialsExpired"));
  metrics.CountRetry(Aborted("clock").Because("ClockSkew"));
  metrics.CountRetry(Aborted("blocks differ"));
  metrics.CountRetry(DataLoss("checksum"));
  metrics.CountRetry(DeadlineExceeded("stalled"));
  metrics.CountRetry(Internal("what"));
  const std::string text = registry.Expose();
  for (const char* line :
       {"reason=\"throttled\"} 1", "reason=\"network\"} 1", "reason=\"server\"} 1",
        "reason=\"credentials\"} 2", "reason=\"clock\"} 1", "reason=\"conflict\"} 1",
        "reason=\"corrupted\"} 1", "reason=\"timeout\"} 1", "reason=\"other\"} 1"}) {
    EXPECT_THAT(text, HasSubstr(std::string("culvert_runner_retries_total{") + line));
  }
}

TEST(RunnerMetricsTest, CountsBlocksRequestsAndKeys) {
  MetricsRegistry registry;
  RunnerMetrics metrics(registry);
  metrics.CountBlock({.rows_read = 10, .rows_written = 7, .rows_dirty = 2, .rows_filtered = 1});
  metrics.OnRequest({.method = "PUT",
                     .url = "https://h/t?uploadid=1&blockid=2",
                     .status = 200,
                     .took = std::chrono::milliseconds(300)});
  metrics.SetCredential(Side::kTarget, 2, 1'767'323'045);
  const std::string text = registry.Expose();
  for (const char* line :
       {"culvert_runner_records_read_total 10", "culvert_runner_records_written_total 7",
        "culvert_runner_bad_records_total 2", "culvert_runner_filtered_records_total 1",
        "culvert_runner_http_requests_total{code=\"2xx\",endpoint=\"upload\"} 1",
        "culvert_runner_http_request_duration_seconds_sum{endpoint=\"upload\"} 0.3",
        "culvert_runner_credential_generation{side=\"source\"} 0",
        "culvert_runner_credential_generation{side=\"target\"} 2",
        "culvert_runner_credential_expiry_timestamp_seconds{side=\"target\"} 1767323045"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line + "\n"));
  }
}

}  // namespace
}  // namespace culvert::runner
