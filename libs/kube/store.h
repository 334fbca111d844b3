// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/kube/object.h"

#include <cstddef>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

namespace culvert::kube {

/// The objects of one collection as last seen, each an immutable snapshot. `T` has a member
/// `ObjectMeta meta` or `CachedMeta meta`. Written by its informer, read by anyone. Thread-safe.
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
    return found == objects_.end() ? nullptr : *found;
  }
  std::vector<Ptr> All() const {
    const MutexLock lock(mutex_);
    return {objects_.begin(), objects_.end()};
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
    auto known = TakeOut(objects_, object->meta.key);
    Put(objects_, std::move(known), std::move(object), changes);
    return changes;
  }
  std::vector<Change> Remove(const ObjectKey& key) {
    const MutexLock lock(mutex_);
    auto found = TakeOut(objects_, key);
    if (found.empty()) return {};
    return {Change{.before = std::move(found.value()), .after = nullptr}};
  }
  /// Makes `all` the collection in one step: what is missing from it was deleted while nobody
  /// looked.
  std::vector<Change> Swap(std::vector<Ptr> all) {
    const MutexLock lock(mutex_);
    std::vector<Change> changes;
    Objects next;
    next.reserve(all.size());
    for (Ptr& object : all) {
      auto known = TakeOut(next, object->meta.key);
      if (known.empty()) known = TakeOut(objects_, object->meta.key);
      Put(next, std::move(known), std::move(object), changes);
    }
    for (const Ptr& gone : objects_) {
      changes.push_back(Change{.before = gone, .after = nullptr});
    }
    objects_ = std::move(next);
    return changes;
  }

 private:
  // An object is found by its own key, so that each name is in memory once.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const ObjectKey& key) const noexcept { return ObjectKeyHash()(key); }
    std::size_t operator()(const Ptr& object) const noexcept { return (*this)(object->meta.key); }
  };
  struct Same {
    using is_transparent = void;
    static const ObjectKey& KeyOf(const ObjectKey& key) { return key; }
    static const ObjectKey& KeyOf(const Ptr& object) { return object->meta.key; }
    bool operator()(const auto& a, const auto& b) const { return KeyOf(a) == KeyOf(b); }
  };
  using Objects = std::unordered_set<Ptr, Hash, Same>;

  static typename Objects::node_type TakeOut(Objects& objects, const ObjectKey& key) {
    const auto found = objects.find(key);
    return found == objects.end() ? typename Objects::node_type() : objects.extract(found);
  }
  /// `place`: of the object that had the name before, taken out of its collection.
  static void Put(Objects& objects, typename Objects::node_type place, Ptr object,
                  std::vector<Change>& changes) {
    if (place.empty()) {
      changes.push_back(Change{.before = nullptr, .after = object});
      objects.insert(std::move(object));
      return;
    }
    Ptr& before = place.value();
    const bool same = before->meta.uid == object->meta.uid;
    const bool seen = same && before->meta.resource_version == object->meta.resource_version;
    if (!seen) {
      if (!same) {
        changes.push_back(Change{.before = std::move(before), .after = nullptr});
        before = nullptr;
      }
      changes.push_back(Change{.before = std::move(before), .after = object});
      before = std::move(object);
    }
    objects.insert(std::move(place));
  }

  mutable Mutex mutex_;
  Objects objects_ GUARDED_BY(mutex_);
};

}  // namespace culvert::kube
