// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "libs/convert/convert.h"
#include "libs/syncjob/manifest.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

// tests/golden/convert: NAME.json is a script, NAME.args its flags, one a line, NAME.report what
// standard error says, NAME.yaml the documents; without the last the script is refused.

namespace culvert::convert {
namespace {

const std::filesystem::path kCorpus = CULVERT_SOURCE_DIR "/tests/golden/convert";

std::string ReadText(const std::filesystem::path& path) {
  return ReadWholeFile(path.string(), std::size_t{1024} * 1024).value_or("");
}

std::vector<std::string> Scripts() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kCorpus)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

ConvertOptions OptionsOf(const std::string& name) {
  ConvertOptions options;
  options.file_name = name + ".json";
  std::istringstream lines(ReadText(kCorpus / (name + ".args")));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.find(' ');
    const std::string flag = line.substr(0, space);
    const std::string value = space == std::string::npos ? "" : line.substr(space + 1);
    if (flag == "-p") {
      const std::size_t equals = value.find('=');
      options.parameters.emplace_back(value.substr(0, equals), value.substr(equals + 1));
    } else if (flag == "--strip-comments") {
      options.comments = Comments::kStrip;
    } else if (flag == "--format") {
      options.format = value == "datax" ? Format::kDataX : Format::kDataWorks;
    } else if (flag == "--name") {
      options.names.job = value;
    } else if (flag == "--namespace") {
      options.names.name_space = value;
    } else {
      ADD_FAILURE() << name << ".args: " << line;
    }
  }
  return options;
}

/// What standard error says.
std::string ReportText(const Result<Conversion>& conversion) {
  if (!conversion) return conversion.error().message + "\n";
  std::string text;
  for (const std::string& line : conversion->report) text += line + "\n";
  return conversion->refused ? text : text + conversion->summary + "\n";
}

class CorpusTest : public ::testing::TestWithParam<std::string> {
 protected:
  Result<Conversion> ConvertIt() const {
    return Convert(ReadText(kCorpus / (GetParam() + ".json")), OptionsOf(GetParam()));
  }
};

// Feature: Type job, version 2.0
// Feature: Steps: one reader, one writer
// Feature: Hops name both steps once
TEST_P(CorpusTest, ConvertsOrIsRefusedAsWritten) {
  const auto conversion = ConvertIt();
  EXPECT_EQ(ReportText(conversion), ReadText(kCorpus / (GetParam() + ".report")));
  EXPECT_EQ(conversion ? conversion->documents : "", ReadText(kCorpus / (GetParam() + ".yaml")));
}

TEST_P(CorpusTest, IsNamedForWhatBecomesOfIt) {
  const auto conversion = ConvertIt();
  EXPECT_EQ(!conversion || conversion->refused, GetParam().starts_with("bad_"));
}

// Feature: Inline connection instead of a data source
// Feature: Keys in job files and logs
TEST_P(CorpusTest, TellsNoKeyOutsideOfASecret) {
  const auto conversion = ConvertIt();
  const std::string report = ReportText(conversion);
  for (const char* key : {"AKEXAMPLE", "AKREADER", "AKWRITER", "example-secret", "reader-secret",
                          "writer-secret", "example/token"}) {
    EXPECT_EQ(report.find(key), std::string::npos) << key;
    if (!conversion) continue;
    const std::size_t secret = conversion->documents.find("kind: Secret");
    EXPECT_EQ(conversion->documents.substr(0, secret).find(key), std::string::npos) << key;
  }
}

TEST_P(CorpusTest, GivesDocumentsThatAreReadOrSaysWhatIsNotDoneYet) {
  const auto conversion = ConvertIt();
  if (!conversion || conversion->refused) return;
  syncjob::Manifest manifest;
  const Status read = syncjob::ParseManifest(conversion->documents, "documents", manifest);
  const bool said = conversion->summary.find(" 0 not done yet") == std::string::npos;
  if (!read && said) {
    EXPECT_EQ(read.error().reason, "Unsupported") << read.error().message;
    return;
  }
  EXPECT_THAT(read, test::IsOk());
  EXPECT_EQ(manifest.jobs.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Scripts, CorpusTest, ::testing::ValuesIn(Scripts()),
                         [](const auto& script) { return script.param; });

TEST(CorpusTest, HoldsAtLeastFortyScripts) { EXPECT_GE(Scripts().size(), 40u); }

}  // namespace
}  // namespace culvert::convert
