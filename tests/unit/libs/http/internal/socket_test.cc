// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/socket.h"

#include "libs/base/digest.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

namespace culvert::http::internal {
namespace {

using std::chrono::seconds;
using test::FailsWith;
using test::IsOk;
using test::IsOkAndHolds;

/// Two ends of one connection.
struct Ends {
  static std::array<int, 2> Pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    return fds;
  }
  std::array<int, 2> fds = Pair();
  Socket here{fds[0]};
  Socket there{fds[1]};
};

TEST(SocketTest, ReadsWhatTheOtherEndWrites) {
  Ends ends;
  std::array<std::byte, 16> room{};
  ASSERT_THAT(ends.here.WriteAll("hello"), IsOk());
  ASSERT_THAT(ends.there.Read(room), IsOkAndHolds(5U));
  EXPECT_EQ(AsText(std::span(room).first(5)), "hello");
  ends.here.FinishWriting();
  EXPECT_THAT(ends.there.Read(room), IsOkAndHolds(0U));
}

TEST(SocketTest, WritesAllPartsThroughANarrowPipe) {
  Ends ends;
  const std::string first(3'000'000, 'a');
  const std::string second(2'000'001, 'b');
  std::string received;
  {
    const std::jthread reader([&] {
      std::vector<std::byte> room(4096);
      while (true) {
        const auto got = ends.there.Read(room);
        if (!got || *got == 0) return;
        received.append(AsText(std::span(room).first(*got)));
      }
    });
    std::array<iovec, 4> parts{
        iovec{const_cast<char*>(first.data()), first.size()}, iovec{nullptr, 0},
        iovec{const_cast<char*>(second.data()), second.size()}, iovec{nullptr, 0}};
    EXPECT_THAT(ends.here.WriteAll(parts), IsOk());
    ends.here.Close();
  }
  EXPECT_TRUE(received == first + second);
}

TEST(SocketTest, AWriteToNobodyIsUnavailable) {
  Ends ends;
  ends.there.Close();
  EXPECT_THAT(ends.here.WriteAll("x"), FailsWith(ErrorCode::kUnavailable));
}

TEST(SocketTest, AClosedSocketStaysClosed) {
  Ends ends;
  std::array<std::byte, 1> room{};
  ends.here.Close();
  ends.here.Close();
  ends.here.Shutdown();
  EXPECT_THAT(ends.here.Read(room), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(ends.here.WriteAll("x"), FailsWith(ErrorCode::kUnavailable));
}

TEST(SocketTest, AReadEndsAfterItsTimeout) {
  Ends ends;
  std::array<std::byte, 1> room{};
  ends.here.SetTimeout(seconds(1));
  EXPECT_THAT(ends.here.Read(room), FailsWith(ErrorCode::kDeadlineExceeded));
}

TEST(SocketTest, ShutdownWakesABlockedRead) {
  Ends ends;
  std::array<std::byte, 1> room{};
  const std::jthread other([&] { ends.here.Shutdown(); });
  EXPECT_THAT(ends.here.Read(room), IsOkAndHolds(0U));
}

TEST(ListenerTest, TakesAFreePortAndKeepsItForItself) {
  const auto listener = Listener::Open("127.0.0.1", 0);
  ASSERT_THAT(listener, IsOk());
  EXPECT_NE(listener->port(), 0);
  EXPECT_THAT(Listener::Open("127.0.0.1", listener->port()),
              FailsWith(ErrorCode::kFailedPrecondition));
}

TEST(ListenerTest, RefusesWhatIsNoAddressOfThisMachine) {
  EXPECT_THAT(Listener::Open("localhost", 0), FailsWith(ErrorCode::kInvalidArgument));
  // 192.0.2.0/24 is for documentation: no machine has it.
  EXPECT_THAT(Listener::Open("192.0.2.1", 0), FailsWith(ErrorCode::kFailedPrecondition));
}

TEST(ListenerTest, ShutdownEndsAccepting) {
  auto listener = Listener::Open("127.0.0.1", 0);
  ASSERT_THAT(listener, IsOk());
  const std::jthread other([&] { listener->Shutdown(); });
  EXPECT_THAT(listener->Accept(), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace culvert::http::internal
