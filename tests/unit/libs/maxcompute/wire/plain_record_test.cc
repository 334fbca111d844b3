// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/plain_record.h"

#include "libs/maxcompute/wire/record_parser.h"
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

#include <sstream>

// The quick way must never take what the careful parser refuses, nor read it differently.

namespace culvert::maxcompute::wire::internal {
namespace {

using testing::Below;
using testing::Random;

/// Writes down all that a parser says of a record.
struct Notes {
  const std::uint8_t* front = nullptr;
  std::ostringstream text;

  std::ostream& At(const char* what, std::size_t column, const std::uint8_t* raw) {
    return text << what << ' ' << column << " at " << raw - front << ": ";
  }
  void Int(std::size_t column, std::int64_t value, const std::uint8_t* raw,
           const std::uint8_t* end) {
    At("int", column, raw) << value << " to " << end - front << '\n';
  }
  void Fixed32(std::size_t column, std::uint32_t bits, const std::uint8_t* raw) {
    At("fixed32", column, raw) << bits << '\n';
  }
  void Fixed64(std::size_t column, std::uint64_t bits, const std::uint8_t* raw) {
    At("fixed64", column, raw) << bits << '\n';
  }
  void Bytes(std::size_t column, const std::uint8_t* raw, const std::uint8_t* content,
             std::size_t size) {
    At("bytes", column, raw) << size << " from " << content - front << '\n';
  }
  void Time(std::size_t column, std::int64_t seconds, std::int32_t nanos, const std::uint8_t* raw,
            const std::uint8_t* end) {
    At("time", column, raw) << seconds << ' ' << nanos << " to " << end - front << '\n';
  }
  void Nested(std::size_t column, const std::uint8_t* raw, const std::uint8_t* end) {
    At("nested", column, raw) << " to " << end - front << '\n';
  }
};

struct Parsed {
  std::ptrdiff_t size = -1;  // not accepted
  std::uint32_t crc = 0;
  std::string notes;
};

template <Bits kBits>
Parsed ReadPlain(const RecordLayout& layout, const std::string& window) {
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(window.data());
  Notes notes{.front = begin, .text = {}};
  Parsed read;
  const std::uint8_t* const end =
      ParsePlainRecord<kBits>(layout.compiled(), begin, begin + window.size(), notes, read.crc);
  if (end == nullptr) return {};
  read.size = end - begin;
  read.notes = notes.text.str();
  return read;
}

Parsed ReadCarefully(const RecordLayout& layout, const std::string& window) {
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(window.data());
  Notes notes{.front = begin, .text = {}};
  Cursor cursor{.p = begin, .end = begin + window.size(), .record = begin};
  ReaderState state;
  Parsed read;
  if (ParseRecord(layout.compiled(), cursor, state, notes, read.crc) != Found::kField) return {};
  read.size = cursor.p - begin;
  read.notes = notes.text.str();
  return read;
}

/// True when the quick way took the record; it must be right then.
template <Bits kBits>
bool TookAsCarefully(const RecordLayout& layout, const std::string& window) {
  const Parsed plain = ReadPlain<kBits>(layout, window);
  if (plain.size < 0) return false;
  const Parsed careful = ReadCarefully(layout, window);
  EXPECT_EQ(plain.size, careful.size);
  EXPECT_EQ(plain.crc, careful.crc);
  EXPECT_EQ(plain.notes, careful.notes);
  return true;
}

bool TookAsCarefullyByAll(const RecordLayout& layout, const std::string& window) {
  const bool took = TookAsCarefully<Bits::kPortable>(layout, window);
  if (DetectBits() == Bits::kBmi2) {
    EXPECT_EQ((TookAsCarefully<Bits::kBmi2>(layout, window)), took);
  }
  return took;
}

// Random bytes behind the record: room that must not matter.
std::string Padding(Random& random) {
  std::string padding(kPlainFieldBytes, '\0');
  for (char& c : padding) c = static_cast<char>(random());
  return padding;
}

TEST(PlainRecordTest, SoundRecordsAreTakenAsTheCarefulParserReadsThem) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const RecordLayout layout(testing::RandomColumns(random, 1 + Below(random, 40), 3));
    const std::string record =
        testing::EncodeRecords(layout, testing::RandomBatch(random, layout, 1));
    EXPECT_TRUE(TookAsCarefullyByAll(layout, record + Padding(random)));
  }
}

