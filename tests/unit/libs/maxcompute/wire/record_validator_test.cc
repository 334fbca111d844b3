// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/digest.h"
#include "libs/maxcompute/wire/varint.h"
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace culvert::maxcompute::wire::testing {
namespace {

/// Writes streams by hand, sound or not, with right checksums unless told otherwise.
class StreamWriter {
 public:
  StreamWriter& Raw(std::string_view bytes, std::string_view feed) {
    out_ += bytes;
    crc_ = Crc32c(BytesOf(feed), crc_);
    return *this;
  }
  /// A BIGINT of column `number`.
  StreamWriter& Int(std::uint32_t number, std::int64_t value) {
    PutVarint(out_, number << 3);
    PutZigZag(out_, value);
    Feed(number);
    Feed(value);
    return *this;
  }
  StreamWriter& Text(std::uint32_t number, std::string_view value) {
    PutVarint(out_, number << 3 | 2);
    PutVarint(out_, value.size());
    out_ += value;
    Feed(number);
    crc_ = Crc32c(BytesOf(value), crc_);
    return *this;
  }
  StreamWriter& End() {
    out_ += "\x80\xc0\xff\x7f";
    PutVarint(out_, crc_);
    FeedTotal(crc_);
    crc_ = 0;
    ++records_;
    return *this;
  }
  StreamWriter& Count() {
    out_ += "\xf0\xff\xff\x7f";
    PutZigZag(out_, records_);
    return *this;
  }
  StreamWriter& Metrics(std::string_view json) {
    out_ += "\x0a";
    PutVarint(out_, json.size());
    out_ += json;
    Feed(std::uint32_t{1});
    crc_ = Crc32c(BytesOf(json), crc_);
    out_ += "\x80\xf0\xff\x7f";
    PutVarint(out_, crc_);
    crc_ = 0;
    return *this;
  }
  StreamWriter& Checksum() {
    out_ += "\xf8\xff\xff\x7f";
    PutVarint(out_, total_);
    return *this;
  }
  std::string Trailer() { return Count().Checksum().out_; }
  const std::string& out() const { return out_; }

 private:
  template <typename T>
  void Feed(T value) {
    crc_ = Crc32c(std::as_bytes(std::span(&value, 1)), crc_);
  }
  void FeedTotal(std::uint32_t crc) { total_ = Crc32c(std::as_bytes(std::span(&crc, 1)), total_); }

  std::string out_;
  std::uint32_t crc_ = 0;
  std::uint32_t total_ = 0;
  std::int64_t records_ = 0;
};

RecordLayout Two() { return RecordLayout(Columns({"a bigint", "b string"})); }

void ExpectRefused(const RecordLayout& layout, std::string_view stream, std::string_view why) {
  for (const Reader reader : kReaders) {
    const auto read = ReadBack(reader, layout, stream);
    ASSERT_FALSE(read.has_value()) << why;
    EXPECT_EQ(read.error().code, ErrorCode::kDataLoss);
    EXPECT_NE(read.error().message.find(why), std::string::npos) << read.error().message;
  }
}

void ExpectRead(const RecordLayout& layout, std::string_view stream) {
  for (const Reader reader : kReaders) {
    const auto read = ReadBack(reader, layout, stream);
    EXPECT_TRUE(read.has_value()) << (read ? "" : ToString(read.error()));
  }
}

TEST(RecordValidatorTest, ReadsColumnsInAnyOrder) {
  const RecordLayout layout = Two();
  const std::string stream =
      StreamWriter().Int(1, 5).Text(2, "x").End().Text(2, "y").Int(1, 6).End().Trailer();
  for (const std::size_t piece : {0, 1, 5}) {
    for (const Reader reader : {Reader::kTranscoder, Reader::kDecoder}) {
      const auto read = ReadBack(reader, layout, stream, piece);
      ASSERT_TRUE(read.has_value()) << ToString(read.error());
      const std::string ascending =
          StreamWriter().Int(1, 5).Text(2, "x").End().Int(1, 6).Text(2, "y").End().Trailer();
      EXPECT_EQ(*read, ascending);
    }
    EXPECT_EQ(ReadBack(Reader::kValidator, layout, stream, piece).value(), stream);
  }
}

TEST(RecordValidatorTest, RefusesAColumnTwice) {
  const RecordLayout layout = Two();
  ExpectRefused(layout, StreamWriter().Int(1, 5).Int(1, 5).End().Trailer(), "a column twice");
  ExpectRefused(layout, StreamWriter().Int(1, 5).Text(2, "").Int(1, 6).End().Trailer(),
                "a column twice");
}

TEST(RecordValidatorTest, RefusesUnknownColumnsAndWrongWireTypes) {
  const RecordLayout layout = Two();
  ExpectRefused(layout, StreamWriter().Int(3, 5).End().Trailer(), "no column of the table");
  ExpectRefused(layout, StreamWriter().Int(0, 5).End().Trailer(), "no column of the table");
  ExpectRefused(layout, StreamWriter().Text(1, "x").End().Trailer(), "wire type");
  ExpectRefused(layout, StreamWriter().Int(2, 1).End().Trailer(), "wire type");
}

TEST(RecordValidatorTest, RefusesPaddedAndOverlongTags) {
  const RecordLayout layout = Two();
  // The right checksum, so that nothing but the tag is wrong.
  const std::string good = StreamWriter().Int(1, 5).End().Trailer();
  ExpectRead(layout, good);
  ExpectRefused(layout, std::string("\x88\x00", 2) + good.substr(1), "malformed varint");
  ExpectRefused(layout, "\x88\x80\x80\x80\x80\x01" + good.substr(1), "more than 32 bits");
}

TEST(RecordValidatorTest, RefusesBooleansOtherThanZeroAndOne) {
  const RecordLayout layout(Columns({"a boolean"}));
  const std::string feed{"\x01\x00\x00\x00\x02", 5};
  ExpectRefused(layout, StreamWriter().Raw("\x08\x02", feed).End().Trailer(), "boolean");
}

TEST(RecordValidatorTest, RefusesNanosecondsOutOfRange) {
  const auto time = [](std::int64_t nanos) {
    std::string bytes = "\x0a";
    PutZigZag(bytes, 7);
    PutZigZag(bytes, nanos);
    std::string feed("\x01\0\0\0\x07\0\0\0\0\0\0\0", 12);
    const auto low = static_cast<std::int32_t>(nanos);
    feed.append(reinterpret_cast<const char*>(&low), sizeof low);
    return StreamWriter().Raw(bytes, feed).End().Trailer();
  };
  const RecordLayout timestamp(Columns({"a timestamp"}));
  const RecordLayout interval(Columns({"a interval_day_time"}));
  ExpectRead(timestamp, time(999'999'999));
  ExpectRefused(timestamp, time(1'000'000'000), "nanoseconds");
  ExpectRefused(timestamp, time(-1), "nanoseconds");
  ExpectRefused(timestamp, time(std::int64_t{1} << 32), "nanoseconds");
  ExpectRead(interval, time(-999'999'999));
  ExpectRefused(interval, time(-1'000'000'000), "nanoseconds");
}

TEST(RecordValidatorTest, ReadsServerMetricsAndSaysSo) {
  const RecordLayout layout = Two();
  const std::string stream =
      StreamWriter().Int(1, 5).End().Count().Metrics("{\"a\":1}").Checksum().out();
  RecordValidator validator(layout);
  ASSERT_TRUE(validator.Consume(BytesOf(stream)).has_value());
  EXPECT_TRUE(validator.Finish().has_value());
  EXPECT_TRUE(validator.has_metrics());
  for (const std::size_t piece : {0, 1, 4}) {
    for (const Reader reader : kReaders) {
      const auto read = ReadBack(reader, layout, stream, piece);
      ASSERT_TRUE(read.has_value()) << ToString(read.error());
      EXPECT_EQ(*read, StreamWriter().Int(1, 5).End().Trailer());
    }
  }
}

TEST(RecordValidatorTest, RefusesEveryFaultOfMetrics) {
  const RecordLayout layout = Two();
  const std::string stream =
      StreamWriter().Int(1, 5).End().Count().Metrics("{\"a\":1}").Checksum().out();
  for (std::size_t bit = 0; bit < stream.size() * 8; ++bit) {
    std::string bad = stream;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(ReadBack(Reader::kValidator, layout, bad).has_value()) << bit;
  }
  const std::string large(1024 * 1024 + 1, ' ');
  ExpectRead(layout, StreamWriter().Count().Metrics(large.substr(1)).Checksum().out());
  ExpectRefused(layout, StreamWriter().Count().Metrics(large).Checksum().out(), "1 MiB");
}

TEST(RecordValidatorTest, RefusesTrailersThatDoNotFit) {
  const RecordLayout layout = Two();
  ExpectRefused(layout, StreamWriter().Int(1, 5).End().Checksum().out(), "no column");
  ExpectRefused(layout, StreamWriter().Int(1, 5).End().Count().Int(1, 5).End().out(),
                "without a checksum");
  ExpectRefused(layout, StreamWriter().Int(1, 5).Count().out(), "no column");
  ExpectRefused(layout, "\xf0\xff\xff\x7f\x02\xf8\xff\xff\x7f" + std::string(1, '\0'), "count");
  ExpectRefused(layout, "\xf0\xff\xff\x7f\x01\xf8\xff\xff\x7f" + std::string(1, '\0'), "count");
  ExpectRefused(layout, StreamWriter().Int(1, 5).End().Count().out() + "\xf8\xff\xff\x7f\x05",
                "checksum is not that");
  ExpectRefused(layout, StreamWriter().Int(1, 5).End().Count().out(), "left over");
  ExpectRefused(layout, StreamWriter().Int(1, 5).End().out(), "no trailer");
}

TEST(RecordValidatorTest, RefusesNestedNonsense) {
  const auto nested = [](std::string_view value) {
    std::string bytes = "\x0a";
    bytes += value;
    return StreamWriter().Raw(bytes, std::string_view("\x01\0\0\0", 4)).End().Trailer();
  };
  const RecordLayout array(Columns({"a array<bigint>"}));
  ExpectRead(array, nested(std::string_view("\x01\x01", 2)));
  ExpectRefused(array, nested(std::string_view("\x01\x02", 2)), "null flag");
  ExpectRefused(array, nested("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "larger");
  ExpectRefused(array, nested("\x80\x80\x80\x80\x10"), "larger");
  const RecordLayout map(Columns({"a map<bigint,bigint>"}));
  ExpectRead(map, nested(std::string_view("\x01\x01\x01\x01", 4)));
  ExpectRefused(map, nested(std::string_view("\x01\x01\x02\x01\x01", 5)), "more keys");
}

TEST(RecordValidatorTest, NothingIsReadBehindTheTrailer) {
  const RecordLayout layout = Two();
  RecordValidator validator(layout);
  ASSERT_TRUE(validator.Consume(BytesOf(StreamWriter().Trailer())).has_value());
  EXPECT_TRUE(validator.finished());
  EXPECT_TRUE(validator.Consume({}).has_value());
  EXPECT_FALSE(validator.Consume(BytesOf("\x08")).has_value());
}

TEST(RecordValidatorTest, TellsWhatAHugeStringNeeds) {
  const RecordLayout layout = Two();
  const std::string stream =
      StreamWriter().Text(2, std::string(8 * 1024 * 1024, 'x')).End().Trailer();
  RecordValidator validator(layout);
  ASSERT_EQ(validator.Consume(BytesOf(stream).first(1024))->total_bytes, 0U);
  EXPECT_GT(validator.wanted(), 8U * 1024 * 1024);
  EXPECT_LE(validator.wanted(), stream.size());
  const auto consumed = validator.Consume(BytesOf(stream));
  ASSERT_TRUE(consumed.has_value());
  EXPECT_EQ(consumed->total_bytes, stream.size());
}

TEST(RecordValidatorTest, AMillionElementsInPiecesTakeLinearTime) {
  const RecordLayout layout(Columns({"a array<string>"}));
  std::string value;
  constexpr std::size_t kElements = 1'000'000;
  PutVarint(value, kElements);
  for (std::size_t i = 0; i < kElements; ++i) value += std::string("\0\x03one", 5);
  record::RecordBatch batch = record::RecordBatch::Make(layout.columns());
  batch.columns[0].AppendBytes(value);
  batch.rows = 1;
  const std::string stream = EncodeStream(layout, batch);
  // Looks at all that has come with each piece would add up to forty times these 5 MB.
  for (const Reader reader : kReaders) {
    const auto read = ReadBack(reader, layout, stream, std::size_t{64} * 1024);
    ASSERT_TRUE(read.has_value()) << ToString(read.error());
    EXPECT_TRUE(*read == stream);
  }
}

TEST(RecordValidatorTest, RecordsAreBounded) {
  const RecordLayout layout(Columns({"a string", "b string"}));
  const auto record = [](std::size_t size) {
    // Tag, five bytes of length, END_RECORD and its checksum of five bytes around the string.
    std::string text(size - 1 - 4 - 4 - 5, 'x');
    return StreamWriter().Text(1, text).End().Trailer();
  };
  for (const std::size_t size : {kRecordBytesMax - 1, kRecordBytesMax + 8}) {
    const std::string stream = record(size);
    RecordValidator validator(layout);
    EXPECT_EQ(validator.Consume(BytesOf(stream)).has_value(), size < kRecordBytesMax) << size;
  }
  // A claimed length is refused before anything of it has arrived.
  RecordValidator validator(layout);
  const auto claimed = validator.Consume(BytesOf("\x0a\xff\xff\xff\x7f"));
  ASSERT_FALSE(claimed.has_value());
  EXPECT_NE(claimed.error().message.find("larger"), std::string::npos);
}

TEST(RecordValidatorTest, IndexesWhileItReads) {
  const RecordLayout layout = Two();
  const std::string stream = StreamWriter().Int(1, 5).End().Text(2, "abc").End().Trailer();
  RecordValidator validator(layout);
  RecordIndex index;
  std::size_t begin = 0;
  for (std::size_t end = 1; end <= stream.size(); ++end) {
    const auto consumed =
        validator.Consume(BytesOf(stream).subspan(begin, end - begin), 1000 + begin, index);
    ASSERT_TRUE(consumed.has_value());
    begin += consumed->total_bytes;
  }
  EXPECT_TRUE(validator.Finish().has_value());
  RecordIndex whole;
  const std::size_t trailer = StreamWriter().Trailer().size() + 4;
  IndexRecords(layout, BytesOf(stream).first(stream.size() - trailer), 1000, whole);
  EXPECT_EQ(index.offsets, whole.offsets);
  EXPECT_EQ(index.crcs, whole.crcs);
  EXPECT_EQ(CrcOfCrcs(index.crcs), validator.totals().crc_of_crcs);
}

TEST(RecordValidatorTest, WideTablesHaveLongTags) {
  std::vector<std::string> names;
  for (int i = 0; i < 1200; ++i) names.push_back("c" + std::to_string(i) + " bigint");
  const RecordLayout layout(Columns(names));
  Random random(4);
  const std::string stream = EncodeStream(layout, RandomBatch(random, layout, 30));
  for (const Reader reader : kReaders) {
    const auto read = ReadBack(reader, layout, stream, 10'000);
    ASSERT_TRUE(read.has_value()) << ToString(read.error());
    EXPECT_TRUE(*read == stream);
  }
}

TEST(RecordValidatorTest, NestsTwentyDeep) {
  std::string type = "bigint";
  for (int i = 0; i < 20; ++i) type = "array<" + type + ">";
  const RecordLayout layout(Columns({"a " + type}));
  std::string value;
  for (int i = 0; i < 20; ++i) value += std::string("\x01\x00", 2);
  value += "\x0e";
  record::RecordBatch batch = record::RecordBatch::Make(layout.columns());
  batch.columns[0].AppendBytes(value);
  batch.rows = 1;
  ExpectRead(layout, EncodeStream(layout, batch));
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
