// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/projects.h"

#include "emulator/handlers.h"
#include "libs/base/json.h"
#include "libs/record/schema.h"

#include <nlohmann/json.hpp>

namespace culvert::emulator {
namespace {

std::string Encode(const Project& project) {
  return DumpJson(nlohmann::json{{"name", project.name},
                                 {"owner", project.owner},
                                 {"comment", project.comment},
                                 {"region", project.region},
                                 {"created", project.created_seconds},
                                 {"modified", project.modified_seconds},
                                 {"properties", project.properties}});
}

Result<Project> Decode(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const nlohmann::json json, ParseJson(text));
  Project project;
  CULVERT_ASSIGN_OR_RETURN(project.name, JsonString(json, "name"));
  CULVERT_ASSIGN_OR_RETURN(project.owner, JsonString(json, "owner"));
  CULVERT_ASSIGN_OR_RETURN(project.comment, JsonString(json, "comment"));
  CULVERT_ASSIGN_OR_RETURN(project.region, JsonString(json, "region"));
  CULVERT_ASSIGN_OR_RETURN(project.created_seconds, JsonInt64(json, "created"));
  CULVERT_ASSIGN_OR_RETURN(project.modified_seconds, JsonInt64(json, "modified"));
  for (const auto& item : json["properties"].items()) {
    if (item.value().is_string()) project.properties[item.key()] = item.value();
  }
  return project;
}

}  // namespace

Result<std::unique_ptr<ProjectRegistry>> ProjectRegistry::Load(DurableStore& durable,
                                                               const Clock& clock) {
  std::unique_ptr<ProjectRegistry> registry(new ProjectRegistry(durable, clock));
  CULVERT_ASSIGN_OR_RETURN(const auto records, durable.Load("project"));
  const MutexLock lock(registry->mutex_);
  for (const auto& [key, value] : records) {
    CULVERT_ASSIGN_OR_RETURN(Project project, Decode(value));
    registry->projects_[key] = std::make_shared<const Project>(std::move(project));
  }
  return registry;
}

Status ProjectRegistry::Store(const Project& project) {
  return durable_.Write({{"project", record::FoldName(project.name), Encode(project)}});
}

Status ProjectRegistry::Add(std::string_view name) {
  const std::string key = record::FoldName(name);
  const MutexLock lock(mutex_);
  if (projects_.contains(key)) return {};
  Project project;
  project.name = std::string(name);
  project.created_seconds = NowSeconds(clock_);
  project.modified_seconds = project.created_seconds;
  project.properties = {{"odps.sql.type.system.odps2", "true"},
                        {"odps.sql.decimal.odps2", "true"},
                        {"odps.sql.hive.compatible", "false"},
                        {"odps.sql.acid.table.enable", "true"},
                        {"odps.sql.timezone", "UTC"}};
  CULVERT_TRY(Store(project));
  projects_[key] = std::make_shared<const Project>(std::move(project));
  return {};
}

Result<std::shared_ptr<const Project>> ProjectRegistry::Find(std::string_view name) const {
  const MutexLock lock(mutex_);
  const auto found = projects_.find(record::FoldName(name));
  if (found == projects_.end()) {
    return Fail(NotFound("'" + std::string(name) + "'").Because("NoSuchProject"));
  }
  return found->second;
}

Status ProjectRegistry::SetProperty(std::string_view name, const std::string& key,
                                    const std::string& value) {
  CULVERT_ASSIGN_OR_RETURN(const auto found, Find(name));
  const MutexLock lock(mutex_);
  Project project = *projects_[record::FoldName(found->name)];
  project.properties[key] = value;
  project.modified_seconds = NowSeconds(clock_);
  CULVERT_TRY(Store(project));
  projects_[record::FoldName(project.name)] = std::make_shared<const Project>(project);
  return {};
}

std::vector<std::shared_ptr<const Project>> ProjectRegistry::List() const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const Project>> list;
  list.reserve(projects_.size());
  for (const auto& [key, project] : projects_) list.push_back(project);
  return list;
}

std::int64_t NowSeconds(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.Now().time_since_epoch()).count();
}

}  // namespace culvert::emulator
