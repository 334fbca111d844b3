// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/scheduled_run.h"

#include "libs/base/file.h"
#include "libs/base/time_format.h"
#include "libs/schedule/zone_database.h"
#include "libs/syncjob/internal/yaml_tree.h"
#include "tests/unit/operator/schedule_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace culvert::control {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

std::chrono::sys_seconds Second(const std::string& text) {
  return std::chrono::floor<std::chrono::seconds>(ParseRfc3339(text).value());
}

ScheduleObject Made(const json& spec) {
  const json object = {
      {"apiVersion", "culvert.dev/v1alpha1"},
      {"kind", "SyncSchedule"},
      {"metadata",
       {{"name", "nightly"}, {"namespace", "default"}, {"uid", "u"}, {"resourceVersion", "1"}}},
      {"spec", spec}};
  ScheduleObject made = ProjectSyncSchedule(object).value();
  EXPECT_EQ(made.problem, "");
  return made;
}

Result<json> MadeRun(const json& spec, const RunRequest& run) {
  const ScheduleObject made = Made(spec);
  const auto zone = schedule::ZoneDatabase().Load(made.schedule.time_zone);
  return MakeScheduledRun(made, zone.value(), run, run.planned);
}

RunRequest At31() { return {.planned = Second("2025-03-30T16:10:00Z")}; }  // 31st 00:10 in Shanghai

std::string Refusal(const json& spec) {
  const auto made = MadeRun(spec, At31());
  EXPECT_FALSE(made.has_value());
  return made ? "" : made.error().reason + "|" + made.error().message;
}

TEST(ScheduledRunTest, NamesSayScheduleTimeAndRetry) {
  EXPECT_EQ(ScheduledRunName("nightly", At31()), "nightly-20250330t161000z");
  RunRequest run = At31();
  run.backfill = "march";
  EXPECT_EQ(ScheduledRunName("nightly", run), "nightly.march-20250330t161000z");
  run.retry = 2;
  EXPECT_EQ(ScheduledRunName("nightly", run), "nightly.march-20250330t161000z.r2");
  // No two of them share a name, whatever schedules and backfills are called.
  run.retry = 0;
  EXPECT_NE(ScheduledRunName("nightly-march", At31()), ScheduledRunName("nightly", run));
}

// Feature: Resolved values in the status
TEST(ScheduledRunTest, PutsValuesInEveryPlaceThatTakesThem) {
  json spec = NightlySpec();
  json& source = spec["jobTemplate"]["spec"]["source"]["maxCompute"];
  source["column"] = {"id", "'${day}'"};
  source["partition"] = {"dt=${day}", "dt=$[yyyymmdd-1/24]"};
  const auto made = MadeRun(spec, At31());
  ASSERT_TRUE(made.has_value()) << made.error().message;
  const json& job = *made;
  EXPECT_EQ(job["spec"]["source"]["maxCompute"]["partition"], json({"dt=20250330", "dt=20250330"}));
  EXPECT_EQ(job["spec"]["source"]["maxCompute"]["column"], json({"id", "'20250330'"}));
  EXPECT_EQ(job["spec"]["target"]["maxCompute"]["table"], "orders_202503");
  EXPECT_EQ(job["spec"]["target"]["maxCompute"]["partition"], "dt=20250330");
  const json& metadata = job["metadata"];
  EXPECT_EQ(metadata["name"], "nightly-20250330t161000z");
  EXPECT_EQ(metadata["labels"], json({{"team", "sales"}, {"culvert.dev/schedule", "nightly"}}));
  EXPECT_EQ(metadata["annotations"]["culvert.dev/cycle-time"], "2025-03-30T16:10:00Z");
  EXPECT_EQ(metadata["ownerReferences"][0]["uid"], "u");
  const SyncJobObject read = [&] {
    json stored = job;
    stored["metadata"]["uid"] = "r";
    stored["metadata"]["resourceVersion"] = "2";
    return ProjectSyncJob(stored).value();
  }();
  EXPECT_EQ(read.problem, "");
  ASSERT_NE(read.firing, nullptr);
  EXPECT_EQ(read.firing->planned, At31().planned);
  EXPECT_EQ(read.firing->parameters,
            (std::vector<syncjob::ResolvedParameter>{{.name = "bizdate", .value = "20250330"},
                                                     {.name = "cyctime", .value = "20250331001000"},
                                                     {.name = "day", .value = "20250330"}}));
}

