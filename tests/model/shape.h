// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/plan.h"
#include "libs/syncjob/step_message.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace culvert::control::model {

inline constexpr std::uint64_t kShards = 2;
inline constexpr const char* kRunPath = "syncjobs/copy";
inline constexpr const char* kRunUid = "1a2b3c4d-uid";
inline constexpr const char* kRivalPath = "syncjobs/rival";
inline constexpr const char* kRivalUid = "rival-uid";
inline constexpr const char* kNamespace = "default";
inline constexpr const char* kOwnNamespace = "system";
inline constexpr const char* kTarget = "sales/default/copy";
inline constexpr const char* kPartition = "load=1";

/// Which run is explored, and how much may go wrong.
struct Shape {
  std::string name = {};
  bool small = false;  // one pod does all but the plan
  bool consistency_commit = true;
  bool truncate = false;
  bool rival = false;       // another run wants the same partition
  std::uint8_t faults = 1;  // of the machinery and of pods, all together
  std::uint8_t wishes = 1;  // what the user may change: suspend, delete, run again
};

/// The SyncJob as it was applied.
nlohmann::json RunDocument(const Shape& shape);
/// Another namespace's run into the same partition.
nlohmann::json RivalDocument();
nlohmann::json DataSourceDocument(const std::string& name);
/// The plan that the plan step of `attempt` makes: two shards of ten rows.
syncjob::Plan PlanOf(const Shape& shape, std::int32_t attempt);
/// What a pod says that did its step.
syncjob::StepMessage WordOf(const Shape& shape, syncjob::Step step, std::int32_t attempt,
                            std::uint64_t shard);

}  // namespace culvert::control::model
