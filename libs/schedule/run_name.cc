// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/run_name.h"

#include "libs/base/digest.h"
#include "libs/base/time_format.h"

#include <algorithm>

namespace culvert::schedule {
namespace {

constexpr std::size_t kRunNameBytesMax = 63;  // fits a label's value
constexpr std::size_t kHashDigits = 8;

}  // namespace

std::string RunName(std::string_view schedule, std::chrono::sys_seconds planned) {
  std::string suffix = "-" + FormatRfc3339(planned);  // -2025-03-30T16:10:00Z
  std::erase_if(suffix, [](char c) { return c == ':'; });
  std::ranges::replace(suffix, 'T', 't');
  std::ranges::replace(suffix, 'Z', 'z');
  suffix.erase(std::remove(suffix.begin() + 1, suffix.end(), '-'), suffix.end());
  const std::size_t room = kRunNameBytesMax - suffix.size();
  if (schedule.size() <= room) return std::string(schedule) + suffix;
  std::string cut(schedule.substr(0, room - kHashDigits - 1));
  while (!cut.empty() && (cut.back() == '-' || cut.back() == '.')) cut.pop_back();
  return cut + "-" + Sha256Hex(schedule).substr(0, kHashDigits) + suffix;
}

}  // namespace culvert::schedule
