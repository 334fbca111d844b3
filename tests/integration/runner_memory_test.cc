// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog.h"
#include "libs/base/file.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/poll.h"
#include "tests/support/sanitized.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

// The runner's memory is bounded by its streams, whatever the table: 48 MiB and 2.5 MiB a stream.

namespace culvert::test {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kSegmentRows = 100'000;

struct Case {
  int streams = 1;
  std::uint64_t mebibytes = 64;
  const char* codec = "identity";
};

class RunnerMemoryTest : public RunnerFixture, public ::testing::WithParamInterface<Case> {
 protected:
  // A table of about so many bytes: one segment published again and again.
  void FillBig(std::uint64_t mebibytes) {
    MakeTable("big", "id bigint, a string, b string, c double");
    MakeTable("copy", "id bigint, a string, b string, c double");
    Fill("big", kSegmentRows);
    emulator::Catalog& catalog = server().services().catalog;
    const auto key = emulator::MakeTableKey("demo", "", "big");
    const auto data = catalog.Snapshot(key, {});
    ASSERT_THAT(data, IsOk());
    const emulator::SegmentPtr segment = (*data)->segments.front();
    const std::uint64_t times = mebibytes * kMiB / segment->bytes.size();
    for (std::uint64_t i = 0; i < times; ++i) {
      ASSERT_THAT(catalog.Publish(key, {}, emulator::Catalog::Mode::kAppend, {segment}), IsOk());
    }
  }

  // VmHWM of a process in bytes, 0 when it cannot be read any more.
  static std::uint64_t PeakBytes(int pid) {
    const auto text = ReadWholeFile("/proc/" + std::to_string(pid) + "/status", 64 * 1024);
    if (!text) return 0;
    const std::size_t at = text->find("VmHWM:");
    return at == std::string::npos ? 0 : std::stoull(text->substr(at + 6)) * 1024;
  }
};

TEST_P(RunnerMemoryTest, StaysBelowItsBound) {
  if (kSanitized) GTEST_SKIP() << "sanitizers have memory of their own";
  const Case& one = GetParam();
  Start();
  FillBig(one.mebibytes);
  const std::string table =
      std::string("dataSourceRef: {name: here}, column: ['*'], codec: ") + one.codec + ", table: ";
  JobText job;
  job.source = "{maxCompute: {" + table + "big}}";
  job.target = "{maxCompute: {" + table + "copy, truncate: true, consistencyCommit: true}}";
  job.setting = "{speed: {throttle: false, concurrent: " + std::to_string(one.streams) + "}}";
  auto process = Process::Start({.args = RunArgs(WriteJob(job))});
  ASSERT_THAT(process, IsOk());
  std::uint64_t peak = 0;
  ASSERT_TRUE(Eventually(std::chrono::seconds(200), [&] {
    peak = std::max(peak, PeakBytes((*process)->pid()));
    return (*process)->ExitCode().has_value();
  }));
  EXPECT_EQ(*(*process)->ExitCode(), 0) << (*process)->stderr_text();
  EXPECT_EQ(RowCount("copy"), RowCount("big"));
  const std::uint64_t bound = 48 * kMiB + static_cast<std::uint64_t>(one.streams) * 5 * kMiB / 2;
  RecordProperty("peak_mebibytes", std::to_string(peak / kMiB));
  std::printf("%d streams, %llu MiB, %s: peak %.1f MiB, bound %.1f MiB\n", one.streams,
              static_cast<unsigned long long>(one.mebibytes), one.codec,
              static_cast<double>(peak) / kMiB, static_cast<double>(bound) / kMiB);
  EXPECT_LE(peak, bound);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RunnerMemoryTest,
                         ::testing::Values(Case{1, 64, "identity"}, Case{16, 64, "identity"},
                                           Case{1, 1024, "identity"}, Case{16, 1024, "identity"},
                                           Case{16, 64, "deflate"}, Case{16, 64, "zstd"}));

}  // namespace
}  // namespace culvert::test
