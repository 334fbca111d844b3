// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/spec_reader.h"
#include "tests/unit/libs/syncjob/manifest_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Each parameter that a user may write: what is taken when it is left out, or that it is required;
// that another value makes another job; and which values are refused, at its place.

namespace culvert::syncjob {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

const std::string_view kSourceField = "/spec/source/maxCompute/";
const std::string_view kTargetField = "/spec/target/maxCompute/";
const std::string_view kSettingField = "/spec/setting/";

/// A job that needs all it says, and in which each of these parameters may stand.
json SmallJob() {
  return json::parse(
      R"({"apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob", "metadata": {"name": "j"}, "spec": {
      "source": {"maxCompute": {"dataSourceRef": {"name": "a"}, "table": "t", "column": ["*"]}},
      "target": {"maxCompute": {"dataSourceRef": {"name": "b"}, "table": "u", "column": ["*"], "truncate": true}}}})");
}

/// The last name of a pointer: `/spec/setting/verify` -> `verify`.
std::string LastName(std::string_view pointer) {
  return std::string(pointer.substr(pointer.rfind('/') + 1));
}

/// One parameter in a job; `also` are values at other places that it needs or is told from.
class Parameter {
 public:
  Parameter(std::string_view room, std::string_view path, json also = json::object())
      : pointer_(std::string(room) + std::string(path)), job_(SmallJob()) {
    for (const auto& [place, value] : also.items()) {
      job_[json::json_pointer(place)] = value;
    }
  }

  /// Without it the job is refused, and so it is with null.
  void IsRequired() const {
    json without = job_;
    const json::json_pointer place(pointer_);
    if (without.contains(place)) {
      without[place.parent_pointer()].erase(place.back());
    }
    EXPECT_THAT(ErrorOf(without.dump()),
                AllOf(HasSubstr(LastName(pointer_)), HasSubstr("required")));
    EXPECT_THAT(ErrorWith(nullptr), AllOf(HasSubstr(LastName(pointer_)), HasSubstr("required")));
  }

  /// Without it the job is the one that has `value` there, and another one with `other`.
  void DefaultsTo(const json& value, const json& other) const {
    json without = job_;
    const json::json_pointer place(pointer_);
    if (without.contains(place)) {
      without[place.parent_pointer()].erase(place.back());
    }
    const Result<SyncJobSpec> absent = SpecOf(without.dump());
    ASSERT_TRUE(absent.has_value()) << pointer_ << ": " << absent.error().message;
    if (!value.is_null()) {
      EXPECT_EQ(*absent, SpecWith(value)) << pointer_;
    }
    EXPECT_EQ(*absent, SpecWith(nullptr)) << pointer_;
    EXPECT_FALSE(*absent == SpecWith(other)) << pointer_ << " = " << other.dump();
  }

  /// These are refused, each with a message that names the parameter.
  void Refuses(const std::vector<json>& values) const {
    for (const json& value : values) {
      EXPECT_THAT(ErrorWith(value), HasSubstr(LastName(pointer_))) << value.dump();
    }
  }

  /// These are all the same job.
  void TakesAsTheSame(const std::vector<json>& values) const {
    for (const json& value : values) {
      EXPECT_EQ(SpecWith(value), SpecWith(values.front())) << value.dump();
    }
  }

 private:
  json With(const json& value) const {
    json job = job_;
    job[json::json_pointer(pointer_)] = value;
    return job;
  }
  std::string ErrorWith(const json& value) const { return ErrorOf(With(value).dump()); }
  SyncJobSpec SpecWith(const json& value) const {
    const Result<SyncJobSpec> spec = SpecOf(With(value).dump());
    EXPECT_TRUE(spec.has_value()) << pointer_ << " = " << value.dump() << ": "
                                  << spec.error().message;
    return spec ? *spec : SyncJobSpec{};
  }

  std::string pointer_;
  json job_;
};

const json kNoSwitch = {"true", "yes", 1, 0, json::array(), json::object()};

/// A switch that is false unless it is written.
void ExpectAFalseSwitch(const Parameter& parameter) {
  parameter.DefaultsTo(false, true);
  parameter.Refuses(kNoSwitch);
}

// Feature: values of dataSourceRef
TEST(PageParametersTest, DataSourceRef) {
  for (const std::string_view side : {kSourceField, kTargetField}) {
    Parameter(side, "dataSourceRef").IsRequired();
    const Parameter name(side, "dataSourceRef/name");
    name.IsRequired();
    name.Refuses({"", 5, json::array({"a"}), std::string(254, 'a')});
    Parameter(side, "dataSourceRef/namespace").Refuses({"other"});
  }
}

// Feature: values of table
TEST(PageParametersTest, Table) {
  for (const std::string_view side : {kSourceField, kTargetField}) {
    const Parameter table(side, "table");
    table.IsRequired();
    table.Refuses({"", json::array({"t"}), "p.t", "t-1", std::string(129, 't'), true, 5});
  }
}

