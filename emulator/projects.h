// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/durable_store.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/base/result.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator {

struct Project {
  std::string name;
  std::string owner = "ALIYUN$culvert";
  std::string comment;
  std::string region = "local";
  std::int64_t created_seconds = 0;
  std::int64_t modified_seconds = 0;
  std::map<std::string, std::string> properties;  // odps.sql.type.system.odps2 and so on
};

/// The projects there are: those named on the command line and those of the data directory.
/// Thread-safe.
class ProjectRegistry {
 public:
  /// `durable` and `clock` must outlive the registry.
  static Result<std::unique_ptr<ProjectRegistry>> Load(DurableStore& durable, const Clock& clock);

  /// Adds a project unless it is there. New ones have the properties of the 2.0 type edition.
  Status Add(std::string_view name);
  /// Any case. kNotFound/NoSuchProject.
  Result<std::shared_ptr<const Project>> Find(std::string_view name) const;
  Status SetProperty(std::string_view name, const std::string& key, const std::string& value);
  std::vector<std::shared_ptr<const Project>> List() const;

 private:
  ProjectRegistry(DurableStore& durable, const Clock& clock) : durable_(durable), clock_(clock) {}
  Status Store(const Project& project);

  DurableStore& durable_;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<const Project>> projects_ GUARDED_BY(mutex_);  // folded
};

}  // namespace culvert::emulator
