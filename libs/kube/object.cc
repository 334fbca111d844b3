// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/object.h"

#include "libs/base/json.h"
#include "libs/http/url.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace culvert::kube {
namespace {

Result<std::map<std::string, std::string>> ParseStringMap(const nlohmann::json& object,
                                                          const char* member) {
  std::map<std::string, std::string> result;
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return result;
  if (!found->is_object()) {
    return Fail(InvalidArgument(std::string("metadata.") + member + " is not an object"));
  }
  for (const auto& [key, value] : found->items()) {
    if (!value.is_string()) {
      return Fail(InvalidArgument(std::string("metadata.") + member + "." + key + " is not text"));
    }
    result.emplace(key, value.get_ref<const std::string&>());
  }
  return result;
}

Result<OwnerReference> ParseOwner(const nlohmann::json& owner) {
  if (!owner.is_object()) return Fail(InvalidArgument("an owner reference is not an object"));
  OwnerReference result;
  CULVERT_ASSIGN_OR_RETURN(result.api_version, JsonString(owner, "apiVersion"));
  CULVERT_ASSIGN_OR_RETURN(result.kind, JsonString(owner, "kind"));
  CULVERT_ASSIGN_OR_RETURN(result.name, JsonString(owner, "name"));
  CULVERT_ASSIGN_OR_RETURN(result.uid, JsonString(owner, "uid"));
  CULVERT_ASSIGN_OR_RETURN(result.controller, JsonBoolOr(owner, "controller", false));
  return result;
}

}  // namespace

std::string Resource::CollectionPath(std::string_view name_space) const {
  std::string path = group.empty() ? "/api/" : "/apis/" + group + "/";
  path += version;
  if (namespaced && !name_space.empty()) path += "/namespaces/" + http::PercentEncode(name_space);
  return path + "/" + plural;
}

std::string Resource::ObjectPath(std::string_view name_space, std::string_view name) const {
  return CollectionPath(name_space) + "/" + http::PercentEncode(name);
}

std::string Resource::ApiVersion() const { return group.empty() ? version : group + "/" + version; }

std::string Resource::ToString() const { return group.empty() ? plural : plural + "." + group; }

const OwnerReference* ObjectMeta::Controller() const {
  const auto found = std::ranges::find_if(owners, &OwnerReference::controller);
  return found == owners.end() ? nullptr : &*found;
}

CachedMeta::CachedMeta(ObjectMeta meta)
    : key(std::move(meta.key)),
      uid(std::move(meta.uid)),
      resource_version(std::move(meta.resource_version)),
      generation(meta.generation),
      creation_timestamp(std::move(meta.creation_timestamp)),
      deletion_timestamp(std::move(meta.deletion_timestamp)),
      has_controller(meta.Controller() != nullptr) {}

Result<ObjectMeta> ParseMeta(const nlohmann::json& object) {
  if (!object.is_object()) return Fail(InvalidArgument("the object is not a JSON object"));
  const auto found = object.find("metadata");
  if (found == object.end() || !found->is_object()) {
    return Fail(InvalidArgument("the object has no metadata"));
  }
  const nlohmann::json& metadata = *found;
  ObjectMeta result;
  CULVERT_ASSIGN_OR_RETURN(result.key.name, JsonString(metadata, "name"));
  CULVERT_ASSIGN_OR_RETURN(result.key.name_space, JsonStringOr(metadata, "namespace", ""));
  CULVERT_ASSIGN_OR_RETURN(result.uid, JsonString(metadata, "uid"));
  CULVERT_ASSIGN_OR_RETURN(result.resource_version, JsonString(metadata, "resourceVersion"));
  CULVERT_ASSIGN_OR_RETURN(result.generation, JsonInt64Or(metadata, "generation", 0));
  CULVERT_ASSIGN_OR_RETURN(result.creation_timestamp,
                           JsonStringOr(metadata, "creationTimestamp", ""));
  CULVERT_ASSIGN_OR_RETURN(result.deletion_timestamp,
                           JsonStringOr(metadata, "deletionTimestamp", ""));
  CULVERT_ASSIGN_OR_RETURN(result.labels, ParseStringMap(metadata, "labels"));
  CULVERT_ASSIGN_OR_RETURN(result.annotations, ParseStringMap(metadata, "annotations"));
  if (const auto owners = metadata.find("ownerReferences");
      owners != metadata.end() && owners->is_array()) {
    for (const nlohmann::json& owner : *owners) {
      CULVERT_ASSIGN_OR_RETURN(OwnerReference parsed, ParseOwner(owner));
      result.owners.push_back(std::move(parsed));
    }
  }
  if (const auto finalizers = metadata.find("finalizers");
      finalizers != metadata.end() && finalizers->is_array()) {
    for (const nlohmann::json& finalizer : *finalizers) {
      if (finalizer.is_string()) result.finalizers.push_back(finalizer.get<std::string>());
    }
  }
  return result;
}

std::size_t ObjectKeyHash::operator()(const ObjectKey& key) const noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&hash](std::string_view text) {
    for (const char c : text) {
      hash ^= static_cast<unsigned char>(c);
      hash *= 0x100000001b3;
    }
  };
  mix(key.name_space);
  mix("/");
  mix(key.name);
  return static_cast<std::size_t>(hash);
}

}  // namespace culvert::kube