// Feature: values of partition (source)
TEST(PageParametersTest, PartitionOfTheSource) {
  const Parameter partition(kSourceField, "partition");
  partition.DefaultsTo(json::array(), {"dt=1"});
  partition.TakesAsTheSame({json::array(), nullptr});
  partition.Refuses({5, {5}, {"/*query*/"}, {"/*query*/ dt >"}, json::array({json::array()})});
}

// Feature: values of partition (target)
TEST(PageParametersTest, PartitionOfTheTarget) {
  const Parameter partition(kTargetField, "partition");
  partition.DefaultsTo("", "dt=1");
  partition.Refuses({{"dt=1", "dt=2"}, "dt=*", "dt=1?", "/*query*/ dt > 1", 5});
  const Parameter from_source(kTargetField, "partitionFromSource",
                              {{"/spec/source/maxCompute/partition", {"dt=1"}}});
  ExpectAFalseSwitch(from_source);
  Parameter(kTargetField, "partition", {{"/spec/target/maxCompute/partitionFromSource", true}})
      .Refuses({"dt=1"});
}

// Feature: values of column
TEST(PageParametersTest, Column) {
  for (const std::string_view side : {kSourceField, kTargetField}) {
    const Parameter column(side, "column");
    column.IsRequired();
    column.Refuses(
        {json::array(), "*", {"*", "a"}, {5}, {""}, json::array({json::array()}), json::object()});
  }
  Parameter(kSourceField, "column").Refuses({{"upper(a)"}});
}

// Feature: values of enableWhere
TEST(PageParametersTest, EnableWhere) {
  ExpectAFalseSwitch(
      Parameter(kSourceField, "enableWhere", {{"/spec/source/maxCompute/where", "a > 1"}}));
  EXPECT_THAT(ErrorOf([] {
                json job = SmallJob();
                job["spec"]["source"]["maxCompute"]["enableWhere"] = true;
                return job.dump();
              }()),
              HasSubstr("where"));
}

