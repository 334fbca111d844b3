// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/kube/object.h"

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace culvert::kube {

/// The objects of one collection as last seen, each an immutable snapshot. `T` has a member
/// `ObjectMeta meta`. Written by its informer, read by anyone. Thread-safe.
template <typename T>
class Store {
 public:
  using Ptr = std::shared_ptr<const T>;
  /// What a change left behind: nothing before: added; nothing after: deleted.
  struct Change {
    Ptr before;
    Ptr after;
  };

  /// The object, or nothing.
  Ptr Get(const ObjectKey& key) const {
    const MutexLock lock(mutex_);
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
  }
  std::vector<Ptr> All() const {
    const MutexLock lock(mutex_);
    std::vector<Ptr> all;
    all.reserve(objects_.size());
    for (const auto& [key, object] : objects_) all.push_back(object);
    return all;
  }
  std::size_t size() const {
    const MutexLock lock(mutex_);
    return objects_.size();
  }

  /// Adds or replaces. An object with another uid under an old name is told as a deletion and an
  /// addition.
  std::vector<Change> Apply(Ptr object) {
    const MutexLock lock(mutex_);
    std::vector<Change> changes;
    Ptr& place = objects_[object->meta.key];
    Put(place, std::move(object), changes);
    return changes;
  }
  std::vector<Change> Remove(const ObjectKey& key) {
    const MutexLock lock(mutex_);
    const auto found = objects_.find(key);
    if (found == objects_.end()) return {};
    std::vector<Change> changes{Change{.before = std::move(found->second), .after = nullptr}};
    objects_.erase(found);
    return changes;
  }
  /// Makes `all` the collection in one step: what is missing from it was deleted while nobody
  /// looked.
  std::vector<Change> Swap(std::vector<Ptr> all) {
    const MutexLock lock(mutex_);
    std::vector<Change> changes;
    std::unordered_map<ObjectKey, Ptr, ObjectKeyHash> next;
    next.reserve(all.size());
    for (Ptr& object : all) {
      const ObjectKey key = object->meta.key;
      Ptr& place = next[key];
      if (const auto found = objects_.find(key); found != objects_.end() && place == nullptr) {
        place = std::move(found->second);
        objects_.erase(found);
      }
      Put(place, std::move(object), changes);
    }
    for (auto& [key, gone] : objects_) {
      changes.push_back(Change{.before = std::move(gone), .after = nullptr});
    }
    objects_ = std::move(next);
    return changes;
  }

 private:
  static void Put(Ptr& place, Ptr object, std::vector<Change>& changes) {
    if (place != nullptr && place->meta.resource_version == object->meta.resource_version &&
        place->meta.uid == object->meta.uid) {
      return;  // seen already
    }
    if (place != nullptr && place->meta.uid != object->meta.uid) {
      changes.push_back(Change{.before = std::move(place), .after = nullptr});
      place = nullptr;
    }
    changes.push_back(Change{.before = std::move(place), .after = object});
    place = std::move(object);
  }

  mutable Mutex mutex_;
  std::unordered_map<ObjectKey, Ptr, ObjectKeyHash> objects_ GUARDED_BY(mutex_);
};

}  // namespace culvert::kube
