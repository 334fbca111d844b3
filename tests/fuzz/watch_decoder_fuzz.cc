// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/base/json.h"
#include "libs/kube/watch_decoder.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace {

using culvert::Status;
using culvert::kube::WatchDecoder;
using culvert::kube::WatchEventType;

/// What a decoder makes of a stream that comes in pieces of `piece` bytes.
std::string Decode(std::span<const std::byte> stream, std::size_t piece) {
  std::string seen;
  WatchDecoder decoder([&seen](WatchEventType type, const nlohmann::json& object) -> Status {
    seen += std::to_string(static_cast<int>(type)) + culvert::DumpJson(object) + "\n";
    return {};
  });
  while (!stream.empty()) {
    const auto next = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(next.size());
    if (Status fed = decoder.Feed(next); !fed) return seen + fed.error().message;
  }
  const Status finished = decoder.Finish();
  return finished ? seen : seen + finished.error().message;
}

}  // namespace

/// A watch is the same wherever the network cuts it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span stream(reinterpret_cast<const std::byte*>(data), size);
  const std::string whole = Decode(stream, size + 1);
  CULVERT_CHECK(Decode(stream, 1) == whole);
  CULVERT_CHECK(Decode(stream, 7) == whole);
  return 0;
}
