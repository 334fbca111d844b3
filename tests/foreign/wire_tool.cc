// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0

// Reads record streams that other programs wrote. Prints one line, exits 0 when all was as it must
// be.
//
//   culvert-wire-tool reencode TYPES IN OUT   decodes IN to typed batches and encodes them to OUT
//   culvert-wire-tool mutate TYPES IN         every flipped bit, truncation and deleted byte of IN
//   must be
//                                             refused by the validator, the decoder and the
//                                             transcoder
//
// TYPES: the columns' types, separated by semicolons.

#include "libs/base/byte_buffer.h"
#include "libs/base/file.h"
#include "libs/base/result.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "libs/record/record_batch.h"
#include "libs/record/schema.h"
#include "libs/record/type.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace culvert {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{64} * 1024 * 1024;

using maxcompute::wire::BatchDecoder;
using maxcompute::wire::ColumnOrigin;
using maxcompute::wire::Consumed;
using maxcompute::wire::FromSource;
using maxcompute::wire::RecordLayout;
using maxcompute::wire::RecordTranscoder;
using maxcompute::wire::RecordValidator;
using maxcompute::wire::StreamTotals;

Error Wrong(std::string message) {
  Error error;
  error.code = ErrorCode::kDataLoss;
  error.message = std::move(message);
  return error;
}

Result<std::vector<record::Column>> ParseColumns(std::string_view text) {
  std::vector<record::Column> columns;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    CULVERT_ASSIGN_OR_RETURN(record::Type type, record::Type::Parse(text.substr(0, end)));
    record::Column column;
    column.name = "c" + std::to_string(columns.size());
    column.type = std::move(type);
    columns.push_back(std::move(column));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return columns;
}

Status NothingLeft(const Consumed& consumed, std::size_t size) {
  if (consumed.total_bytes != size) return Fail(Wrong("bytes are left over"));
  return {};
}

Status Validate(const RecordLayout& layout, std::span<const std::byte> stream) {
  RecordValidator validator(layout);
  CULVERT_ASSIGN_OR_RETURN(const Consumed consumed, validator.Consume(stream));
  CULVERT_TRY(validator.Finish());
  return NothingLeft(consumed, stream.size());
}

/// Decodes all of the stream; what was decoded is encoded into `out` again.
Status Reencode(const RecordLayout& layout, std::span<const std::byte> stream, ByteBuffer& out,
                StreamTotals& totals) {
  BatchDecoder decoder(layout);
  auto batch = record::RecordBatch::Make(layout.columns());
  std::size_t used = 0;
  while (!decoder.finished()) {
    batch.Clear();
    CULVERT_ASSIGN_OR_RETURN(const Consumed consumed, decoder.Decode(stream.subspan(used), batch));
    if (consumed.total_bytes == 0 && !decoder.finished())
      break;  // an unfinished record: Finish says so
    used += consumed.total_bytes;
    EncodeBatch(layout, batch, out, totals);
  }
  CULVERT_TRY(decoder.Finish());
  if (used != stream.size()) return Fail(Wrong("bytes are left over"));
  EncodeTrailer(totals, out);
  return {};
}

Status Transcode(const RecordLayout& layout, std::span<const std::byte> stream, ByteBuffer& out) {
  std::vector<ColumnOrigin> origins;
  for (std::size_t i = 0; i < layout.columns().size(); ++i) origins.emplace_back(FromSource{i});
  CULVERT_ASSIGN_OR_RETURN(RecordTranscoder transcoder,
                           RecordTranscoder::Make(layout, layout, std::move(origins), {}));
  CULVERT_ASSIGN_OR_RETURN(const Consumed consumed, transcoder.Consume(stream, out));
  CULVERT_TRY(transcoder.Finish());
  return NothingLeft(consumed, stream.size());
}

/// Which readers take the stream: one letter each, empty for none.
std::string AcceptedBy(const RecordLayout& layout, std::span<const std::byte> stream,
                       ByteBuffer& scratch) {
  std::string accepted;
  if (Validate(layout, stream)) accepted += 'v';
  scratch.Clear();
  StreamTotals totals;
  if (Reencode(layout, stream, scratch, totals)) accepted += 'd';
  scratch.Clear();
  if (Transcode(layout, stream, scratch)) accepted += 't';
  return accepted;
}

struct Tally {
  std::uint64_t tried = 0;
  std::uint64_t taken = 0;
};

void Try(const RecordLayout& layout, std::span<const std::byte> mutant, const char* what,
         std::size_t where, ByteBuffer& scratch, Tally& tally) {
  ++tally.tried;
  const std::string accepted = AcceptedBy(layout, mutant, scratch);
  if (accepted.empty()) return;
  ++tally.taken;
  std::fprintf(stderr, "%s at %zu was accepted by %s\n", what, where, accepted.c_str());
}

Status Mutate(const RecordLayout& layout, std::span<const std::byte> stream) {
  ByteBuffer scratch;
  if (AcceptedBy(layout, stream, scratch) != "vdt") {
    return Fail(Wrong("the stream itself is not accepted by all readers"));
  }
  Tally tally;
  std::vector<std::byte> mutant(stream.begin(), stream.end());
  for (std::size_t bit = 0; bit < stream.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    mutant[bit / 8] ^= mask;
    Try(layout, mutant, "flipped bit", bit, scratch, tally);
    mutant[bit / 8] ^= mask;
  }
  for (std::size_t length = 0; length < stream.size(); ++length) {
    Try(layout, stream.first(length), "truncation", length, scratch, tally);
  }
  for (std::size_t index = 0; index < stream.size(); ++index) {
    mutant.assign(stream.begin(), stream.end());
    mutant.erase(mutant.begin() + static_cast<std::ptrdiff_t>(index));
    Try(layout, mutant, "deleted byte", index, scratch, tally);
  }
  std::printf("%llu mutants, %llu accepted\n", static_cast<unsigned long long>(tally.tried),
              static_cast<unsigned long long>(tally.taken));
  if (tally.taken != 0) return Fail(Wrong("damaged streams were accepted"));
  return {};
}

Status Run(std::span<char*> arguments) {
  const std::string_view command = arguments.size() > 1 ? arguments[1] : "";
  const bool reencode = command == "reencode" && arguments.size() == 5;
  if (!reencode && !(command == "mutate" && arguments.size() == 4)) {
    return Fail(Wrong("usage: culvert-wire-tool reencode TYPES IN OUT | mutate TYPES IN"));
  }
  CULVERT_ASSIGN_OR_RETURN(std::vector<record::Column> columns, ParseColumns(arguments[2]));
  const RecordLayout layout(std::move(columns));
  CULVERT_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(arguments[3], kFileBytesMax));
  const std::span<const std::byte> stream = std::as_bytes(std::span(text));
  if (!reencode) return Mutate(layout, stream);
  CULVERT_TRY(Validate(layout, stream));
  ByteBuffer out;
  StreamTotals totals;
  CULVERT_TRY(Reencode(layout, stream, out, totals));
  CULVERT_TRY(WriteFileDurably(arguments[4], out.Readable()));
  std::printf(
      "%llu records, %s\n", static_cast<unsigned long long>(totals.records),
      text == std::string_view(reinterpret_cast<const char*>(out.Readable().data()), out.size())
          ? "byte for byte"
          : "other bytes");
  return {};
}

}  // namespace
}  // namespace culvert

int main(int argc, char** argv) {
  const culvert::Status status = culvert::Run(std::span(argv, static_cast<std::size_t>(argc)));
  if (status) return 0;
  std::fprintf(stderr, "culvert-wire-tool: %s\n", status.error().message.c_str());
  return 1;
}
