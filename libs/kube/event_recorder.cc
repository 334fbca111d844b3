// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/event_recorder.h"

#include "libs/base/digest.h"
#include "libs/base/log.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace culvert::kube {
namespace {

constexpr std::size_t kRecentMax = 1'000;
constexpr std::size_t kNoteBytesMax = 1'000;
constexpr std::size_t kNamePartMax = 200;

const Resource& Events() {
  static const Resource resource{
      .group = "events.k8s.io", .version = "v1", .plural = "events", .namespaced = true};
  return resource;
}

std::string EventTime(WallTime time) {
  std::string text = FormatRfc3339(time, Subseconds::kMilliseconds);
  text.insert(text.size() - 1, "000");
  return text;
}

/// Cuts at a character, not within one.
std::string Cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return std::string(text.substr(0, limit));
}

}  // namespace

void EventRecorder::Record(const OpContext& ctx, const EventSubject& subject, EventType type,
                           std::string_view reason, std::string_view action,
                           std::string_view note) {
  const Key key{subject.uid, std::string(reason), Cut(note, kNoteBytesMax)};
  ObjectKey repeated;
  std::int64_t count = 0;
  {
    const MutexLock lock(mutex_);
    const SteadyTime now = ctx.clock.SteadyNow();
    const auto found = index_.find(key);
    if (found != index_.end() && now - found->second->last < options_.series_window) {
      Recent& recent = *found->second;
      recent.last = now;
      count = ++recent.count;
      repeated = recent.event;
      recent_.splice(recent_.begin(), recent_, found->second);
    }
  }
  if (count == 0) {
    Create(ctx, subject, type, key, action);
    return;
  }
  // Each doubling is written: a storm costs a logarithm of its length.
  if ((count & (count - 1)) != 0) return;
  const auto patched = client_.MergePatch(
      ctx, Events(), repeated,
      {{"series", {{"count", count}, {"lastObservedTime", EventTime(ctx.clock.Now())}}}});
  if (!patched) {
    ctx.log.Debug("event not repeated", {{"error", ToString(patched.error())}});
  }
}

void EventRecorder::Create(const OpContext& ctx, const EventSubject& subject, EventType type,
                           const Key& key, std::string_view action) {
  const auto& [uid, reason, note] = key;
  const std::string stamp = EventTime(ctx.clock.Now());
  // The name is of its content and time: sending it twice makes one event.
  const ObjectKey name{
      .name_space = subject.key.name_space.empty() ? "default" : subject.key.name_space,
      .name = Cut(subject.key.name, kNamePartMax) + "." +
              Sha256Hex(uid + "\n" + reason + "\n" + note + "\n" + stamp).substr(0, 16)};
  const nlohmann::json event{{"apiVersion", "events.k8s.io/v1"},
                             {"kind", "Event"},
                             {"metadata", {{"name", name.name}, {"namespace", name.name_space}}},
                             {"eventTime", stamp},
                             {"reportingController", options_.controller},
                             {"reportingInstance", options_.instance},
                             {"action", action},
                             {"reason", reason},
                             {"note", note},
                             {"type", type == EventType::kWarning ? "Warning" : "Normal"},
                             {"regarding",
                              {{"apiVersion", subject.api_version},
                               {"kind", subject.kind},
                               {"name", subject.key.name},
                               {"namespace", subject.key.name_space},
                               {"uid", subject.uid}}}};
  const auto created = client_.Create(ctx, Events(), name.name_space, event);
  if (!created && created.error().code != ErrorCode::kAlreadyExists) {
    ctx.log.Debug("event not recorded", {{"reason", reason}, {"error", ToString(created.error())}});
    return;
  }
  const MutexLock lock(mutex_);
  Remember({.key = key, .event = name, .count = 1, .last = ctx.clock.SteadyNow()});
}

void EventRecorder::Remember(Recent recent) {
  if (const auto old = index_.find(recent.key); old != index_.end()) {
    recent_.erase(old->second);
    index_.erase(old);
  }
  recent_.push_front(std::move(recent));
  index_[recent_.front().key] = recent_.begin();
  if (recent_.size() <= kRecentMax) return;
  index_.erase(recent_.back().key);
  recent_.pop_back();
}

}  // namespace culvert::kube
