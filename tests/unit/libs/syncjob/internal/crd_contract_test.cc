// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "libs/syncjob/internal/yaml_tree.h"
#include "libs/syncjob/manifest.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/schedule_status.h"
#include "libs/syncjob/status.h"
#include "libs/syncjob/sync_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

// crds/ and the reader of manifests say the same: the same fields, bounds, words and defaults.
// tests/golden/manifest/maximal.yaml has every field once; it is walked, and each node is changed
// and read again.

namespace culvert::syncjob {
namespace {

using nlohmann::json;
using Path = json::json_pointer;

/// As the YAML reader of a cluster does it: unquoted words are numbers and booleans.
json ToJson(const internal::YamlNode& node) {
  using Kind = internal::YamlNode::Kind;
  switch (node.kind) {
    case Kind::kNull:
      return nullptr;
    case Kind::kScalar: {
      if (node.quoted) return node.text;
      const json parsed = json::parse(node.text, nullptr, false);
      return parsed.is_primitive() && !parsed.is_discarded() && !parsed.is_string()
                 ? parsed
                 : json(node.text);
    }
    case Kind::kSequence: {
      json list = json::array();
      for (const auto& item : node.items) list.push_back(ToJson(*item));
      return list;
    }
    case Kind::kMap: {
      json map = json::object();
      for (const auto& [key, value] : node.entries) map[key->text] = ToJson(*value);
      return map;
    }
  }
  return nullptr;
}

std::vector<json> Documents(const std::string& file) {
  const std::string path = CULVERT_SOURCE_DIR "/" + file;
  const Result<std::string> text = ReadWholeFile(path, 1024 * 1024);
  EXPECT_TRUE(text.has_value()) << path;
  const auto parsed = internal::ParseYaml(text.value_or(""), file);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  std::vector<json> documents;
  if (parsed) {
    for (const auto& one : *parsed) documents.push_back(ToJson(*one));
  }
  return documents;
}

/// Schema of `spec`, by kind.
std::map<std::string, json> Schemas() {
  std::map<std::string, json> schemas;
  for (const char* file : {"crds/culvert.dev_datasources.yaml", "crds/culvert.dev_syncjobs.yaml",
                           "crds/culvert.dev_syncschedules.yaml"}) {
    for (const json& crd : Documents(file)) {
      schemas[crd.at("/spec/names/kind"_json_pointer)] =
          crd.at("/spec/versions/0/schema/openAPIV3Schema/properties/spec"_json_pointer);
    }
  }
  return schemas;
}

Status Read(const json& document) {
  if (document.at("kind") == "SyncSchedule") {
    const auto read = ParseSyncSchedule(document.dump(), "m");
    return read ? Status() : Status(Fail(read.error()));
  }
  Manifest manifest;
  return ParseManifest(document.dump(), "m", manifest);
}

std::string Message(const Status& status) { return status ? "" : status.error().message; }

/// One place of the maximal documents that a schema describes.
struct Place {
  json document;
  Path at;             // in the document
  std::string name;    // Kind and path, `[]` for items
  const json* schema;  // of the place
};

void Walk(const json& document, const Path& at, const std::string& name, const json& schema,
          std::vector<Place>& places) {
  places.push_back({.document = document, .at = at, .name = name, .schema = &schema});
  const json& value = document.at(at);
  if (value.is_object() && schema.contains("properties")) {
    for (const auto& [key, member] : schema.at("properties").items()) {
      if (value.contains(key)) Walk(document, at / key, name + "." + key, member, places);
    }
  } else if (value.is_array() && schema.contains("items")) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      Walk(document, at / i, name + "[]", schema.at("items"), places);
    }
  }
}

void Names(const std::string& name, const json& schema, std::set<std::string>& names) {
  names.insert(name);
  if (schema.contains("properties")) {
    for (const auto& [key, member] : schema.at("properties").items()) {
      Names(name + "." + key, member, names);
    }
  }
  if (schema.contains("items")) Names(name + "[]", schema.at("items"), names);
}

class CrdContractTest : public testing::Test {
 protected:
  CrdContractTest() : schemas_(Schemas()) {
    for (const json& document : Documents("tests/golden/manifest/maximal.yaml")) {
      const std::string kind = document.at("kind");
      Walk(document, Path("/spec"), kind + " spec", schemas_.at(kind), places_);
    }
  }

  /// What a parameter may be depends on the transformer: sync_job_reader_test and the cases of the
  /// CRD have them.
  static bool IsPara(const Place& place) { return place.name.find(".paras") != std::string::npos; }

