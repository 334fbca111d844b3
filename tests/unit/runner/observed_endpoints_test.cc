// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/observed_endpoints.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/engine/fakes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using maxcompute::wire::Codec;
using test::FailsWith;
using test::IsOk;
using testing::HasSubstr;

class ObservedEndpointsTest : public testing::Test {
 protected:
  std::string Text() const { return registry_.Expose(); }

  test::FakeContext context_;
  MetricsRegistry registry_;
  RunnerMetrics metrics_{registry_};
};

TEST_F(ObservedEndpointsTest, CountsTheBytesThatWereRead) {
  const auto source = ObserveSource(std::make_unique<test::FakeSource>(), metrics_);
  const auto reader = source->Open(context_.ctx(), {.unit = 0, .start = 0, .rows = 20});
  ASSERT_THAT(reader, IsOk());
  EXPECT_EQ((*reader)->codec(), Codec::kIdentity);
  std::size_t bytes = 0;
  for (;;) {
    const auto piece = (*reader)->Read(context_.ctx());
    ASSERT_THAT(piece, IsOk());
    if (piece->empty()) break;
    bytes += piece->size();
  }
  EXPECT_EQ(bytes, test::TestStream(0, 20).size());
  EXPECT_EQ(metrics_.read_bytes.Value(), static_cast<double>(bytes));
}

TEST_F(ObservedEndpointsTest, ABlockIsInFlightUntilItIsDone) {
  const auto target =
      ObserveTarget(std::make_unique<test::FakeTarget>(test::TestColumns()), metrics_);
  EXPECT_TRUE(target->has_sessions());
  auto writer = target->OpenBlock(context_.ctx(), 0, 1, Codec::kIdentity);
  ASSERT_THAT(writer, IsOk());
  EXPECT_THAT(Text(), HasSubstr("\nculvert_runner_inflight_blocks 1\n"));
  const auto stream = test::TestStream(0, 20);
  ASSERT_THAT((*writer)->Write(context_.ctx(), stream), IsOk());
  context_.clock().Advance(std::chrono::seconds(2));
  ASSERT_THAT((*writer)->Finish(context_.ctx()), IsOk());
  writer->reset();
  EXPECT_EQ(metrics_.written_bytes.Value(), static_cast<double>(stream.size()));
  EXPECT_THAT(Text(), HasSubstr("\nculvert_runner_inflight_blocks 0\n"));
  EXPECT_THAT(Text(), HasSubstr("\nculvert_runner_block_upload_duration_seconds_count 1\n"));
  EXPECT_THAT(Text(), HasSubstr("\nculvert_runner_block_upload_duration_seconds_sum 2\n"));
  const auto view = target->Load(context_.ctx(), 0);
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->blocks.size(), 1U);
  EXPECT_THAT(target->Commit(context_.ctx(), 0), IsOk());
}

TEST_F(ObservedEndpointsTest, ABlockThatFailsIsNotTimed) {
  auto inner = std::make_unique<test::FakeTarget>(test::TestColumns());
  inner->write_faults = {test::FakeTarget::WriteFault::kFailFinish};
  const auto target = ObserveTarget(std::move(inner), metrics_);
  auto writer = target->OpenBlock(context_.ctx(), 0, 1, Codec::kIdentity);
  ASSERT_THAT(writer, IsOk());
  ASSERT_THAT((*writer)->Write(context_.ctx(), test::TestStream(0, 20)), IsOk());
  EXPECT_FALSE((*writer)->Finish(context_.ctx()));
  writer->reset();
  EXPECT_THAT(Text(), HasSubstr("\nculvert_runner_inflight_blocks 0\n"));
  EXPECT_THAT(Text(), HasSubstr("\nculvert_runner_block_upload_duration_seconds_count 0\n"));
}

}  // namespace
}  // namespace culvert::runner
