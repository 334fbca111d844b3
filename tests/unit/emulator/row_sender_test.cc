// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/row_sender.h"

#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/emulator/fake_exchange.h"
#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>

#include <numeric>

namespace culvert::emulator {
namespace {

using maxcompute::wire::Codec;
using maxcompute::wire::RecordLayout;
using test::IsOk;
using test::IsOkAndHolds;

std::string Decompress(Codec codec, std::string_view body) {
  const auto decompressor = maxcompute::wire::MakeDecompressor(codec);
  std::string text;
  std::string piece(1 << 16, '\0');
  auto rest = AsBytes(body);
  while (true) {
    const auto step =
        decompressor->Decompress(rest, std::as_writable_bytes(std::span(piece))).value();
    rest = rest.subspan(step.consumed);
    text.append(piece, 0, step.produced);
    if (step.consumed == 0 && step.produced == 0) break;
  }
  EXPECT_THAT(decompressor->Finish(), IsOk());
  return text;
}

class RowSenderTest : public ::testing::Test {
 protected:
  // Rows 0..n-1 in segments of the sizes given.
  explicit RowSenderTest(std::vector<std::int64_t> sizes = {10, 1, 2000, 40'000}) {
    session_.layout = std::make_shared<const RecordLayout>(TestColumns());
    session_.schema.columns = TestColumns();
    for (const std::int64_t size : sizes) {
      maxcompute::wire::StreamTotals totals;
      session_.starts.push_back(session_.rows);
      session_.segments.push_back(
          store_
              .Make(*session_.layout,
                    TestRecords(*session_.layout, static_cast<std::int64_t>(session_.rows), size,
                                totals))
              .value());
      session_.rows += static_cast<std::uint64_t>(size);
    }
  }
  std::string Send(const RowRequest& request) {
    FakeExchange exchange("GET", "/x");
    Throttle throttle(0, clock_);
    EXPECT_THAT(SendRows(exchange, session_, request, throttle, {}), IsOk());
    EXPECT_TRUE(exchange.ended);
    EXPECT_EQ(exchange.answer_headers.Get("Content-Encoding").value_or(""),
              maxcompute::wire::ContentEncoding(request.codec));
    return exchange.answer;
  }
  static std::vector<std::int64_t> Range(std::uint64_t start, std::uint64_t count) {
    std::vector<std::int64_t> ids(count);
    std::iota(ids.begin(), ids.end(), static_cast<std::int64_t>(start));
    return ids;
  }
  test::FakeClock clock_;
  SegmentFiles store_;
  DownloadSession session_;
};

TEST_F(RowSenderTest, SendsAnyRangeAcrossSegments) {
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges = {{0, 0},
                                                                       {0, 1},
                                                                       {9, 1},
                                                                       {9, 3},
                                                                       {10, 1},
                                                                       {11, 2000},
                                                                       {5, 2010},
                                                                       {0, session_.rows},
                                                                       {session_.rows, 0},
                                                                       {2011, 1}};
  for (const auto& [start, count] : ranges) {
    const RowRequest request{.start = start, .count = count, .columns = {}};
    EXPECT_THAT(TestIds(Send(request)), IsOkAndHolds(Range(start, count))) << start << " " << count;
  }
}

TEST_F(RowSenderTest, SendsEveryCodec) {
  for (const Codec codec :
       {Codec::kDeflate, Codec::kZstd, Codec::kLz4Frame, Codec::kSnappyFramed}) {
    const RowRequest request{.start = 3, .count = 30'000, .columns = {}, .codec = codec};
    EXPECT_THAT(TestIds(Decompress(codec, Send(request))), IsOkAndHolds(Range(3, 30'000)))
        << maxcompute::wire::CodecName(codec);
  }
}

TEST_F(RowSenderTest, NumbersColumnsInTheOrderAskedFor) {
  const std::string stream = Send({.start = 8, .count = 3, .columns = {1, 0}});
  const RecordLayout layout({TestColumn("name", "string"), TestColumn("id", "bigint")});
  maxcompute::wire::BatchDecoder decoder(layout);
  auto batch = record::RecordBatch::Make(layout.columns());
  ASSERT_THAT(decoder.Decode(AsBytes(stream), batch), IsOk());
  ASSERT_EQ(batch.rows, 3U);
  EXPECT_EQ(batch.columns[0].BytesAt(2), "row 10");
  EXPECT_EQ(batch.columns[1].int64s, (std::vector<std::int64_t>{8, 9, 10}));
}

TEST_F(RowSenderTest, SendsOneColumnOfManyRows) {
  const std::string stream = Send({.start = 1, .count = 42'000, .columns = {0}});
  const RecordLayout layout({TestColumn("id", "bigint")});
  maxcompute::wire::RecordValidator validator(layout);
  ASSERT_THAT(validator.Consume(AsBytes(stream)), IsOk());
  EXPECT_THAT(validator.Finish(), IsOk());
  EXPECT_EQ(validator.totals().records, 42'000U);
}

TEST_F(RowSenderTest, WritesLargeRunsWithoutCutting) {
  FakeExchange exchange("GET", "/x");
  Throttle throttle(0, clock_);
  ASSERT_THAT(SendRows(exchange, session_, {.start = 0, .count = session_.rows, .columns = {}},
                       throttle, {}),
              IsOk());
  EXPECT_EQ(exchange.writes, 5);  // four segments and the trailer
}

TEST_F(RowSenderTest, KeepsToARate) {
  FakeExchange exchange("GET", "/x");
  Throttle throttle(100'000, clock_);
  const SteadyTime begin = clock_.SteadyNow();
  ASSERT_THAT(SendRows(exchange, session_, {.start = 0, .count = session_.rows, .columns = {}},
                       throttle, {}),
              IsOk());
  const std::chrono::duration<double> spent = clock_.SteadyNow() - begin;
  EXPECT_NEAR(spent.count(), static_cast<double>(exchange.answer.size()) / 100'000, 1.0);
}

}  // namespace
}  // namespace culvert::emulator
