// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::kube {

/// Names a collection of the API: `{"batch", "v1", "jobs"}`. The core group is "".
struct Resource {
  std::string group = {};
  std::string version = {};
  std::string plural = {};
  bool namespaced = true;

  /// `/apis/batch/v1/namespaces/ns/jobs`, without namespaces when `name_space` is empty.
  std::string CollectionPath(std::string_view name_space) const;
  std::string ObjectPath(std::string_view name_space, std::string_view name) const;
  /// `v1` or `batch/v1`, as objects carry it.
  std::string ApiVersion() const;
  /// `jobs.batch`, for logs and metrics.
  std::string ToString() const;
  bool operator==(const Resource&) const = default;
};

/// Names one object of a collection.
struct ObjectKey {
  std::string name_space;
  std::string name;
  std::string ToString() const { return name_space.empty() ? name : name_space + "/" + name; }
  auto operator<=>(const ObjectKey&) const = default;
};

struct OwnerReference {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string uid;
  bool controller = false;
  bool operator==(const OwnerReference&) const = default;
};

/// The part of `metadata` that a controller decides by. Unknown parts are not kept: objects of
/// users are never written back whole.
struct ObjectMeta {
  ObjectKey key;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  std::string creation_timestamp;  // RFC 3339
  std::string deletion_timestamp;  // empty: not being deleted
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<OwnerReference> owners;
  std::vector<std::string> finalizers;

  bool IsBeingDeleted() const { return !deletion_timestamp.empty(); }
  /// The owner with `controller: true`.
  const OwnerReference* Controller() const;
};

/// What a cache keeps of an object's metadata: a third of its bytes, for thousands of them.
struct CachedMeta {
  ObjectKey key = {};
  std::string uid = {};
  std::string resource_version = {};
  std::int64_t generation = 0;
  std::string creation_timestamp = {};  // RFC 3339
  std::string deletion_timestamp = {};  // empty: not being deleted
  bool has_controller = false;          // an owner with `controller: true`

  CachedMeta() = default;
  explicit CachedMeta(ObjectMeta meta);
  bool IsBeingDeleted() const { return !deletion_timestamp.empty(); }
};

/// Reads `metadata` of `object`. kInvalidArgument when name, uid or resourceVersion is missing.
Result<ObjectMeta> ParseMeta(const nlohmann::json& object);

/// FNV-1a over both names, for hash maps.
struct ObjectKeyHash {
  std::size_t operator()(const ObjectKey& key) const noexcept;
};

}  // namespace culvert::kube
