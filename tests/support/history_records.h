// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "tests/support/history.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The known input of a history, from what runs leave behind: journals of one machine, objects of a
// cluster.

namespace culvert::test {

/// The attempt that `plan` is of.
HistoryAttempt AttemptOf(const std::string& run, const syncjob::Plan& plan);

/// Adds the attempts and ends of a journal's text (runner/journal.h), all of one run. A line that
/// is not whole ends it: a kill can leave one.
void AddJournal(const std::string& run, std::string_view text, History& history);
/// The attempt that the journal ended with last: 0 when it has not ended.
std::int32_t EndedAttempt(std::string_view journal);

/// Collects plans and ends from SyncJobs and ConfigMaps as an API server shows them over time, in
/// any number of versions; other objects are passed over. Not thread-safe.
class HistoryObjects {
 public:
  /// `prefix` stands before the uid of each run: clusters of one test have the same uids.
  explicit HistoryObjects(std::string prefix = {}) : prefix_(std::move(prefix)) {}

  /// The run and the attempt that this version is the first to show as ended, if it is.
  std::optional<std::pair<std::string, std::int32_t>> Add(const nlohmann::json& object);
  /// What was collected so far; the objects themselves as artefacts.
  void AddTo(History& history) const;

 private:
  void AddPlan(const nlohmann::json& map);
  std::optional<std::pair<std::string, std::int32_t>> AddStatus(const nlohmann::json& job);

  std::string prefix_;
  std::map<std::pair<std::string, std::string>, std::string> pieces_;  // by uid and file
  std::set<std::string> seen_;                                         // ConfigMaps, by uid
  std::set<std::pair<std::string, std::int32_t>> ended_;
  std::vector<HistoryAttempt> attempts_;
  std::vector<HistoryEnd> ends_;
  std::map<std::string, std::string> texts_;  // the newest version, by kind and uid
};

/// The objects that `kubectl get --watch -o json` wrote one behind the other. kDataLoss; one that
/// is cut off at the end is left out.
Result<std::vector<nlohmann::json>> ParseObjects(std::string_view text);

}  // namespace culvert::test
