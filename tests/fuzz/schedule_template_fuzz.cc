// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/schedule/parameters.h"
#include "tests/support/small_tzif.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace culvert::schedule;

// A run in the night when clocks go forward.
Basis Night() {
  auto zone = TimeZone::FromTzif("x", culvert::test::SmallTzif("CET-1CEST,M3.5.0,M10.5.0/3"));
  CULVERT_CHECK(zone.has_value());
  const std::chrono::sys_seconds cycle{std::chrono::seconds(1'743'296'400)};  // 2025-03-30 03:00
  return Basis::Of(*std::move(zone), cycle, cycle);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Basis kBasis = Night();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Parameters parameters(kBasis);
  CULVERT_CHECK(parameters.Assign("day=${yyyymmdd}").has_value());
  const bool assigned = parameters.Assign("x", text).has_value();
  const auto field = parameters.Substitute(text);
  CULVERT_CHECK(!field || !HasPlaceholder(*field));
  // What a value may say, a field may say too, and it means the same.
  const auto value = parameters.Substitute("${x}");
  CULVERT_CHECK(value.has_value() == (assigned && !HasPlaceholder(value.value_or("${"))));
  CULVERT_CHECK(!value || (field && *field == *value));
  static_cast<void>(parameters.Assign(text));
  return 0;
}