TEST(ScheduledRunTest, WhatPodsCarryIsNoTextOfTheJob) {
  json spec = NightlySpec();
  spec["jobTemplate"]["spec"]["runner"]["annotations"] = {{"note", "dt=${day}"}};
  const auto made = MadeRun(spec, At31());
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ((*made)["spec"]["runner"]["annotations"]["note"], "dt=${day}");
}

TEST(ScheduledRunTest, ABackfillKnowsItsBusinessDate) {
  json spec = NightlySpec();
  spec["parameters"][0]["value"] = "$gmtdate";
  RunRequest run{.planned = Second("2025-03-15T16:10:00Z"), .backfill = "march"};
  const auto made = MadeRun(spec, run);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ((*made)["metadata"]["labels"]["culvert.dev/backfill"], "march");
  EXPECT_EQ((*made)["spec"]["target"]["maxCompute"]["partition"], "dt=20250316");
}

// Feature: An unresolved placeholder refuses the run
TEST(ScheduledRunTest, RefusesWhatHasNoValue) {
  json spec = NightlySpec();
  spec["parameters"] = json::array();
  EXPECT_THAT(Refusal(spec), StartsWith("UnresolvedPlaceholder|spec.jobTemplate: "));
  EXPECT_THAT(Refusal(spec), HasSubstr("spec.source.maxCompute.partition[0]"));
  spec = NightlySpec();
  spec["parameters"][0]["value"] = "${yyyymmdd-1/24}";
  EXPECT_THAT(Refusal(spec), HasSubstr("spec.parameters: parameter 'day'"));
  spec = NightlySpec();
  spec["jobTemplate"]["spec"]["target"]["maxCompute"]["tabel"] = "x";
  EXPECT_THAT(Refusal(spec), HasSubstr("did you mean 'table'"));
}

TEST(ScheduledRunTest, RefusesPoliciesThatMightDoubleRows) {
  json spec = NightlySpec();
  json& target = spec["jobTemplate"]["spec"]["target"]["maxCompute"];
  target["truncate"] = false;
  target["consistencyCommit"] = false;
  EXPECT_TRUE(MadeRun(spec, At31()).has_value());
  spec["retries"] = 1;
  EXPECT_THAT(Refusal(spec), HasSubstr("spec.retries"));
  spec["retries"] = 0;
  spec["concurrencyPolicy"] = "Replace";
  EXPECT_THAT(Refusal(spec), HasSubstr("spec.concurrencyPolicy"));
}

/// As a cluster's reader of YAML does it.
json JsonOf(const syncjob::internal::YamlNode& node) {
  using Kind = syncjob::internal::YamlNode::Kind;
  json value;
  if (node.kind == Kind::kScalar) {
    value = node.quoted ? json(nullptr) : json::parse(node.text, nullptr, false);
    return value.is_number() || value.is_boolean() ? value : json(node.text);
  }
  for (const auto& item : node.items) value.push_back(JsonOf(*item));
  for (const auto& [key, member] : node.entries) value[key->text] = JsonOf(*member);
  return value;
}

TEST(ScheduledRunTest, TheExampleAndThePageMakeRuns) {
  const std::string root = CULVERT_SOURCE_DIR "/";
  const std::string example =
      ReadWholeFile(root + "examples/cluster/schedule.yaml", 65'536).value();
  std::string page = ReadWholeFile(root + "docs/spec/v1alpha1/syncschedule.md", 65'536).value();
  const std::size_t begin = page.find("```yaml\n") + 8;
  page = page.substr(begin, page.find("```", begin) - begin);
  for (const std::string& text : {example, page}) {
    const auto documents = syncjob::internal::ParseYaml(text, "f");
    ASSERT_TRUE(documents.has_value()) << documents.error().message;
    const auto made = MadeRun(JsonOf(*documents->front())["spec"], At31());
    ASSERT_TRUE(made.has_value()) << made.error().message;
    EXPECT_THAT((*made)["spec"]["target"]["maxCompute"]["partition"].get<std::string>(),
                testing::AnyOf("load=20250330", "dt=20250329"));
  }
}

}  // namespace
}  // namespace culvert::control
