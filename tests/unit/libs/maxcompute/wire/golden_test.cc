// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/digest.h"
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace culvert::maxcompute::wire::testing {
namespace {

struct Golden {
  std::string name;
  std::vector<record::Column> columns;
  std::string stream;
  std::size_t rows = 0;
  std::vector<std::uint32_t> crcs;
};

std::uint32_t Hex32(const std::string& text) {
  return static_cast<std::uint32_t>(std::stoul(text, nullptr, 16));
}

std::string FromHex(const std::string& hex) { return HexDecode(hex).value_or("not hexadecimal"); }

std::vector<Golden> LoadGolden() {
  std::ifstream file(CULVERT_SOURCE_DIR "/tests/golden/vectors.json");
  const nlohmann::json json = nlohmann::json::parse(file);
  std::vector<Golden> all;
  for (const auto& entry : json["record_stream"]) {
    Golden golden;
    golden.name = entry["name"];
    for (const auto& column : entry["schema"]) {
      record::Column parsed;
      parsed.name = column["name"];
      parsed.type = ParseType(column["type"].get<std::string>());
      golden.columns.push_back(parsed);
    }
    golden.stream = FromHex(entry["stream_hex"]);
    golden.rows = entry["row_count"];
    for (const auto& crc : entry["record_crc32c"]) golden.crcs.push_back(Hex32(crc));
    all.push_back(golden);
  }
  return all;
}

TEST(GoldenTest, HasAllStreams) { EXPECT_EQ(LoadGolden().size(), 28U); }

TEST(GoldenTest, DecodesAndEncodesByteForByte) {
  for (const Golden& golden : LoadGolden()) {
    SCOPED_TRACE(golden.name);
    const RecordLayout layout(golden.columns);
    const record::RecordBatch batch = DecodeStream(layout, golden.stream);
    EXPECT_EQ(batch.rows, golden.rows);
    EXPECT_EQ(HexEncode(BytesOf(EncodeStream(layout, batch))), HexEncode(BytesOf(golden.stream)));
  }
}

TEST(GoldenTest, EveryReaderGivesTheSameBytes) {
  for (const Golden& golden : LoadGolden()) {
    const RecordLayout layout(golden.columns);
    for (const Reader reader : kReaders) {
      for (const std::size_t piece : {0, 1, 3}) {
        SCOPED_TRACE(golden.name + " in pieces of " + std::to_string(piece));
        const auto read = ReadBack(reader, layout, golden.stream, piece);
        ASSERT_TRUE(read.has_value()) << ToString(read.error());
        EXPECT_EQ(*read, golden.stream);
      }
    }
  }
}

TEST(GoldenTest, IndexHasTheRecordChecksums) {
  for (const Golden& golden : LoadGolden()) {
    SCOPED_TRACE(golden.name);
    const RecordLayout layout(golden.columns);
    const std::string records = EncodeRecords(layout, DecodeStream(layout, golden.stream));
    RecordIndex index;
    IndexRecords(layout, BytesOf(records), 100, index);
    EXPECT_EQ(index.crcs, golden.crcs);
    ASSERT_EQ(index.offsets.size(), golden.rows);
    EXPECT_TRUE(golden.rows == 0 || index.offsets[0] == 100U);
  }
}

TEST(GoldenTest, TenByteChecksumsAreRead) {
  for (const Golden& golden : LoadGolden()) {
    SCOPED_TRACE(golden.name);
    const RecordLayout layout(golden.columns);
    const std::string stream = WithLongChecksums(layout, golden.stream);
    for (const Reader reader : {Reader::kTranscoder, Reader::kDecoder}) {
      const auto read = ReadBack(reader, layout, stream);
      ASSERT_TRUE(read.has_value()) << ToString(read.error());
      EXPECT_EQ(*read, golden.stream);
    }
    // A validated stream is forwarded as it came, and its index has the 32-bit checksums.
    RecordIndex index;
    RecordValidator validator(layout);
    const Result<Consumed> consumed = validator.Consume(BytesOf(stream), 0, index);
    ASSERT_TRUE(consumed.has_value()) << ToString(consumed.error());
    const auto forwarded = ReadBack(Reader::kValidator, layout, stream);
    ASSERT_TRUE(forwarded.has_value()) << ToString(forwarded.error());
    EXPECT_TRUE(forwarded->starts_with(stream.substr(0, consumed->record_bytes)));
    EXPECT_EQ(index.crcs, golden.crcs);
  }
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