  /// Reads the document of `place` with another value there.
  static Status With(const Place& place, const json& value) {
    json document = place.document;
    document[place.at] = value;
    return Read(document);
  }

  std::map<std::string, json> schemas_;
  std::vector<Place> places_;
};

TEST_F(CrdContractTest, TheReaderTakesTheMaximalDocuments) {
  for (const Place& place : places_) {
    if (place.at == Path("/spec")) {
      EXPECT_EQ(Message(Read(place.document)), "");
    }
  }
}

TEST_F(CrdContractTest, TheMaximalDocumentsUseEveryField) {
  std::set<std::string> used;
  for (const Place& place : places_) used.insert(place.name);
  std::set<std::string> known;
  for (const auto& [kind, schema] : schemas_) Names(kind + " spec", schema, known);
  EXPECT_EQ(used, known);
}

// An unknown field makes the reader list the ones it knows.
TEST_F(CrdContractTest, BothKnowTheSameFields) {
  // What the reader leaves to the API server: it checks that they are mappings.
  const std::set<std::string> left = {"SyncJob spec.runner.tolerations[]",
                                      "SyncJob spec.runner.imagePullSecrets[]",
                                      "SyncJob spec.runner.affinity"};
  // Known to the reader for a better message: endpoints of later versions.
  const std::set<std::string> later = {"mysql", "postgresql", "kafka"};
  int compared = 0;
  for (const Place& place : places_) {
    if (!place.schema->contains("properties") || left.contains(place.name)) continue;
    json value = place.document.at(place.at);
    value["qqqqqqqqqqqq"] = 1;
    const std::string message = Message(With(place, value));
    const std::string_view mark = "known here: ";
    const std::size_t begin = message.find(mark);
    ASSERT_NE(begin, std::string::npos) << place.name << ": " << message;
    std::set<std::string> reader;
    std::string rest = message.substr(begin + mark.size());
    for (std::size_t comma = 0; comma != std::string::npos;) {
      comma = rest.find(", ");
      const std::string field = rest.substr(0, comma);
      if (!later.contains(field)) reader.insert(field);
      if (comma != std::string::npos) rest.erase(0, comma + 2);
    }
    std::set<std::string> crd;
    for (const auto& [key, member] : place.schema->at("properties").items()) crd.insert(key);
    EXPECT_EQ(reader, crd) << place.name;
    ++compared;
  }
  EXPECT_GT(compared, 15);
}

// Feature: all other fields
TEST_F(CrdContractTest, BothHaveTheSameBoundsOfNumbers) {
  int compared = 0;
  for (const Place& place : places_) {
    const json& schema = *place.schema;
    if (schema.value("type", "") != "integer" ||
        place.name.find("tolerations") != std::string::npos)
      continue;
    for (const auto& [bound, step] : {std::pair{"minimum", -1}, std::pair{"maximum", 1}}) {
      if (!schema.contains(bound)) continue;
      const auto limit = schema.at(bound).get<std::int64_t>();
      EXPECT_EQ(Message(With(place, limit)), "") << place.name << " " << limit;
      EXPECT_NE(Message(With(place, limit + step)), "") << place.name << " " << limit + step;
      ++compared;
    }
    EXPECT_NE(Message(With(place, "1")), "") << place.name << " takes text for a number";
  }
  EXPECT_GT(compared, 12);
}

TEST_F(CrdContractTest, BothHaveTheSameLengthsOfTexts) {
  int compared = 0;
  for (const Place& place : places_) {
    const json& schema = *place.schema;
    const std::string& name = place.name;
    if (schema.value("type", "") != "string" || schema.contains("enum")) continue;
    if (name.find("tolerations") != std::string::npos ||
        name.find("imagePullSecrets") != std::string::npos || IsPara(place)) {
      continue;  // left to the API server
    }
    const auto limit = schema.at("maxLength").get<std::size_t>();
    EXPECT_NE(Message(With(place, std::string(limit + 1, 'a'))), "") << name << " " << limit + 1;
    EXPECT_EQ(Message(With(place, "")).empty(), !schema.contains("minLength")) << name;
    ++compared;
  }
  EXPECT_GT(compared, 15);
}

