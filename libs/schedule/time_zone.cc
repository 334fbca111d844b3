// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/time_zone.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace culvert::schedule {
namespace {

using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::int64_t kOffsetMin = -89'999;  // RFC 9636 section 3.2
constexpr std::int64_t kOffsetMax = 93'599;
constexpr std::size_t kTypesMax = 256;

// Big-endian numbers from left to right; reading beyond the end gives 0 and ok() false.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }
  std::string_view Take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint64_t Unsigned(std::size_t size) {
    std::uint64_t value = 0;
    for (const char c : Take(size)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::int64_t Signed(std::size_t size) {
    const std::uint64_t value = Unsigned(size);
    return size == 4 ? static_cast<std::int32_t>(value) : static_cast<std::int64_t>(value);
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Header {
  char version = 0;
  std::size_t isutcnt = 0;
  std::size_t isstdcnt = 0;
  std::size_t leapcnt = 0;
  std::size_t timecnt = 0;
  std::size_t typecnt = 0;
  std::size_t charcnt = 0;
  std::size_t BlockBytes(std::size_t time_bytes) const {
    return timecnt * (time_bytes + 1) + typecnt * 6 + charcnt + leapcnt * (time_bytes + 4) +
           isstdcnt + isutcnt;
  }
};

std::optional<Header> ReadHeader(Bytes& in) {
  if (in.Take(4) != "TZif") return std::nullopt;
  const std::string_view version = in.Take(1);
  in.Take(15);
  Header header;
  header.version = version.empty() ? '\0' : version.front();
  for (std::size_t* count : {&header.isutcnt, &header.isstdcnt, &header.leapcnt, &header.timecnt,
                             &header.typecnt, &header.charcnt}) {
    *count = in.Unsigned(4);
  }
  if (!in.ok() || header.typecnt == 0 || header.typecnt > kTypesMax) return std::nullopt;
  return header;
}

struct Block {
  seconds first_offset{0};
  std::vector<Transition> transitions;
  sys_seconds last = sys_seconds::min();  // of the file, whether it changes the offset or not
};

// Times outside the years 1 to 9999 (the "big bang" of old files) say nothing here.
std::optional<Block> ReadBlock(Bytes& in, const Header& header, std::size_t time_bytes) {
  if (in.rest().size() < header.BlockBytes(time_bytes)) return std::nullopt;
  std::vector<std::int64_t> times(header.timecnt);
  for (std::int64_t& time : times) time = in.Signed(time_bytes);
  const std::string_view indexes = in.Take(header.timecnt);
  std::vector<seconds> offsets;
  for (std::size_t i = 0; i < header.typecnt; ++i) {
    const std::int64_t offset = in.Signed(4);
    in.Take(2);  // whether it is summer time, and its abbreviation
    if (offset < kOffsetMin || offset > kOffsetMax) return std::nullopt;
    offsets.emplace_back(offset);
  }
  in.Take(header.BlockBytes(time_bytes) - header.timecnt * (time_bytes + 1) - header.typecnt * 6);
  constexpr std::int64_t kFirst = -62'135'596'800;  // 0001-01-01
  constexpr std::int64_t kLast = 253'402'300'799;   // 9999-12-31
  Block block;
  block.first_offset = offsets.front();
  seconds offset = block.first_offset;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto type = static_cast<unsigned char>(indexes[i]);
    if (type >= offsets.size() || (i > 0 && times[i] <= times[i - 1])) return std::nullopt;
    if (times[i] > kLast) continue;
    block.last = sys_seconds(seconds(times[i]));
    if (offsets[type] == offset) continue;
    offset = offsets[type];
    if (times[i] < kFirst) {
      block.first_offset = offset;
    } else {
      block.transitions.push_back({.at = sys_seconds(seconds(times[i])), .offset = offset});
    }
  }
  return block;
}

}  // namespace

Result<TimeZone> TimeZone::FromTzif(std::string name, std::string_view bytes) {
  const auto damaged = [&name] {
    return Fail(DataLoss("the file of time zone '" + name +
                         "' is no TZif file, or damaged; install the package tzdata anew"));
  };
  if (bytes.size() > kTzifBytesMax) return damaged();
  Bytes in(bytes);
  std::optional<Header> header = ReadHeader(in);
  if (!header) return damaged();
  std::size_t time_bytes = 4;
  if (header->version != '\0') {  // the old block is there for old readers
    in.Take(header->BlockBytes(4));
    header = ReadHeader(in);
    time_bytes = 8;
    if (!header) return damaged();
  }
  if (header->leapcnt > 0) {
    return Fail(InvalidArgument("time zone '" + name +
                                "' counts leap seconds; take the one without 'right/'"));
  }
  std::optional<Block> block = ReadBlock(in, *header, time_bytes);
  if (!block || !in.ok()) return damaged();
  TimeZone zone;
  zone.name_ = std::move(name);
  zone.first_offset_ = block->first_offset;
  zone.transitions_ = std::move(block->transitions);
  if (time_bytes == 4) return zone;
  std::string_view footer = in.rest();
  if (!footer.starts_with('\n') || footer.size() < 2 || !footer.ends_with('\n')) {
    return Fail(DataLoss("the file of time zone '" + zone.name_ +
                         "' is cut; install the package tzdata anew"));
  }
  footer = footer.substr(1, footer.size() - 2);
  if (footer.empty()) return zone;
  auto rule = PosixRule::Parse(footer);
  if (!rule) {
    return Fail(DataLoss("the file of time zone '" + zone.name_ + "': " + rule.error().message));
  }
  zone.rule_ = *rule;
  zone.rule_from_ = block->last;
  return zone;
}

seconds TimeZone::OffsetAt(sys_seconds time) const {
  if (rule_ && time >= rule_from_) return rule_->OffsetAt(time);
  const auto after = std::ranges::upper_bound(transitions_, time, {}, &Transition::at);
  return after == transitions_.begin() ? first_offset_ : std::prev(after)->offset;
}

local_seconds TimeZone::ToLocal(sys_seconds time) const {
  return local_seconds(time.time_since_epoch() + OffsetAt(time));
}

std::vector<Transition> TimeZone::TransitionsIn(sys_seconds from, sys_seconds to) const {
  std::vector<Transition> found;
  for (auto it = std::ranges::upper_bound(transitions_, from, {}, &Transition::at);
       it != transitions_.end() && it->at <= to; ++it) {
    found.push_back(*it);
  }
  if (!rule_) return found;
  const auto ruled = rule_->TransitionsIn(std::max(from, rule_from_), to);
  found.insert(found.end(), ruled.begin(), ruled.end());
  return found;
}

LocalResult TimeZone::ToInstant(local_seconds local) const {
  // The offsets around; of each stretch between two changes, the instant that the local time would
  // be if it lies in that stretch.
  const sys_seconds as_utc(local.time_since_epoch());
  const sys_seconds from = as_utc - kOffsetJumpMax;
  const sys_seconds to = as_utc + kOffsetJumpMax;
  std::vector<Transition> stretches = {{.at = from, .offset = OffsetAt(from)}};
  for (const Transition& transition : TransitionsIn(from, to)) stretches.push_back(transition);
  std::vector<sys_seconds> instants;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const sys_seconds instant = as_utc - stretches[i].offset;
    const bool begun = i == 0 || instant >= stretches[i].at;
    const bool over = i + 1 < stretches.size() && instant >= stretches[i + 1].at;
    if (begun && !over) instants.push_back(instant);
  }
  if (instants.size() == 1) {
    return {.kind = LocalResult::Kind::kUnique, .instant = instants[0], .second = instants[0]};
  }
  if (!instants.empty()) {
    return {.kind = LocalResult::Kind::kRepeated, .instant = instants[0], .second = instants[1]};
  }
  // Before the change it would lie behind it, after the change before it: by the offset of before,
  // it is moved on by the gap.
  sys_seconds moved = as_utc - stretches.front().offset;
  for (std::size_t i = 0; i + 1 < stretches.size(); ++i) {
    const sys_seconds before = as_utc - stretches[i].offset;
    const sys_seconds after = as_utc - stretches[i + 1].offset;
    if (before >= stretches[i + 1].at && after < stretches[i + 1].at) moved = before;
  }
  return {.kind = LocalResult::Kind::kSkipped, .instant = moved, .second = moved};
}

}  // namespace culvert::schedule
