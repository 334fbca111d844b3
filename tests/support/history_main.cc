// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "tests/support/history.h"
#include "tests/support/history_records.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using culvert::test::History;

constexpr std::size_t kFileBytesMax = std::size_t{1024} * 1024 * 1024;

constexpr const char* kAbout =
    "Checks an event log of culvert-emulator against what the runs of a cluster meant to do and "
    "said that they did.\n"
    "Prints each broken rule, then one line that counts; exits 1 when a rule is broken, 2 when a "
    "file cannot be read.";

bool Read(const std::string& path, std::string& text) {
  auto read = culvert::ReadWholeFile(path, kFileBytesMax);
  if (!read) {
    (void)std::fprintf(stderr, "culvert-history: %s\n", culvert::ToString(read.error()).c_str());
    return false;
  }
  text = *std::move(read);
  return true;
}

// A watch that was begun again shows objects once more: one collection takes each once.
bool AddObjects(const std::string& text, culvert::test::HistoryObjects& collected) {
  const auto objects = culvert::test::ParseObjects(text);
  if (!objects) {
    (void)std::fprintf(stderr, "culvert-history: %s\n", culvert::ToString(objects.error()).c_str());
    return false;
  }
  for (const auto& object : *objects) (void)collected.Add(object);
  return true;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): CLI11 throws when an option is declared wrongly
int main(int argc, char** argv) {
  std::string events;
  std::vector<std::string> objects;
  std::vector<std::string> artefacts;
  std::vector<std::string> secret_files;
  CLI::App app(kAbout, "culvert-history");
  app.add_option("--events", events, "The event log")->required();
  app.add_option("--objects", objects,
                 "What `kubectl get syncjobs,configmaps --watch -o json` wrote; any number");
  app.add_option("--artefact", artefacts, "Another file in which no secret may stand; any number");
  app.add_option("--secret-file", secret_files, "A file whose text is a secret; any number");
  CLI11_PARSE(app, argc, argv);

  constexpr int kUnreadable = 2;
  History history;
  std::string text;
  if (!Read(events, text)) return kUnreadable;
  auto parsed = culvert::test::ParseHistory(text);
  if (!parsed) {
    (void)std::fprintf(stderr, "culvert-history: %s\n", culvert::ToString(parsed.error()).c_str());
    return kUnreadable;
  }
  history.events = *std::move(parsed);
  history.artefacts.emplace_back(events, std::move(text));
  culvert::test::HistoryObjects collected;
  for (const std::string& file : objects) {
    if (!Read(file, text) || !AddObjects(text, collected)) return kUnreadable;
  }
  collected.AddTo(history);
  for (const std::string& file : artefacts) {
    if (!Read(file, text)) return kUnreadable;
    history.artefacts.emplace_back(file, std::move(text));
  }
  for (const std::string& file : secret_files) {
    if (!Read(file, text)) return kUnreadable;
    history.secrets.push_back(std::move(text));
  }
  const auto violations = culvert::test::CheckHistory(history);
  (void)std::fputs(culvert::test::ToText(violations).c_str(), stdout);
  std::printf("history: %zu events, %zu attempts, %zu ends, %zu violations\n",
              history.events.size(), history.attempts.size(), history.ends.size(),
              violations.size());
  return violations.empty() ? 0 : 1;
}
