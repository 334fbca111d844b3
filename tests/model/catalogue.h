// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/kube/object.h"
#include "operator/claims.h"
#include "operator/objects.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace culvert::control::model {

/// The kinds that the operator watches, each by a watch of its own.
enum class Kind : std::uint8_t { kSyncJob, kJob, kPod, kRecord, kClaim };
inline constexpr std::size_t kKinds = 5;

/// One version of one object: as the API server has it, and as the operator's caches keep it.
struct Stored {
  std::uint32_t id = 0;
  std::string path = {};  // `jobs/copy-1-plan`: one object has it at a time
  Kind kind = Kind::kSyncJob;
  nlohmann::json object = {};
  SyncJobPtr sync_job = {};
  JobPtr job = {};
  PodPtr pod = {};
  RecordPtr record = {};
  ClaimPtr claim = {};
  /// Of a decision: the shards whose reports the commit compares.
  std::vector<std::uint64_t> decided_shards = {};
};

using Id = std::uint32_t;
/// What an API server holds, in the order of paths.
using Objects = std::vector<Id>;

/// Every version of every object that came up while a model was explored, each once: a state of the
/// world is a list of numbers. The number is the resourceVersion too, so that equal contents are
/// one version; a write that was based on contents which are there again succeeds, which a real API
/// server would refuse: the model allows more than reality does.
class Catalogue {
 public:
  /// `object` without its resourceVersion, which is set here.
  Id Add(const std::string& path, nlohmann::json object);
  const Stored& Of(Id id) const { return stored_[id]; }

  /// The version at `path`; null: there is none.
  const Stored* Find(const Objects& objects, std::string_view path, Id* id = nullptr) const;
  /// Puts `object` in place of what is at `path`.
  void Put(Objects& objects, const std::string& path, nlohmann::json object);
  /// Puts what `change` makes of `one` in its place. `what` says which change it is: the same one
  /// of the same version is made once.
  void Change(Objects& objects, const Stored& one, const std::string& what,
              const std::function<void(nlohmann::json&)>& change);
  void Remove(Objects& objects, std::string_view path) const;

 private:
  void Place(Objects& objects, Id id) const;

  std::unordered_map<std::string, Id> known_;    // by path and content
  std::unordered_map<std::string, Id> changed_;  // by version and change
  std::deque<Stored> stored_;
};

/// `pods/x` of a collection and a name.
std::string PathOf(const kube::Resource& resource, const kube::ObjectKey& key);

}  // namespace culvert::control::model
