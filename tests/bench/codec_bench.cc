// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0

// Speed of the record format and the body codecs, one thread, memory to memory, in thread CPU time:
//   codec_bench [--rounds N] [--records N] [--only CASE] [--json FILE] [--stream FILE]
// Every round runs every case once, so that a busy neighbour slows all of them alike. --stream
// writes the record stream that is read, so that other programs can be timed on the same bytes.

#include "libs/maxcompute/wire/codec.h"
#include "libs/maxcompute/wire/record_stream.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::maxcompute::wire {
namespace {

constexpr std::size_t kWindowBytes = 256 * 1024;
constexpr std::size_t kDistinctRecords = 4096;

double ThreadCpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void Require(bool condition, std::string_view what) {
  if (condition) return;
  std::cerr << "codec_bench: " << what << '\n';
  std::exit(1);
}

record::Column MakeColumn(const char* name, const char* type) {
  record::Column column;
  column.name = name;
  column.type = record::Type::Parse(type).value();
  return column;
}

std::vector<record::Column> BenchColumns() {
  return {MakeColumn("id", "bigint"),    MakeColumn("qty", "bigint"),
          MakeColumn("price", "double"), MakeColumn("usr", "string"),
          MakeColumn("city", "string"),  MakeColumn("ts", "datetime"),
          MakeColumn("flag", "boolean"), MakeColumn("amount", "decimal(18,2)"),
          MakeColumn("cnt", "bigint"),   MakeColumn("note", "string")};
}

using Random = std::mt19937_64;

std::string Padded(std::string text) {
  text.resize(20, '-');
  return text;
}

std::string RandomNote(Random& random) {
  std::string note(20, ' ');
  for (char& c : note) c = static_cast<char>('!' + random() % 90);
  return note;
}

/// The table of the speed gates: 4,096 distinct records without nulls, as batches of 1,024.
std::vector<record::RecordBatch> MakeBatches(const RecordLayout& layout) {
  Random random(20240229);
  std::vector<record::RecordBatch> batches;
  for (std::size_t row = 0; row < kDistinctRecords; ++row) {
    if (row % record::RecordBatch::kRowsMax == 0) {
      batches.push_back(record::RecordBatch::Make(layout.columns()));
    }
    record::RecordBatch& batch = batches.back();
    ++batch.rows;
    auto& columns = batch.columns;
    columns[0].AppendInt64(static_cast<std::int64_t>(100'000'000 + row));
    columns[1].AppendInt64(static_cast<std::int64_t>(random() % 1000));
    columns[2].AppendDouble(static_cast<double>(random() % 1'000'000) / 100);
    columns[3].AppendBytes(Padded("user_" + std::to_string(random() % 100'000)));
    columns[4].AppendBytes(Padded("city_" + std::to_string(random() % 500)));
    columns[5].AppendInt64(1'709'210'096'789 + static_cast<std::int64_t>(random() % 86'400'000));
    columns[6].AppendInt64(static_cast<std::int64_t>(random() % 2));
    columns[7].AppendBytes(std::to_string(random() % 100'000) + "." +
                           std::to_string(10 + random() % 90));
    columns[8].AppendInt64(static_cast<std::int64_t>(random() % 5'000'000'000));
    columns[9].AppendBytes(RandomNote(random));
  }
  return batches;
}

struct Case {
  std::string name;
  std::function<std::size_t()> run;  // returns a number that depends on all the work
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::vector<double> cpu_seconds;
};

class Bench {
 public:
  explicit Bench(std::size_t records)
      : layout_(BenchColumns()), subset_(SubsetColumns()), batches_(MakeBatches(layout_)) {
    // Whole batches, about as many records as asked for.
    const std::size_t count = std::max<std::size_t>(1, records / record::RecordBatch::kRowsMax);
    for (std::size_t i = 0; i < count; ++i) {
      EncodeBatch(layout_, batches_[i % batches_.size()], stream_, totals_);
    }
    record_bytes_ = stream_.size();
    EncodeTrailer(totals_, stream_);
  }

  const ByteBuffer& stream() const { return stream_; }

  std::vector<Case> Cases() {
    std::vector<Case> cases;
    const auto add = [&](std::string name, std::function<std::size_t()> run) {
      cases.push_back({.name = std::move(name),
                       .run = std::move(run),
                       .records = totals_.records,
                       .bytes = record_bytes_,
                       .cpu_seconds = {}});
    };
    add("decode", [this] { return Decode(); });
    add("encode", [this] { return Encode(); });
    add("validate", [this] { return Validate(false); });
    add("pass-through", [this] { return Validate(true); });
    add("transcode", [this] { return Transcode(); });
    add("content-hash", [this] { return Hash(); });
    for (const Codec codec :
         {Codec::kDeflate, Codec::kZstd, Codec::kLz4Frame, Codec::kSnappyFramed}) {
      const std::string name(CodecName(codec));
      auto body = std::make_shared<ByteBuffer>(Compress(codec));
      add(name + "-compress", [this, codec] { return Compress(codec).size(); });
      add(name + "-decompress", [this, codec, body] { return Decompress(codec, *body); });
    }
    return cases;
  }

 private:
  static std::vector<record::Column> SubsetColumns() {
    const std::vector<record::Column> all = BenchColumns();
    return {all[9], all[7], all[5], all[3], all[1], all[0]};
  }

  // Hands the stream out in windows as a socket would, each beginning where the last call ended.
  template <typename Read>
  void ForEachWindow(const Read& read) {
    std::span<const std::byte> rest = stream_.Readable();
    while (!rest.empty()) {
      const auto window = rest.first(std::min(rest.size(), kWindowBytes));
      const std::size_t used = read(window);
      Require(used != 0, "a window was not read");
      rest = rest.subspan(used);
    }
  }

  std::size_t Decode() {
    BatchDecoder decoder(layout_);
    record::RecordBatch batch = record::RecordBatch::Make(layout_.columns());
    std::size_t rows = 0;
    ForEachWindow([&](std::span<const std::byte> window) {
      batch.Clear();
      const auto consumed = decoder.Decode(window, batch);
      Require(consumed.has_value(), "the stream cannot be decoded");
      rows += batch.rows;
      return consumed->total_bytes;
    });
    Require(decoder.Finish().has_value() && rows == totals_.records, "rows are missing");
    return rows;
  }

  std::size_t Encode() {
    StreamTotals totals;
    std::size_t bytes = 0;
    for (std::size_t i = 0; totals.records < totals_.records; ++i) {
      out_.Clear();
      EncodeBatch(layout_, batches_[i % batches_.size()], out_, totals);
      bytes += out_.size();
    }
    Require(totals.crc_of_crcs == totals_.crc_of_crcs, "the encoder is not repeatable");
    return bytes;
  }

  std::size_t Validate(bool forward) {
    RecordValidator validator(layout_);
    std::size_t bytes = 0;
    ForEachWindow([&](std::span<const std::byte> window) {
      const auto consumed = validator.Consume(window);
      Require(consumed.has_value(), "the stream cannot be validated");
      if (forward) {
        out_.Clear();
        out_.Append(window.first(consumed->record_bytes));
      }
      bytes += consumed->record_bytes;
      return consumed->total_bytes;
    });
    Require(validator.Finish().has_value(), "the stream does not end");
    return bytes;
  }

  std::size_t Transcode() {
    std::vector<ColumnOrigin> origins;
    for (const std::size_t column : {9U, 7U, 5U, 3U, 1U, 0U}) {
      origins.emplace_back(FromSource{column});
    }
    auto transcoder = RecordTranscoder::Make(layout_, subset_, std::move(origins), {});
    Require(transcoder.has_value(), "no transcoder");
    std::size_t bytes = 0;
    ForEachWindow([&](std::span<const std::byte> window) {
      out_.Clear();
      const auto consumed = transcoder->Consume(window, out_);
      Require(consumed.has_value(), "the stream cannot be transcoded");
      bytes += out_.size();
      return consumed->total_bytes;
    });
    Require(transcoder->Finish().has_value(), "the stream does not end");
    return bytes;
  }

  std::size_t Hash() {
    ContentHash hash(layout_);
    hash.Add(stream_.Readable().first(record_bytes_));
    return hash.value();
  }

  ByteBuffer Compress(Codec codec) {
    const auto compressor = MakeCompressor(codec);
    ByteBuffer body(record_bytes_);
    ForEachWindow([&](std::span<const std::byte> window) {
      std::size_t used = 0;
      while (used < window.size()) {
        const auto step = compressor->Compress(window.subspan(used), body.Reserve(kWindowBytes));
        Require(step.has_value(), "the stream cannot be compressed");
        body.Commit(step->produced);
        used += step->consumed;
      }
      return used;
    });
    while (true) {
      const auto tail = compressor->Finish(body.Reserve(kWindowBytes));
      Require(tail.has_value(), "the stream cannot be compressed");
      body.Commit(tail->produced);
      if (tail->finished) return body;
    }
  }

  std::size_t Decompress(Codec codec, const ByteBuffer& body) {
    const auto decompressor = MakeDecompressor(codec);
    std::span<const std::byte> rest = body.Readable();
    std::size_t bytes = 0;
    while (true) {
      out_.Clear();
      const auto room = out_.Reserve(kWindowBytes).first(kWindowBytes);
      const auto step =
          decompressor->Decompress(rest.first(std::min(rest.size(), kWindowBytes)), room);
      Require(step.has_value(), "the body cannot be decompressed");
      rest = rest.subspan(step->consumed);
      bytes += step->produced;
      if (rest.empty() && step->produced == 0) break;
    }
    Require(decompressor->Finish().has_value() && bytes == stream_.size(), "bytes are missing");
    return bytes;
  }

  RecordLayout layout_;
  RecordLayout subset_;
  std::vector<record::RecordBatch> batches_;
  ByteBuffer stream_;
  StreamTotals totals_;
  std::size_t record_bytes_ = 0;
  ByteBuffer out_;
};

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void Print(const std::vector<Case>& cases) {
  std::printf("%-20s %10s %10s %10s %10s %12s\n", "case", "Mrec/s", "min", "max", "MB/s",
              "CPU ns/rec");
  for (const Case& one : cases) {
    const double median = Median(one.cpu_seconds);
    const auto [fastest, slowest] = std::ranges::minmax(one.cpu_seconds);
    const auto records = static_cast<double>(one.records);
    std::printf("%-20s %10.2f %10.2f %10.2f %10.0f %12.1f\n", one.name.c_str(),
                records / median / 1e6, records / slowest / 1e6, records / fastest / 1e6,
                static_cast<double>(one.bytes) / median / 1e6, median / records * 1e9);
  }
}

void WriteJson(const std::vector<Case>& cases, const std::string& path) {
  nlohmann::json json = nlohmann::json::array();
  for (const Case& one : cases) {
    json.push_back({{"name", one.name},
                    {"records", one.records},
                    {"bytes", one.bytes},
                    {"cpu_seconds", one.cpu_seconds}});
  }
  std::ofstream file(path);
  file << json.dump(2) << '\n';
  Require(file.good(), "cannot write " + path);
}

struct Flags {
  std::size_t rounds = 5;
  std::size_t records = 300'000;
  std::string only;
  std::string json;
  std::string stream;
};

Flags ParseFlags(const std::vector<std::string>& arguments) {
  Flags flags;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    Require(i + 1 < arguments.size(), "a flag has no value: " + arguments[i]);
    const std::string& value = arguments[i + 1];
    const auto number = [&](std::size_t& into) {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), into);
      Require(error == std::errc() && *end == '\0' && into > 0, "not a count: " + value);
    };
    if (arguments[i] == "--rounds") {
      number(flags.rounds);
    } else if (arguments[i] == "--records") {
      number(flags.records);
    } else if (arguments[i] == "--only") {
      flags.only = value;
    } else if (arguments[i] == "--json") {
      flags.json = value;
    } else if (arguments[i] == "--stream") {
      flags.stream = value;
    } else {
      Require(false, "unknown flag " + arguments[i]);
    }
  }
  return flags;
}

int Main(const std::vector<std::string>& arguments) {
  const Flags flags = ParseFlags(arguments);
  Bench bench(flags.records);
  if (!flags.stream.empty()) {
    const auto bytes = bench.stream().Readable();
    std::ofstream file(flags.stream, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    Require(file.good(), "cannot write " + flags.stream);
  }
  std::vector<Case> cases = bench.Cases();
  if (!flags.only.empty()) {
    std::erase_if(cases, [&](const Case& one) { return one.name != flags.only; });
    Require(!cases.empty(), "no such case: " + flags.only);
  }
  std::size_t checksum = 0;
  for (std::size_t round = 0; round < flags.rounds; ++round) {
    for (Case& one : cases) {
      const double begin = ThreadCpuSeconds();
      checksum ^= one.run();
      one.cpu_seconds.push_back(ThreadCpuSeconds() - begin);
    }
  }
  Print(cases);
  std::printf("%zu records of %.1f bytes, %zu rounds, checksum %zx\n",
              static_cast<std::size_t>(cases.front().records),
              static_cast<double>(cases.front().bytes) / static_cast<double>(cases.front().records),
              flags.rounds, checksum);
  if (!flags.json.empty()) WriteJson(cases, flags.json);
  return 0;
}

}  // namespace
}  // namespace culvert::maxcompute::wire

int main(int argc, char** argv) {
  return culvert::maxcompute::wire::Main(std::vector<std::string>(argv + 1, argv + argc));
}