// Feature: values of where
TEST(PageParametersTest, Where) {
  const Parameter where(kSourceField, "where", {{"/spec/source/maxCompute/enableWhere", true}});
  where.IsRequired();
  where.Refuses({"", "   ", "a > 1;", "(a > 1", "a = 'x", "a > 1 -- all", 5, json::array({"a > 1"}),
                 std::string(65'537, ' ') + "a"});
  const Parameter alone(kSourceField, "where");
  alone.DefaultsTo(nullptr, "a > 1");
}

// Feature: values of successOnNoPartition
TEST(PageParametersTest, SuccessOnNoPartition) {
  ExpectAFalseSwitch(Parameter(kSourceField, "successOnNoPartition"));
}

// Feature: values of readCharAsString
TEST(PageParametersTest, ReadCharAsString) {
  ExpectAFalseSwitch(Parameter(kSourceField, "readCharAsString"));
}

// Feature: values of isCompress, compress, codec
TEST(PageParametersTest, Compression) {
  for (const std::string_view side : {kSourceField, kTargetField}) {
    ExpectAFalseSwitch(Parameter(side, "isCompress"));
    ExpectAFalseSwitch(Parameter(side, "compress"));
    const Parameter codec(side, "codec");
    codec.DefaultsTo("identity", "zstd");
    codec.Refuses({"gzip", "ZSTD", true});
    const std::string other = std::string(side) + "isCompress";
    Parameter(side, "compress", {{other, true}}).Refuses({false});
    Parameter(side, "codec", {{other, false}}).Refuses({"zstd", "deflate"});
  }
}

// Feature: values of truncate
TEST(PageParametersTest, Truncate) {
  const Parameter truncate(kTargetField, "truncate");
  truncate.IsRequired();
  truncate.Refuses(kNoSwitch);
}

// Feature: values of emptyAsNull
TEST(PageParametersTest, EmptyAsNull) {
  ExpectAFalseSwitch(Parameter(kTargetField, "emptyAsNull"));
}

// Feature: values of consistencyCommit
TEST(PageParametersTest, ConsistencyCommit) {
  ExpectAFalseSwitch(Parameter(kTargetField, "consistencyCommit"));
}

// Feature: values of createPolicy, lifecycleDays
TEST(PageParametersTest, CreatePolicy) {
  const Parameter policy(kTargetField, "createPolicy");
  policy.DefaultsTo("Never", "IfNotExists");
  policy.Refuses({"Always", "never", true});
  const Parameter days(kTargetField, "lifecycleDays",
                       {{"/spec/target/maxCompute/createPolicy", "IfNotExists"}});
  days.DefaultsTo(30, 7);
  days.Refuses({0, -1, 37'232, "30", 1.5});
}

// Feature: values of overLengthRule
TEST(PageParametersTest, OverLengthRule) {
  const Parameter rule(kTargetField, "overLengthRule");
  rule.DefaultsTo("dirty", "truncate");
  rule.DefaultsTo("dirty", "setNull");
  rule.Refuses({"keep", "Truncate", true});
}

// Feature: values of nullVarcharAsDirty
TEST(PageParametersTest, NullVarcharAsDirty) {
  ExpectAFalseSwitch(Parameter(kTargetField, "nullVarcharAsDirty"));
}

// Feature: values of preSql, postSql
TEST(PageParametersTest, Statements) {
  for (const std::string_view side : {kSourceField, kTargetField}) {
    for (const std::string_view name : {"preSql", "postSql"}) {
      const Parameter statements(side, name);
      statements.DefaultsTo(json::array(), {"drop table if exists x"});
      statements.Refuses({"drop table x",
                          {""},
                          {5},
                          {"a; b"},
                          {"select 'x"},
                          json(std::vector<std::string>(17, "select 1")),
                          {std::string(65'537, 's')}});
    }
  }
}

// Feature: values of transformers
TEST(PageParametersTest, Transformers) {
  const Parameter transformers("/spec/", "transformers");
  const json one = {{"name", "dx_substr"}, {"columnIndex", 0}, {"paras", {"0", "2"}}};
  transformers.DefaultsTo(json::array(), json::array({one}));
  transformers.Refuses(
      {one, {"dx_substr"}, {{{"name", "dx_groovy"}}}, json(std::vector<json>(17, one))});
}

// Feature: values of errorLimit.record
TEST(PageParametersTest, ErrorLimitRecord) {
  const Parameter record(kSettingField, "errorLimit/record");
  record.DefaultsTo(0, 5);
  record.TakesAsTheSame({0, "0", "", nullptr});
  record.TakesAsTheSame({100, "100"});
  record.Refuses({-1, "-1", 1.5, "ten", true, json::array({1})});
}

// Feature: values of errorLimit.percentage
TEST(PageParametersTest, ErrorLimitPercentage) {
  const Parameter percentage(kSettingField, "errorLimit/percentage");
  percentage.DefaultsTo(0, "0.5");
  percentage.Refuses({2, "1.1", "-0.1", "half", true});
}

// Feature: values of errorLimit.window
TEST(PageParametersTest, ErrorLimitWindow) {
  const Parameter window(kSettingField, "errorLimit/window");
  window.DefaultsTo(nullptr, {{"seconds", 60}, {"record", 10}});
  window.Refuses({5,
                  {{"seconds", 0}, {"record", 1}},
                  {{"seconds", 86'401}, {"record", 1}},
                  {{"record", 1}},
                  {{"seconds", 60}, {"record", -1}}});
}

// Feature: values of speed.throttle
TEST(PageParametersTest, SpeedThrottle) {
  ExpectAFalseSwitch(Parameter(kSettingField, "speed/throttle", {{"/spec/setting/speed/mbps", 5}}));
}

// Feature: values of speed.mbps
// Feature: values of speed.throttle
TEST(PageParametersTest, SpeedMbps) {
  const json throttle = {{"/spec/setting/speed/throttle", true}};
  const Parameter mbps(kSettingField, "speed/mbps", throttle);
  mbps.IsRequired();
  mbps.TakesAsTheSame({12, "12"});
  mbps.Refuses({0, -1, "fast", 1'000'001, true});
  Parameter(kSettingField, "speed/mbps").DefaultsTo(nullptr, 5);
}

// Feature: values of speed.recordsPerSecond
TEST(PageParametersTest, SpeedRecordsPerSecond) {
  const Parameter rows(kSettingField, "speed/recordsPerSecond",
                       {{"/spec/setting/speed/throttle", true}, {"/spec/setting/speed/mbps", 5}});
  rows.DefaultsTo(nullptr, 1000);
  rows.TakesAsTheSame({1000, "1000"});
  rows.Refuses({0, -1, "fast", 1'000'000'001, true});
}

// Feature: values of speed.concurrent
TEST(PageParametersTest, SpeedConcurrent) {
  const Parameter concurrent(kSettingField, "speed/concurrent");
  concurrent.DefaultsTo(1, 16);
  concurrent.Refuses({0, -1, 1001, "4", 1.5, true});
}

// Feature: values of verify
TEST(PageParametersTest, VerifyOfTheLoad) {
  const Parameter verify(kSettingField, "verify");
  verify.DefaultsTo("Count", "ContentHash");
  verify.DefaultsTo("Count", "None");
  verify.Refuses({"count", "All", "", true});
}

// Feature: values of schemaHash, allowSchemaDrift
TEST(PageParametersTest, SchemaContract) {
  const Parameter hash(kSettingField, "schemaHash");
  hash.DefaultsTo("", std::string(64, 'a'));
  hash.Refuses({"xyz", 5, std::string(64, 'A'), std::string(63, 'a')});
  ExpectAFalseSwitch(Parameter(kSettingField, "allowSchemaDrift"));
}

}  // namespace
}  // namespace culvert::syncjob
