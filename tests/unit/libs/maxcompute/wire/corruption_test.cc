// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sanitized.h"
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

// Every single fault in a stream must be refused by every reader, exhaustively: flips of one bit,
// cuts, and deletions of one byte. Half of a stream's bits are tags, lengths and checksums that no
// checksum covers.

namespace culvert::maxcompute::wire::testing {
namespace {

// Under a sanitizer each seventh fault is tried, so that every bit of a byte has its turn: it takes
// the readers down all their paths, and they have no threads.
constexpr std::size_t kStep = test::kSanitized ? 7 : 1;
// But for cuts: AddressSanitizer sees a reader go beyond the end only where that end is tried.
constexpr std::size_t kCutStep = test::kThreadSanitized ? 7 : 1;

const std::vector<std::string> kAllTypes{"a boolean",
                                         "b tinyint",
                                         "c smallint",
                                         "d int",
                                         "e bigint",
                                         "f float",
                                         "g double",
                                         "h date",
                                         "i datetime",
                                         "j string",
                                         "k varchar(40)",
                                         "l char(40)",
                                         "m binary",
                                         "n json",
                                         "o decimal(38,18)",
                                         "p timestamp",
                                         "q timestamp_ntz",
                                         "r interval_day_time",
                                         "s interval_year_month",
                                         "t array<string>",
                                         "u map<string,bigint>",
                                         "v struct<a:bigint,b:string,c:array<double>>"};

struct Sample {
  std::string name;
  std::vector<record::Column> columns;
  std::string stream;
};

enum class NestedNulls { kSome, kNone };

std::vector<Sample> Samples(NestedNulls nulls = NestedNulls::kSome) {
  std::vector<Sample> samples;
  {
    Random random(1);
    random.nested_nulls = nulls == NestedNulls::kSome;
    random.long_texts = false;
    Sample sample{"all types", Columns(kAllTypes), ""};
    const RecordLayout layout(sample.columns);
    sample.stream = EncodeStream(layout, RandomBatch(random, layout, 20));
    samples.push_back(sample);
    sample.name += ", ten-byte checksums";
    sample.stream = WithLongChecksums(layout, sample.stream);
    samples.push_back(sample);
  }
  Random random(3);
  random.nested_nulls = nulls == NestedNulls::kSome;
  random.long_texts = false;
  for (const std::string type : {"bigint", "string", "array<string>", "boolean"}) {
    Sample sample{"only " + type, Columns({"x " + type, "y " + type, "z " + type}), ""};
    const RecordLayout layout(sample.columns);
    sample.stream = EncodeStream(layout, RandomBatch(random, layout, 25));
    samples.push_back(sample);
    sample.name += ", ten-byte checksums";
    sample.stream = WithLongChecksums(layout, sample.stream);
    samples.push_back(sample);
  }
  return samples;
}

class CorruptionTest : public ::testing::TestWithParam<Reader> {};
INSTANTIATE_TEST_SUITE_P(Readers, CorruptionTest, ::testing::ValuesIn(kReaders));

TEST_P(CorruptionTest, SoundStreamsAreRead) {
  for (const Sample& sample : Samples()) {
    const RecordLayout layout(sample.columns);
    EXPECT_TRUE(ReadBack(GetParam(), layout, sample.stream).has_value()) << sample.name;
  }
}

TEST_P(CorruptionTest, EveryFlippedBitIsRefused) {
  for (const Sample& sample : Samples()) {
    const RecordLayout layout(sample.columns);
    std::string stream = sample.stream;
    std::size_t accepted = 0;
    for (std::size_t bit = 0; bit < stream.size() * 8; bit += kStep) {
      stream[bit / 8] = static_cast<char>(stream[bit / 8] ^ (1 << (bit % 8)));
      const auto read = ReadBack(GetParam(), layout, stream);
      if (read.has_value() && ++accepted < 5) {
        ADD_FAILURE() << sample.name << ": bit " << bit % 8 << " of byte " << bit / 8;
      }
      stream[bit / 8] = sample.stream[bit / 8];
    }
    EXPECT_EQ(accepted, 0U) << sample.name << " of " << stream.size() * 8;
  }
}

TEST_P(CorruptionTest, EveryTruncationIsRefused) {
  for (const Sample& sample : Samples()) {
    const RecordLayout layout(sample.columns);
    for (std::size_t size = 0; size < sample.stream.size(); size += kCutStep) {
      const auto read = ReadBack(GetParam(), layout, sample.stream.substr(0, size));
      ASSERT_FALSE(read.has_value()) << sample.name << " cut to " << size;
      ASSERT_EQ(read.error().code, ErrorCode::kDataLoss);
    }
  }
}

TEST_P(CorruptionTest, EveryDeletedByteIsRefused) {
  for (const Sample& sample : Samples(NestedNulls::kNone)) {
    const RecordLayout layout(sample.columns);
    for (std::size_t at = 0; at < sample.stream.size(); at += kStep) {
      std::string stream = sample.stream;
      stream.erase(at, 1);
      ASSERT_FALSE(ReadBack(GetParam(), layout, stream).has_value()) << sample.name << " at " << at;
    }
  }
}

// What no reader can see: counts and null flags of nested values are in no checksum, and [null, 7]
// without its first byte is a sound [7].
TEST(CorruptionLimitTest, NestedNullsCanBeDeletedUnseen) {
  const RecordLayout layout(Columns({"a array<bigint>"}));
  record::RecordBatch batch = record::RecordBatch::Make(layout.columns());
  batch.columns[0].AppendBytes(std::string_view("\x02\x01\x00\x0e", 4));
  batch.rows = 1;
  std::string stream = EncodeStream(layout, batch);
  ASSERT_EQ(stream[1], '\x02');
  stream.erase(1, 1);
  EXPECT_TRUE(ReadBack(Reader::kValidator, layout, stream).has_value());
}

TEST_P(CorruptionTest, BytesBehindTheTrailerAreRefused) {
  for (const Sample& sample : Samples()) {
    const RecordLayout layout(sample.columns);
    for (const std::size_t piece : {std::size_t{0}, sample.stream.size()}) {
      const auto read = ReadBack(GetParam(), layout, sample.stream + '\0', piece);
      ASSERT_FALSE(read.has_value()) << sample.name;
      EXPECT_EQ(read.error().code, ErrorCode::kDataLoss);
    }
    EXPECT_FALSE(ReadBack(GetParam(), layout, sample.stream + sample.stream).has_value());
  }
}

TEST_P(CorruptionTest, WindowsCutAtEveryPositionReadTheSame) {
  for (const Sample& sample : Samples()) {
    const RecordLayout layout(sample.columns);
    const auto whole = ReadBack(GetParam(), layout, sample.stream);
    ASSERT_TRUE(whole.has_value());
    for (std::size_t at = 1; at < sample.stream.size(); at += kStep) {
      const auto read = ReadBackCut(GetParam(), layout, sample.stream, {at});
      ASSERT_TRUE(read.has_value())
          << sample.name << " cut at " << at << ": " << ToString(read.error());
      ASSERT_EQ(*read, *whole) << sample.name << " cut at " << at;
    }
  }
}

TEST_P(CorruptionTest, FlipsAreRefusedInWindowsOfOneByteToo) {
  const Sample sample = Samples().front();
  const RecordLayout layout(sample.columns);
  Random random(5);
  for (int i = 0; i < 300; ++i) {
    std::string stream = sample.stream;
    const std::uint64_t bit = Below(random, stream.size() * 8);
    stream[bit / 8] = static_cast<char>(stream[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(ReadBack(GetParam(), layout, stream, 7).has_value()) << bit;
  }
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