TEST_F(CrdContractTest, BothHaveTheSameLengthsOfLists) {
  int compared = 0;
  for (const Place& place : places_) {
    const json& schema = *place.schema;
    if (schema.value("type", "") != "array" || schema.at("items").value("type", "") != "string" ||
        schema.value("description", "").find("Not offered yet") != std::string::npos ||
        IsPara(place)) {
      continue;
    }
    const auto limit = schema.at("maxItems").get<std::size_t>();
    EXPECT_EQ(Message(With(place, json(std::vector<std::string>(limit, "a=1")))), "") << place.name;
    EXPECT_NE(Message(With(place, json(std::vector<std::string>(limit + 1, "a=1")))), "")
        << place.name;
    EXPECT_EQ(Message(With(place, json::array())).empty(), !schema.contains("minItems"))
        << place.name;
    ++compared;
  }
  EXPECT_GE(compared, 3);
}

TEST_F(CrdContractTest, BothHaveTheSameWords) {
  int compared = 0;
  for (const Place& place : places_) {
    if (!place.schema->contains("enum") || place.name.find("tolerations") != std::string::npos) {
      continue;
    }
    if (place.name.ends_with("transformers[].name")) continue;  // goes with its parameters
    for (const json& word : place.schema->at("enum")) {
      EXPECT_EQ(Message(With(place, word)), "") << place.name << " " << word;
    }
    EXPECT_NE(Message(With(place, "Qqqq")), "") << place.name;
    ++compared;
  }
  EXPECT_GE(compared, 3);
}

TEST_F(CrdContractTest, BothWantTheSameTypes) {
  const json list = json::array({"a"});
  const std::map<std::string, std::vector<json>> others = {
      {"boolean", {"true", 1, list}},      {"integer", {"1", 1.5, true, list}},
      {"array", {"a", 1, json::object()}}, {"object", {"a", 1, list}},
      {"string", {12, true, list}},        {"", {1.5, true, list}}};  // or a number
  for (const Place& place : places_) {
    if (place.name.find("tolerations[].") != std::string::npos ||
        place.name.find("imagePullSecrets[].") != std::string::npos) {
      continue;  // left to the API server
    }
    const std::string description = place.schema->value("description", "");
    if (description.find("Not offered yet") != std::string::npos) continue;  // no type yet
    for (const json& value : others.at(place.schema->value("type", ""))) {
      EXPECT_NE(Message(With(place, value)), "") << place.name << " takes " << value;
    }
  }
}

/// As the API server does: a default where the field is absent, then inside it.
void FillDefaults(json& value, const json& schema) {
  if (value.is_object() && schema.contains("properties")) {
    for (const auto& [key, member] : schema.at("properties").items()) {
      if (!value.contains(key) && member.contains("default")) value[key] = member.at("default");
      if (value.contains(key)) FillDefaults(value[key], member);
    }
  } else if (value.is_array() && schema.contains("items")) {
    for (json& item : value) FillDefaults(item, schema.at("items"));
  }
}

// Feature: all other fields
TEST_F(CrdContractTest, BothHaveTheSameDefaults) {
  const json source = {{"dataSourceRef", {{"name", "a"}}}, {"table", "t"}, {"column", {"*"}}};
  json target = source;
  target["truncate"] = true;
  const json table = {{"source", {{"maxCompute", source}}}, {"target", {{"maxCompute", target}}}};
  const json rows = {
      {"source",
       {{"stream",
         {{"count", 3},
          {"column",
           json::array({{{"name", "i"}, {"type", "bigint"}, {"increasing", json::object()}}})}}}}},
      {"target", {{"stream", json::object()}}}};
  for (const json& spec : {table, rows}) {
    Manifest as_written;
    Manifest with_defaults;
    json job = {{"apiVersion", "culvert.dev/v1alpha1"},
                {"kind", "SyncJob"},
                {"metadata", {{"name", "j"}}},
                {"spec", spec}};
    ASSERT_EQ(Message(ParseManifest(job.dump(), "m", as_written)), "");
    FillDefaults(job["spec"], schemas_.at("SyncJob"));
    ASSERT_NE(job["spec"], spec);
    ASSERT_EQ(Message(ParseManifest(job.dump(), "m", with_defaults)), "");
    EXPECT_EQ(as_written.jobs[0].spec, with_defaults.jobs[0].spec);
    EXPECT_EQ(as_written.jobs[0].credential_timeout_seconds,
              with_defaults.jobs[0].credential_timeout_seconds);
    EXPECT_EQ(as_written.jobs[0].ttl_seconds_after_finished,
              with_defaults.jobs[0].ttl_seconds_after_finished);
    EXPECT_TRUE(with_defaults.warnings.size() == as_written.warnings.size());
  }
  json source_document = {
      {"apiVersion", "culvert.dev/v1alpha1"},
      {"kind", "DataSource"},
      {"metadata", {{"name", "d"}}},
      {"spec",
       {{"maxCompute",
         {{"endpoint", "https://h/api"}, {"project", "p"}, {"credentialsRef", {{"name", "k"}}}}}}}};
  Manifest as_written;
  Manifest with_defaults;
  ASSERT_EQ(Message(ParseManifest(source_document.dump(), "m", as_written)), "");
  FillDefaults(source_document["spec"], schemas_.at("DataSource"));
  ASSERT_EQ(Message(ParseManifest(source_document.dump(), "m", with_defaults)), "");
  EXPECT_EQ(as_written.data_sources, with_defaults.data_sources);
  json schedule = {{"apiVersion", "culvert.dev/v1alpha1"},
                   {"kind", "SyncSchedule"},
                   {"metadata", {{"name", "s"}}},
                   {"spec",
                    {{"schedule", "@daily"},
                     {"backfill", {{"name", "b"}, {"from", "2025-03-01"}, {"to", "2025-03-02"}}},
                     {"jobTemplate", {{"spec", json::object()}}}}}};
  const auto short_form = ParseSyncSchedule(schedule.dump(), "m");
  FillDefaults(schedule["spec"], schemas_.at("SyncSchedule"));
  const auto long_form = ParseSyncSchedule(schedule.dump(), "m");
  ASSERT_TRUE(short_form.has_value() && long_form.has_value());
  EXPECT_EQ(*short_form, *long_form);
}

