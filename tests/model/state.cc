// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/state.h"

#include "libs/base/time_format.h"

#include <algorithm>
#include <type_traits>

namespace culvert::control::model {
namespace {

template <typename T>
void Append(std::string& key, const T& value) {
  static_assert(std::has_unique_object_representations_v<T>);
  key.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void AppendList(std::string& key, const Objects& objects) {
  Append(key, static_cast<std::uint32_t>(objects.size()));
  for (const Id id : objects) Append(key, id);
}

}  // namespace

std::string KeyOf(const State& state) {
  std::string key;
  AppendList(key, state.api.objects);
  AppendList(key, state.seen);
  Append(key, state.api.made);
  Append(key, state.warehouse.sessions);
  Append(key, state.warehouse.session_of);
  Append(key, state.warehouse.held);
  Append(key, state.warehouse.visible);
  for (const std::uint8_t one : {static_cast<std::uint8_t>(state.warehouse.old_rows), state.frozen,
                                 state.tick, state.faults, state.wishes}) {
    Append(key, one);
  }
  return key;
}

WallTime TimeOf(std::uint8_t tick) {
  static const WallTime kBegin = ParseRfc3339("2026-01-02T03:04:05Z").value();
  return kBegin + kTick * tick;
}

std::string TextOf(std::uint8_t tick) { return FormatRfc3339(TimeOf(tick)); }

Objects ViewOf(const Catalogue& catalogue, const State& state) {
  if (state.frozen == 0) return state.api.objects;
  Objects view = state.seen;
  for (const Id id : state.api.objects) {
    if ((state.frozen & BitOf(catalogue.Of(id).kind)) == 0) view.push_back(id);
  }
  std::ranges::sort(view, {}, [&](Id id) -> const std::string& { return catalogue.Of(id).path; });
  return view;
}

}  // namespace culvert::control::model