TEST(PlainRecordTest, NothingIsTakenThatTheCarefulParserRefuses) {
  int taken = 0;
  for (std::uint64_t seed = 1000; seed < 1060; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    random.long_texts = false;
    const RecordLayout layout(testing::RandomColumns(random, 1 + Below(random, 12), 2));
    const std::string record =
        testing::EncodeRecords(layout, testing::RandomBatch(random, layout, 1));
    for (int i = 0; i < 300; ++i) {
      std::string damaged = record;
      const std::size_t at = Below(random, damaged.size());
      switch (Below(random, 4)) {
        case 0:
          damaged[at] = static_cast<char>(damaged[at] ^ (1 << Below(random, 8)));
          break;
        case 1:
          damaged[at] = static_cast<char>(random());
          break;
        case 2:
          damaged.erase(at, 1 + Below(random, 3));
          break;
        default:
          damaged.insert(at, 1, static_cast<char>(random()));
      }
      taken += TookAsCarefullyByAll(layout, damaged + Padding(random)) && damaged != record ? 1 : 0;
    }
  }
  // Only null flags and counts of nested values are beyond every check.
  EXPECT_LT(taken, 200);
}

TEST(PlainRecordTest, ShortWindowsAreLeftToTheCarefulParser) {
  constexpr std::uint64_t kSeed = 5;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  const RecordLayout layout(testing::RandomColumns(random, 20, 2));
  const std::string record =
      testing::EncodeRecords(layout, testing::RandomBatch(random, layout, 1));
  const std::string padded = record + Padding(random);
  for (std::size_t size = kPlainFieldBytes; size < padded.size(); ++size) {
    // A copy of exactly these bytes, so that a sanitizer sees a read past them.
    const std::string window(padded.substr(0, size));
    EXPECT_FALSE(TookAsCarefullyByAll(layout, window) && size < record.size());
  }
}

TEST(PlainRecordTest, RareFormsAreJudgedElsewhereOrRight) {
  const RecordLayout layout(testing::Columns({"a bigint", "b string", "c boolean"}));
  const std::string padding(kPlainFieldBytes, '\x7f');
  record::RecordBatch batch = record::RecordBatch::Make(layout.columns());
  batch.columns[0].AppendInt64(-1);
  batch.columns[1].AppendBytes(std::string(300, 'x'));
  batch.columns[2].AppendNull();
  batch.rows = 1;
  const std::string record = testing::EncodeRecords(layout, batch);
  EXPECT_TRUE(TookAsCarefullyByAll(layout, record + padding));
  const std::string end = "\x80\xc0\xff\x7f";
  // Columns out of order, a column twice, an unknown one, a trailer.
  for (const std::string& fields :
       {std::string("\x12\x01x\x08\x01", 5), std::string("\x08\x01\x08\x01", 4),
        std::string("\x20\x01", 2), std::string("\xf0\xff\xff\x7f\x02", 5)}) {
    EXPECT_FALSE(TookAsCarefullyByAll(layout, fields + end + padding));
  }
}

TEST(PlainRecordTest, BothKindsOfProcessorReadAndWriteTheSame) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const RecordLayout layout(testing::RandomColumns(random, 1 + Below(random, 25), 2));
    const record::RecordBatch batch = testing::RandomBatch(random, layout, 40);
    const std::string stream = testing::EncodeStream(layout, batch);
    const std::size_t piece = 100 + Below(random, 4000);
    const ScopedBits portable(Bits::kPortable);
    EXPECT_EQ(testing::EncodeStream(layout, batch), stream);
    for (const testing::Reader reader : testing::kReaders) {
      EXPECT_EQ(testing::ReadBack(reader, layout, stream, piece).value_or(""), stream);
      EXPECT_TRUE(testing::ReadBack(reader, layout, testing::WithLongChecksums(layout, stream))
                      .has_value());
    }
  }
}

}  // namespace
}  // namespace culvert::maxcompute::wire::internal
