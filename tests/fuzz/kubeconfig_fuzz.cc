// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/kube/config.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Any text is a config or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto clock = culvert::MakeSystemClock();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = culvert::kube::ParseKubeconfig(text, "/nonexistent", "", *clock);
  if (!config) return 0;
  CULVERT_CHECK(config->token != nullptr && !config->server.host.empty());
  return 0;
}