/// A status that has everything.
SyncJobStatus FullStatus() {
  SyncJobStatus status;
  status.observed_generation = 2;
  status.attempt = 3;
  status.first_attempt = 2;
  status.run_nonce = "n";
  status.start_time = "2026-01-02T03:04:05Z";
  status.completion_time = "2026-01-02T03:05:05Z";
  status.streams = 16;
  status.conditions.push_back({.type = "Succeeded",
                               .status = ConditionStatus::kTrue,
                               .reason = "Succeeded",
                               .message = "done",
                               .last_transition_time = "2026-01-02T03:05:05Z",
                               .observed_generation = 2});
  status.plan = PlanStatus{.partitions = 12,
                           .targets = 12,
                           .shards = 4,
                           .rows = 336'776,
                           .bytes = 40'000'000,
                           .hash = std::string(64, 'a'),
                           .route = "pass-through",
                           .small = true,
                           .schema_hash = "5c"};
  status.progress = ProgressStatus{.rows = 141'446,
                                   .rows_total = 336'776,
                                   .bytes = 17'000'000,
                                   .shards = 1,
                                   .shards_total = 4,
                                   .percent = 42,
                                   .rows_per_second = 1'000,
                                   .bytes_per_second = 12'503'217,
                                   .eta_seconds = 9};
  status.resolved_parameters = {{.name = "day", .value = "20250330"}};
  status.failed_shards.push_back({.shard = 3, .reason = "PoisonShard", .message = "m"});
  status.pause = Pause{.reason = "CredentialsRejected",
                       .message = "m",
                       .count = 2,
                       .start_time = "2026-01-02T03:04:05Z",
                       .resume_time = "2026-01-02T03:04:45Z"};
  status.report = ReportStatus{.start_time = "2026-01-02T03:04:05Z",
                               .completion_time = "2026-01-02T03:05:05Z",
                               .rows_read = 1,
                               .rows_written = 1,
                               .rows_dirty = 1,
                               .rows_filtered = 1,
                               .bytes_read = 1,
                               .bytes_written = 1,
                               .read_wait_seconds = 1,
                               .write_wait_seconds = 1,
                               .throttle_wait_seconds = 1,
                               .seconds = 60,
                               .bottleneck = "cpu",
                               .route = "typed",
                               .verified = "count",
                               .committed_partitions = {"month=1"},
                               .committed_partitions_total = 12,
                               .dirty_samples = {{.partition = "month=1",
                                                  .row = 1,
                                                  .column = "price",
                                                  .reason = "ValueRefused",
                                                  .message = "no"}},
                               .dirty_place = "dirty_rows/run=a-1-b",
                               .statements = {{.name = "target.preSql[0]", .instance = "i1"}}};
  return status;
}

