// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/catalogue.h"

#include "libs/base/check.h"
#include "libs/base/json.h"
#include "libs/syncjob/plan_record.h"
#include "operator/names.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace culvert::control::model {
namespace {

using nlohmann::json;

/// As a watch would bring it. What the model writes can be read.
template <typename T>
std::shared_ptr<const T> Shared(Result<T> projected) {
  CULVERT_CHECK(projected.has_value());
  return std::make_shared<const T>(*std::move(projected));
}

void Project(Stored& stored) {
  const json& object = stored.object;
  const json labels = object["metadata"].value("labels", json::object());
  if (stored.path.starts_with("syncjobs/")) {
    stored.kind = Kind::kSyncJob;
    stored.sync_job = Shared(ProjectSyncJob(object));
  } else if (stored.path.starts_with("jobs/")) {
    stored.kind = Kind::kJob;
    stored.job = Shared(ProjectJob(object));
  } else if (stored.path.starts_with("pods/")) {
    stored.kind = Kind::kPod;
    stored.pod = Shared(ProjectPod(object));
  } else if (labels.contains(labels::kClaim)) {
    stored.kind = Kind::kClaim;
    stored.claim = Shared(ProjectClaim(object));
  } else {
    stored.kind = Kind::kRecord;
    stored.record = Shared(ProjectRecord(object));
    const auto reports = syncjob::ParseReports(
        object.value(json::json_pointer("/data/" + std::string(syncjob::kReportsFile)), ""));
    if (!reports) return;
    for (const syncjob::ShardReport& report : *reports) {
      stored.decided_shards.push_back(report.shard);
    }
  }
}

auto At(const Catalogue& catalogue, Objects& objects, std::string_view path) {
  return std::ranges::lower_bound(
      objects, path, {}, [&catalogue](Id id) { return std::string_view(catalogue.Of(id).path); });
}

}  // namespace

Id Catalogue::Add(const std::string& path, json object) {
  object["metadata"].erase("resourceVersion");
  const auto next = static_cast<Id>(stored_.size());
  const auto [found, added] = known_.try_emplace(path + "\n" + DumpJson(object), next);
  if (!added) return found->second;
  object["metadata"]["resourceVersion"] = std::to_string(next);
  Stored stored{.id = next, .path = path, .object = std::move(object)};
  Project(stored);
  stored_.push_back(std::move(stored));
  return next;
}

const Stored* Catalogue::Find(const Objects& objects, std::string_view path, Id* id) const {
  for (const Id one : objects) {
    if (stored_[one].path != path) continue;
    if (id != nullptr) *id = one;
    return &stored_[one];
  }
  return nullptr;
}

void Catalogue::Put(Objects& objects, const std::string& path, json object) {
  Place(objects, Add(path, std::move(object)));
}

void Catalogue::Change(Objects& objects, const Stored& one, const std::string& what,
                       const std::function<void(json&)>& change) {
  const auto [found, added] = changed_.try_emplace(std::to_string(one.id) + " " + what);
  if (added) {
    json object = one.object;
    change(object);
    found->second = Add(one.path, std::move(object));
  }
  Place(objects, found->second);
}

void Catalogue::Place(Objects& objects, Id id) const {
  const std::string& path = stored_[id].path;
  const auto place = At(*this, objects, path);
  if (place != objects.end() && stored_[*place].path == path) {
    *place = id;
  } else {
    objects.insert(place, id);
  }
}

void Catalogue::Remove(Objects& objects, std::string_view path) const {
  std::erase_if(objects, [&](Id id) { return stored_[id].path == path; });
}

std::string PathOf(const kube::Resource& resource, const kube::ObjectKey& key) {
  return resource.plural + "/" + key.name;
}

}  // namespace culvert::control::model
