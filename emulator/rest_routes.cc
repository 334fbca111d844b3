// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_routes.h"

#include <charconv>
#include <utility>

namespace culvert::emulator {

Status RegisterRestRoutes(Router& router, Services& services) {
  RegisterProjectRoutes(router, services);
  RegisterPartitionRoutes(router, services);
  RegisterTableRoutes(router, services);
  return RegisterInstanceRoutes(router, services);
}

std::size_t MaxItems(const Call& call) {
  static constexpr std::size_t kMaxItems = 1000;
  const std::string text = call.Query("maxitems").value_or("");
  std::size_t items = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), items);
  if (read.ec != std::errc() || items == 0 || items > kMaxItems) return kMaxItems;
  return items;
}

void RespondXml(Call& call, std::string document) {
  RespondBody(call, 200, "application/xml", std::move(document));
}

}  // namespace culvert::emulator
