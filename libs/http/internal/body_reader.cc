// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/body_reader.h"

#include "libs/base/digest.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace culvert::http::internal {
namespace {

constexpr std::size_t kLineBytesMax = 4096;  // a chunk's size with its extensions, or one trailer
constexpr std::size_t kTrailerBytesMax = 16UL * 1024;

}  // namespace

BodyReader::State BodyReader::FirstState(bool chunked, std::uint64_t left) {
  if (chunked) return State::kChunkSize;
  return left == 0 ? State::kDone : State::kData;
}

BodyReader::BodyReader(ByteBuffer& input, Fill fill, bool chunked, std::uint64_t left)
    : input_(input),
      fill_(std::move(fill)),
      chunked_(chunked),
      state_(FirstState(chunked, left)),
      left_(left) {}

BodyReader BodyReader::WithLength(ByteBuffer& input, Fill fill, std::uint64_t length) {
  return {input, std::move(fill), false, length};
}

BodyReader BodyReader::Chunked(ByteBuffer& input, Fill fill) {
  return {input, std::move(fill), true, 0};
}

Status BodyReader::More() {
  CULVERT_ASSIGN_OR_RETURN(const std::size_t got, fill_(input_));
  if (got == 0) return Fail(Unavailable("the client cut its request short"));
  return {};
}

Result<std::span<const std::byte>> BodyReader::Next() {
  input_.Consume(std::exchange(returned_, 0));
  if (state_ == State::kData && left_ == 0) state_ = chunked_ ? State::kChunkEnd : State::kDone;
  while (state_ != State::kDone && state_ != State::kData) CULVERT_TRY(Line());
  if (state_ == State::kDone) return std::span<const std::byte>();
  return Data();
}

Result<std::span<const std::byte>> BodyReader::Data() {
  if (input_.empty()) CULVERT_TRY(More());
  const auto have = std::min<std::uint64_t>({left_, input_.size(), kPieceBytesMax});
  returned_ = have;
  left_ -= have;
  return input_.Readable().first(returned_);
}

// Takes one line of framing off the input and acts on it.
Status BodyReader::Line() {
  std::string_view text = AsText(input_.Readable());
  std::size_t newline = text.find('\n');
  while (newline == std::string_view::npos) {
    if (text.size() > kLineBytesMax)
      return Fail(InvalidArgument("malformed chunk: a line too long"));
    CULVERT_TRY(More());
    text = AsText(input_.Readable());
    newline = text.find('\n');
  }
  if (newline == 0 || text[newline - 1] != '\r' || newline > kLineBytesMax) {
    return Fail(InvalidArgument("malformed chunk: a line does not end with CR LF"));
  }
  const std::string_view line = text.substr(0, newline - 1);
  switch (state_) {
    case State::kChunkEnd:
      if (!line.empty()) return Fail(InvalidArgument("malformed chunk: longer than its size"));
      state_ = State::kChunkSize;
      break;
    case State::kChunkSize: {
      constexpr int kHexadecimal = 16;
      std::string_view digits = line.substr(0, line.find(';'));
      while (digits.ends_with(' ') || digits.ends_with('\t')) digits.remove_suffix(1);
      const auto [stop, error] = std::from_chars(digits.begin(), digits.end(), left_, kHexadecimal);
      if (error != std::errc() || stop != digits.end()) {
        return Fail(InvalidArgument("malformed chunk: its size is not a number"));
      }
      state_ = left_ == 0 ? State::kTrailer : State::kData;
      break;
    }
    case State::kTrailer:
      trailer_bytes_ += line.size();
      if (trailer_bytes_ > kTrailerBytesMax) return Fail(InvalidArgument("trailers are too large"));
      if (line.empty()) state_ = State::kDone;
      break;
    case State::kData:
    case State::kDone:
      break;
  }
  input_.Consume(newline + 1);
  return {};
}

}  // namespace culvert::http::internal