/// What of `value` the schema does not describe, or describes otherwise.
void Compare(const json& value, const json& schema, const std::string& name,
             std::set<std::string>& seen) {
  const std::map<std::string, bool> is = {{"object", value.is_object()},
                                          {"array", value.is_array()},
                                          {"string", value.is_string()},
                                          {"integer", value.is_number_integer()},
                                          {"boolean", value.is_boolean()}};
  EXPECT_TRUE(is.at(schema.at("type"))) << name << " is " << value;
  seen.insert(name);
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      ASSERT_TRUE(schema.at("properties").contains(key)) << name << "." << key << " has no schema";
      Compare(member, schema.at("properties").at(key), name + "." + key, seen);
    }
  }
  if (value.is_array()) {
    for (const json& item : value) Compare(item, schema.at("items"), name + "[]", seen);
  }
}

TEST(CrdStatusTest, TheSchemaDescribesWhatTheOperatorWritesAndNothingElse) {
  const json crd = Documents("crds/culvert.dev_syncjobs.yaml").at(0);
  const json schema =
      crd.at("/spec/versions/0/schema/openAPIV3Schema/properties/status"_json_pointer);
  std::set<std::string> written;
  Compare(StatusToJson(FullStatus()), schema, "status", written);
  std::set<std::string> described;
  Names("status", schema, described);
  EXPECT_EQ(written, described);
}

SyncScheduleStatus FullScheduleStatus() {
  const std::string time = "2026-01-02T03:04:05Z";
  SyncScheduleStatus status;
  status.observed_generation = 2;
  status.conditions = {FullStatus().conditions[0]};
  status.printed_schedule = "@daily";
  status.timetable_hash = "0123456789abcdef";
  status.timetable_time = time;
  status.decided_until_time = time;
  status.last_schedule_time = time;
  status.last_successful_time = time;
  status.last_successful_schedule_time = time;
  status.next_schedule_time = time;
  status.last_missed_time = time;
  status.missed_runs = 1;
  status.runs_since_success = 1;
  status.active_count = 1;
  status.active = {{.name = "n", .schedule_time = time}};
  status.retried_runs = {"n"};
  status.backfill = BackfillStatus{.name = "b",
                                   .from = "2025-03-01",
                                   .to = "2025-03-02",
                                   .total = 5,
                                   .running = 1,
                                   .succeeded = 1,
                                   .failed = 1,
                                   .removed = 1,
                                   .left = 1,
                                   .started_until_time = time,
                                   .start_time = time,
                                   .completion_time = time};
  status.finished_backfills = {"a"};
  return status;
}

TEST(CrdStatusTest, TheSchemaDescribesTheStatusOfSchedules) {
  const json crd = Documents("crds/culvert.dev_syncschedules.yaml").at(0);
  const json schema =
      crd.at("/spec/versions/0/schema/openAPIV3Schema/properties/status"_json_pointer);
  std::set<std::string> written;
  Compare(ScheduleStatusToJson(FullScheduleStatus()), schema, "status", written);
  std::set<std::string> described;
  Names("status", schema, described);
  EXPECT_EQ(written, described);
  const json& fields = schema.at("properties");
  EXPECT_EQ(fields.at("/active/maxItems"_json_pointer), kActiveRunsShown);
  EXPECT_EQ(fields.at("/retriedRuns/maxItems"_json_pointer), kRetriedRunsMax);
  EXPECT_EQ(fields.at("/finishedBackfills/maxItems"_json_pointer), kFinishedBackfillsMax);
}

TEST(CrdStatusTest, TheSchemaTakesTheLimitsOfTheOperator) {
  const json crd = Documents("crds/culvert.dev_syncjobs.yaml").at(0);
  const json status =
      crd.at("/spec/versions/0/schema/openAPIV3Schema/properties/status/properties"_json_pointer);
  const auto at = [&](const char* path) { return status.at(Path(path)).get<std::size_t>(); };
  EXPECT_EQ(at("/failedShards/maxItems"), kFailedShardsMax);
  EXPECT_EQ(at("/resolvedParameters/maxItems"), kResolvedParametersMax);
  EXPECT_EQ(at("/report/properties/committedPartitions/maxItems"), kCommittedPartitionsMax);
  EXPECT_EQ(at("/report/properties/dirtySamples/maxItems"), kDirtySamplesMax);
  EXPECT_EQ(at("/report/properties/statements/maxItems"), kReportStatementsMax);
  EXPECT_GE(at("/conditions/items/properties/message/maxLength"), kConditionMessageMax);
  EXPECT_GE(at("/plan/properties/shards/maximum"), kShardsMax);
  EXPECT_GE(at("/plan/properties/partitions/maximum"), kSourcePartitionsMax);
}

}  // namespace
}  // namespace culvert::syncjob
