// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/base/json.h"
#include "libs/kube/list_decoder.h"
#include "libs/kube/managed_fields.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using culvert::Status;
using culvert::kube::ListDecoder;

struct Decoded {
  std::vector<std::string> items;
  std::string version;
  std::string token;
  bool operator==(const Decoded&) const = default;
};

/// Nothing when the decoder refuses.
std::optional<Decoded> Decode(std::span<const std::byte> text, std::size_t piece) {
  Decoded decoded;
  ListDecoder decoder([&decoded](std::string_view item) -> Status {
    decoded.items.emplace_back(item);
    return {};
  });
  while (!text.empty()) {
    const auto next = text.first(std::min(piece, text.size()));
    text = text.subspan(next.size());
    if (!decoder.Feed(next)) return std::nullopt;
  }
  if (!decoder.Finish()) return std::nullopt;
  decoded.version = decoder.resource_version();
  decoded.token = decoder.continue_token();
  return decoded;
}

/// What is left of an object is what it was, managedFields apart; of a repeated key either may go.
void CheckManagedFields(std::string_view text, const nlohmann::json& object) {
  std::string buffer;
  const auto left = culvert::ParseJson(culvert::kube::WithoutManagedFields(text, 2, buffer));
  CULVERT_CHECK(left.has_value());
  if (*left == object) return;
  nlohmann::json cut = object;
  const auto metadata = cut.find("metadata");
  CULVERT_CHECK(metadata != cut.end() && metadata->is_object());
  metadata->erase("managedFields");
  CULVERT_CHECK(*left == cut);
}

}  // namespace

/// A list is the same wherever the network cuts it, and what is a list by a whole parser is one
/// here too, item by item.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span text(reinterpret_cast<const std::byte*>(data), size);
  const auto whole = Decode(text, size + 1);
  CULVERT_CHECK(Decode(text, 1) == whole);
  const auto json = culvert::ParseJson({reinterpret_cast<const char*>(data), size});
  if (!json || !json->is_object()) return 0;
  CheckManagedFields({reinterpret_cast<const char*>(data), size}, *json);
  if (!whole) return 0;
  const auto items = json->find("items");
  if (items == json->end() || !items->is_array() || items->size() != whole->items.size()) return 0;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto item = culvert::ParseJson(whole->items[i]);
    CULVERT_CHECK(item.has_value() && *item == (*items)[i]);
  }
  return 0;
}
