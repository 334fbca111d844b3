// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/endpoints/stream_target.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/engine/fakes.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::runner {
namespace {

using maxcompute::wire::Codec;
using test::FailsWith;
using test::IsOk;

TEST(StreamTargetTest, PrintsEachRowAsALine) {
  test::FakeContext context;
  const maxcompute::wire::RecordLayout layout(test::TestColumns());
  std::string printed;
  StreamTarget target(layout, [&printed](std::string_view lines) {
    printed += lines;
    return Status();
  });
  const auto writer = target.OpenBlock(context.ctx(), 0, 0, Codec::kIdentity);
  ASSERT_THAT(writer, IsOk());
  const auto stream = test::TestStream(6, 2);
  for (const std::byte& byte : stream) {
    ASSERT_THAT((*writer)->Write(context.ctx(), {&byte, 1}), IsOk());
  }
  ASSERT_THAT((*writer)->Finish(context.ctx()), IsOk());
  EXPECT_EQ(printed, "{\"id\":6,\"name\":\"name 6xxxxxx\"}\n{\"id\":7,\"name\":null}\n");
}

TEST(StreamTargetTest, DiscardsWithoutLooking) {
  test::FakeContext context;
  const maxcompute::wire::RecordLayout layout(test::TestColumns());
  StreamTarget target(layout, {});
  const auto writer = target.OpenBlock(context.ctx(), 0, 0, Codec::kIdentity);
  ASSERT_THAT(writer, IsOk());
  EXPECT_THAT((*writer)->Write(context.ctx(), test::TestStream(0, 5)), IsOk());
  EXPECT_THAT((*writer)->Finish(context.ctx()), IsOk());
  EXPECT_FALSE(target.has_sessions());
}

TEST(StreamTargetTest, TellsWhenRowsCannotBePrinted) {
  test::FakeContext context;
  const maxcompute::wire::RecordLayout layout(test::TestColumns());
  StreamTarget target(layout,
                      [](std::string_view) { return Status(Fail(FailedPrecondition("closed"))); });
  const auto writer = target.OpenBlock(context.ctx(), 0, 0, Codec::kIdentity);
  ASSERT_THAT(writer, IsOk());
  EXPECT_THAT((*writer)->Write(context.ctx(), test::TestStream(0, 5)),
              FailsWith(ErrorCode::kFailedPrecondition));
}

}  // namespace
}  // namespace culvert::runner
