// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/test_history.h"

#include "libs/base/file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace culvert::test {
namespace {

constexpr std::size_t kLogBytesMax = std::size_t{256} * 1024 * 1024;

std::unique_ptr<TestHistory>& Current() {
  static std::unique_ptr<TestHistory> current;
  return current;
}

}  // namespace

void TestHistory::Begin(std::vector<std::string> secrets) {
  Current().reset(new TestHistory(std::move(secrets)));
}

TestHistory& TestHistory::Now() { return *Current(); }

void TestHistory::AddArtefact(std::string name, std::string text) {
  known_.artefacts.emplace_back(std::move(name), std::move(text));
}

HistoryObjects& TestHistory::AddCluster() {
  const std::string prefix = "cluster " + std::to_string(clusters_.size() + 1) + " ";
  return *clusters_.emplace_back(std::make_unique<HistoryObjects>(prefix));
}

void TestHistory::MarkEnded(const std::string& run, std::int32_t attempt,
                            emulator::EventLog& events) {
  events.Append("run.ended", {{"run", run}, {"attempt", attempt}});
}

void TestHistory::MarkEndOf(const std::vector<std::string>& args, emulator::EventLog& events) {
  const auto option = std::ranges::find(args, "--state");
  if (option == args.end() || option + 1 == args.end()) return;
  const std::string& directory = *(option + 1);
  const auto journal = ReadWholeFile(directory + "/journal.log", kLogBytesMax);
  const std::int32_t attempt = journal ? EndedAttempt(*journal) : 0;
  if (attempt == 0 || !marked_.insert({directory, attempt}).second) return;
  MarkEnded(directory, attempt, events);
}

Result<History> TestHistory::Collect(const std::string& directory) const {
  History history = known_;
  for (const auto& cluster : clusters_) cluster->AddTo(history);
  // There is none where no emulator was started.
  if (std::filesystem::exists(EventLogFile())) {
    CULVERT_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(EventLogFile(), kLogBytesMax));
    CULVERT_ASSIGN_OR_RETURN(history.events, ParseHistory(text));
    history.artefacts.emplace_back("the event log", std::move(text));
  }
  constexpr auto kSkip = std::filesystem::directory_options::skip_permission_denied;
  std::error_code ignored;
  std::filesystem::recursive_directory_iterator entry(directory, kSkip, ignored);
  for (; entry != std::filesystem::recursive_directory_iterator(); entry.increment(ignored)) {
    if (entry->path().filename() != "journal.log") continue;
    const auto journal = ReadWholeFile(entry->path().string(), kLogBytesMax);
    if (journal) AddJournal(entry->path().parent_path().string(), *journal, history);
  }
  return history;
}

void TestHistory::Check(const std::string& directory) const {
  const auto history = Collect(directory);
  if (!history) {
    ADD_FAILURE() << "the history of this test cannot be read: " << ToString(history.error());
    return;
  }
  EXPECT_EQ(ToText(CheckHistory(*history)), "") << "the history of this test breaks these rules";
}

}  // namespace culvert::test
