// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/event_log.h"
#include "tests/support/history.h"
#include "tests/support/history_records.h"
#include "tests/support/temp_dir.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::test {

/// The history of the test that runs now, of which a process has one at a time. Its fixture begins
/// it, tells what is known, and has it checked when everything that wrote is gone. Told by one
/// thread at a time.
class TestHistory {
 public:
  static void Begin(std::vector<std::string> secrets);
  static TestHistory& Now();

  /// Where the emulator is to write its events.
  std::string EventLogFile() const { return dir_ / "events"; }
  void SetSessionLife(std::chrono::seconds life) { known_.session_life = life; }
  void AddArtefact(std::string name, std::string text);
  /// For the objects of one more cluster, one thread at a time; it stays.
  HistoryObjects& AddCluster();

  /// Notes in the event log that this is on record: nothing may be committed from here on. Safe
  /// from any thread, beside itself too.
  static void MarkEnded(const std::string& run, std::int32_t attempt, emulator::EventLog& events);
  /// The same for a runner that has just ended, where the journal of its `--state` says so.
  void MarkEndOf(const std::vector<std::string>& args, emulator::EventLog& events);

  /// All of it: what was told, the event log, and every journal below `directory`.
  Result<History> Collect(const std::string& directory) const;
  /// Fails the test for each rule that its history breaks.
  void Check(const std::string& directory) const;

 private:
  explicit TestHistory(std::vector<std::string> secrets) { known_.secrets = std::move(secrets); }

  TempDir dir_;
  std::vector<std::unique_ptr<HistoryObjects>> clusters_;
  History known_;
  std::set<std::pair<std::string, std::int32_t>> marked_;
};

}  // namespace culvert::test
