// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/exchange.h"

#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/emulator/fake_exchange.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

using test::FailsWith;
using test::IsOk;

FaultAction Fault(const char* json) { return ParseFaultAction(json).value(); }

class ExchangeTest : public ::testing::Test {
 protected:
  // Sends "0123456789" in two writes through a fault.
  Status Send(const char* fault) {
    exchange_.Arm(Fault(fault));
    CULVERT_TRY(exchange_.Begin({.status = 200, .headers = {}, .body = {}}));
    CULVERT_TRY(exchange_.Write(AsBytes("01234")));
    CULVERT_TRY(exchange_.Write(AsBytes("56789")));
    return exchange_.End();
  }
  test::FakeClock clock_;
  FakeExchange inner_{"GET", "/x"};
  EmulatorExchange exchange_{inner_, "request-1", clock_, {}};
};

TEST_F(ExchangeTest, NamesTheRequestAndCounts) {
  ASSERT_THAT(exchange_.Respond({.status = 200, .headers = {}, .body = "abc"}), IsOk());
  EXPECT_EQ(inner_.answer_headers.Get("x-odps-request-id"), "request-1");
  EXPECT_EQ(exchange_.status(), 200);
  EXPECT_EQ(exchange_.response_bytes(), 3U);
}

TEST_F(ExchangeTest, ResetsAfterSoManyBytes) {
  EXPECT_THAT(Send(R"({"kind":"reset","after_bytes":7})"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(inner_.answer, "0123456");
  EXPECT_TRUE(inner_.reset);
  EXPECT_FALSE(inner_.ended);
}

TEST_F(ExchangeTest, ClosesAfterSoManyBytes) {
  EXPECT_THAT(Send(R"({"kind":"close","after_bytes":3})"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(inner_.answer, "012");
  EXPECT_TRUE(inner_.closed);
}

TEST_F(ExchangeTest, TruncatesCleanly) {
  (void)Send(R"({"kind":"truncate","after_bytes":5})");
  EXPECT_EQ(inner_.answer, "01234");
  EXPECT_TRUE(inner_.ended);
  EXPECT_FALSE(inner_.reset);
}

TEST_F(ExchangeTest, FlipsOneBit) {
  ASSERT_THAT(Send(R"({"kind":"flip_bit","after_bytes":6,"bit":1})"), IsOk());
  EXPECT_EQ(inner_.answer,
            "012345"
            "4"
            "789");
}

TEST_F(ExchangeTest, StallsAndGoesOn) {
  ASSERT_THAT(Send(R"({"kind":"stall","after_bytes":2,"ms":3000})"), IsOk());
  EXPECT_EQ(inner_.answer, "0123456789");
  ASSERT_EQ(clock_.sleeps().size(), 1U);
  EXPECT_EQ(clock_.sleeps()[0], std::chrono::seconds(3));
}

TEST_F(ExchangeTest, FaultsAWholeAnswerToo) {
  exchange_.Arm(Fault(R"({"kind":"truncate","after_bytes":2})"));
  (void)exchange_.Respond({.status = 200, .headers = {}, .body = "abcdef"});
  EXPECT_EQ(inner_.answer, "ab");
}

TEST_F(ExchangeTest, HoldsAReplyBackUntilReleased) {
  exchange_.Arm(Fault(R"({"kind":"reply_status","status":500})"));
  ASSERT_THAT(exchange_.Respond({.status = 200, .headers = {}, .body = "done"}), IsOk());
  EXPECT_EQ(inner_.status, 0);
  exchange_.Release();
  ASSERT_THAT(exchange_.Respond({.status = 500, .headers = {}, .body = "x"}), IsOk());
  EXPECT_EQ(inner_.status, 500);
}

class UploadExchangeTest : public ::testing::Test {
 protected:
  UploadExchangeTest() { inner_.SetBody("0123456789", 4); }
  Result<std::string> Receive(const char* fault) {
    exchange_.Arm(Fault(fault));
    return exchange_.ReadWholeBody(100);
  }
  test::FakeClock clock_;
  FakeExchange inner_{"PUT", "/x"};
  EmulatorExchange exchange_{inner_, "request-1", clock_, {}};
};

TEST_F(UploadExchangeTest, ResetsInTheMiddleOfARequest) {
  EXPECT_THAT(Receive(R"({"kind":"reset","after_bytes":5})"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_TRUE(inner_.reset);
}

TEST_F(UploadExchangeTest, TruncatesARequest) {
  EXPECT_THAT(Receive(R"({"kind":"truncate","after_bytes":6})"), test::IsOkAndHolds("012345"));
}

TEST_F(UploadExchangeTest, FlipsABitOfARequest) {
  EXPECT_THAT(Receive(R"({"kind":"flip_bit","after_bytes":4,"bit":0})"),
              test::IsOkAndHolds("0123556789"));
}

TEST_F(UploadExchangeTest, BoundsAWholeBody) {
  EXPECT_THAT(exchange_.ReadWholeBody(9), FailsWith(ErrorCode::kResourceExhausted));
}

}  // namespace
}  // namespace culvert::emulator
