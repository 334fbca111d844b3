// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/zone_database.h"

#include "libs/base/file.h"

#include <algorithm>
#include <utility>

namespace culvert::schedule {
namespace {

constexpr std::size_t kZoneNameBytesMax = 64;

/// `Area/Location` of letters, digits, '_', '-' and '+': nothing that leads out of the directory.
bool IsZoneName(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  const auto inner = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' || c == '/';
  };
  return !name.empty() && name.size() <= kZoneNameBytesMax && letter(name.front()) &&
         name.back() != '/' && std::ranges::all_of(name, inner) &&
         name.find("//") == std::string_view::npos;
}

}  // namespace

Result<TimeZone> ZoneDatabase::Load(std::string_view name) const {
  if (name == "UTC") return TimeZone();
  const Error unknown = InvalidArgument(
      "unknown time zone '" + std::string(name.substr(0, kZoneNameBytesMax)) +
      "'; a name of the tz database is needed, such as Asia/Shanghai, Europe/Berlin or UTC");
  if (!IsZoneName(name)) return Fail(unknown);
  const auto bytes = ReadWholeFile(directory_ + "/" + std::string(name), kTzifBytesMax);
  if (bytes) return TimeZone::FromTzif(std::string(name), *bytes);
  if (bytes.error().code != ErrorCode::kNotFound &&
      bytes.error().code != ErrorCode::kInvalidArgument) {
    return Fail(bytes.error());
  }
  // Every database has this one.
  if (ReadWholeFile(directory_ + "/" + std::string(kDefaultTimeZone), kTzifBytesMax)) {
    return Fail(unknown);
  }
  return Fail(FailedPrecondition("no time zones in " + directory_ +
                                 "; install the package tzdata, or use UTC"));
}

}  // namespace culvert::schedule
