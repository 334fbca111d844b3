// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/claims.h"
#include "operator/objects.h"

#include <cstddef>

namespace culvert::control {

// About how many bytes of memory one cached object takes: itself, its texts and its lists, without
// what an allocator adds. Rare parts are left out: an estimate for a metric, that grows as the
// cache does.

std::size_t BytesOf(const SyncJobObject& object);
std::size_t BytesOf(const ScheduleObject& object);
std::size_t BytesOf(const DataSourceObject& object);
std::size_t BytesOf(const JobObject& object);
std::size_t BytesOf(const PodObject& object);
std::size_t BytesOf(const RecordObject& object);
std::size_t BytesOf(const ClaimObject& object);

/// What a cache holds of one kind.
struct CacheSize {
  std::size_t objects = 0;
  std::size_t bytes = 0;  // about

  /// Adds the objects of one store. Looks at each.
  template <typename Objects>
  void Add(const Objects& all) {
    for (const auto& object : all) {
      ++objects;
      bytes += BytesOf(*object);
    }
  }
};

}  // namespace culvert::control
