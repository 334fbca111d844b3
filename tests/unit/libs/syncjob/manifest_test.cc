// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/manifest.h"

#include "tests/unit/libs/syncjob/manifest_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace culvert::syncjob {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kSecret = R"(
apiVersion: v1
kind: Secret
metadata: {name: k}
type: Opaque
data: {accessKeyId: cXVpY2tzdGFydA==}
stringData: {accessKeySecret: "quick"}
)";

TEST(ManifestTest, ReadsFourKindsFromOneStream) {
  const std::string text =
      AJob(kSource, kTarget) + "---\n" + ADataSource(kDataSourceFields) + "---" +
      std::string(kSecret) +
      "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: other}\n"
      "data:\n  ca.crt: |\n    line1\n    line2\n";
  const Result<Manifest> manifest = Parse(text);
  ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
  ASSERT_EQ(manifest->jobs.size(), 1u);
  EXPECT_EQ(manifest->jobs[0].name, "j");
  EXPECT_EQ(manifest->jobs[0].name_space, "default");
  ASSERT_EQ(manifest->data_sources.size(), 1u);
  ASSERT_EQ(manifest->secrets.size(), 1u);
  EXPECT_EQ(manifest->secrets[0].data.at("accessKeyId"), "quickstart");
  EXPECT_EQ(manifest->secrets[0].data.at("accessKeySecret"), "quick");
  ASSERT_EQ(manifest->config_maps.size(), 1u);
  EXPECT_EQ(manifest->config_maps[0].name_space, "other");
  EXPECT_EQ(manifest->config_maps[0].data.at("ca.crt"), "line1\nline2\n");
}

TEST(ManifestTest, ReadsJson) {
  const Result<Manifest> manifest = Parse(
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"k"},"stringData":{"a":"b\/\"\u00e9"}})");
  ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
  EXPECT_EQ(manifest->secrets[0].data.at("a"), "b/\"\u00e9");
}

TEST(ManifestTest, AddsToWhatIsThereAndKeepsItOnError) {
  Manifest manifest;
  ASSERT_TRUE(ParseManifest(kSecret, "a.yaml", manifest).has_value());
  ASSERT_TRUE(ParseManifest(AJob(kSource, kTarget), "b.yaml", manifest).has_value());
  EXPECT_FALSE(ParseManifest(AJob(kSource, kTarget), "c.yaml", manifest).has_value());
  EXPECT_EQ(manifest.jobs.size(), 1u);
  EXPECT_EQ(manifest.secrets.size(), 1u);
}

TEST(ManifestTest, EmptyDocumentsAreSkipped) {
  EXPECT_TRUE(Parse("").has_value());
  EXPECT_TRUE(Parse("---\n---\n# nothing\n").has_value());
}

TEST(ManifestTest, AnUnknownFieldIsNamedWithPlaceAndHint) {
  EXPECT_EQ(
      ErrorOf(AJob("{maxCompute: {dataSourceRef: {name: a}, tabel: t, column: ['*']}}", kTarget)),
      "f.yaml:5:51: spec.source.maxCompute.tabel: unknown field, did you mean 'table'?");
  EXPECT_THAT(ErrorOf(AJob(SourceWith("zzzzzz: 1"), kTarget)),
              HasSubstr("known here: dataSourceRef,"));
}

TEST(ManifestTest, ARepeatedFieldIsRefused) {
  EXPECT_THAT(ErrorOf(AJob(SourceWith("table: x"), kTarget)),
              HasSubstr("spec.source.maxCompute.table: given twice"));
}

TEST(ManifestTest, KindAndVersionAreCheckedFirst) {
  EXPECT_THAT(
      ErrorOf("kind: Pod\napiVersion: v1\n"),
      HasSubstr("kind 'Pod', this file may hold SyncJob, DataSource, Secret and ConfigMap"));
  EXPECT_THAT(ErrorOf("apiVersion: v1\n"), HasSubstr("no kind"));
  EXPECT_THAT(
      ErrorOf("kind: SyncJob\napiVersion: culvert.dev/v1\n"),
      HasSubstr("apiVersion of a SyncJob must be culvert.dev/v1alpha1, not 'culvert.dev/v1'"));
  EXPECT_THAT(ErrorOf("kind: Secret\n"), HasSubstr("apiVersion of a Secret must be v1"));
  EXPECT_THAT(ErrorOf("just text"), HasSubstr("a document must be a mapping"));
  EXPECT_THAT(ErrorOf("- a\n- b\n"), HasSubstr("a document must be a mapping"));
}

TEST(ManifestTest, KubernetesMetadataIsLeftAlone) {
  const std::string text =
      "apiVersion: culvert.dev/v1alpha1\nkind: SyncJob\nmetadata:\n  name: j\n  uid: 1-2\n"
      "  generation: 3\n  labels: {a: b}\n  annotations: {c: \"1\"}\n  managedFields: [{manager: "
      "x}]\n"
      "status: {attempt: 1}\nspec:\n  source: " +
      std::string(kSource) + "\n  target: " + std::string(kTarget) + "\n";
  EXPECT_EQ(ErrorOf(text), "no error");
}

TEST(ManifestTest, NamesMustBeObjectNames) {
  const auto named = [](std::string_view metadata) {
    return ErrorOf("apiVersion: v1\nkind: Secret\nmetadata: " + std::string(metadata) + "\n");
  };
  EXPECT_EQ(named("{name: a.b-1}"), "no error");
  EXPECT_THAT(named("{}"), HasSubstr("metadata.name: required"));
  EXPECT_THAT(named("{name: A}"), HasSubstr("metadata.name: must be lower-case"));
  EXPECT_THAT(named("{name: odps_first}"), HasSubstr("metadata.name: must be lower-case"));
  EXPECT_THAT(named("{name: a, namespace: b.c}"), HasSubstr("metadata.namespace: must be"));
  EXPECT_THAT(named("{name: 7}"), HasSubstr("must be a string: write \"7\" in quotes"));
  EXPECT_THAT(ErrorOf("apiVersion: v1\nkind: Secret\n"), HasSubstr("metadata: required"));
}

// Feature: Keys in job files and logs
TEST(ManifestTest, MessagesNeverShowASecret) {
  const std::string head = "apiVersion: v1\nkind: Secret\nmetadata: {name: k}\n";
  const std::string number = ErrorOf(head + "stringData: {accessKeySecret: 123456}\n");
  EXPECT_THAT(number, HasSubstr("stringData.accessKeySecret: must be a string"));
  EXPECT_THAT(number, testing::Not(HasSubstr("123456")));
  const std::string base64 = ErrorOf(head + "data: {accessKeySecret: 'not base64!'}\n");
  EXPECT_THAT(base64, HasSubstr("accessKeySecret is not base64"));
  EXPECT_THAT(base64, testing::Not(HasSubstr("not base64!'")));
}

TEST(ManifestTest, TwoObjectsOfOneNameAreRefused) {
  EXPECT_THAT(ErrorOf(std::string(kSecret) + "---" + std::string(kSecret)),
              HasSubstr("a second Secret 'k' in namespace 'default'"));
}

TEST(ManifestTest, SyntaxErrorsHaveAPlace) {
  EXPECT_THAT(ErrorOf("a: [1, 2\nb: 3\n"), StartsWith("f.yaml:"));
  EXPECT_THAT(ErrorOf("a:\n\t- b\n"), StartsWith("f.yaml:2:"));
}

// Feature: Data source must exist and its name must match
TEST(ManifestTest, FindJobNamesTheChoices) {
  Manifest manifest;
  EXPECT_THAT(FindJob(manifest, "").error().message, HasSubstr("no SyncJob"));
  manifest.jobs.push_back({.name = "a", .name_space = "x", .spec = {}, .run_nonce = ""});
  EXPECT_EQ((*FindJob(manifest, ""))->name, "a");
  EXPECT_THAT(FindJob(manifest, "b").error().message, HasSubstr("unknown SyncJob 'b', known: x/a"));
  manifest.jobs.push_back({.name = "b", .name_space = "x", .spec = {}, .run_nonce = ""});
  manifest.jobs.push_back({.name = "b", .name_space = "y", .spec = {}, .run_nonce = ""});
  EXPECT_THAT(FindJob(manifest, "").error().message, HasSubstr("x/a, x/b, y/b"));
  EXPECT_THAT(FindJob(manifest, "b").error().message, HasSubstr("more than one namespace"));
  EXPECT_EQ((*FindJob(manifest, "y/b"))->name_space, "y");
  EXPECT_THAT(FindJob(manifest, "c").error().message, HasSubstr("unknown SyncJob 'c', known: x/a"));
}

// Feature: Isolation of development and production
TEST(ManifestTest, ReferencesStayInTheNamespace) {
  Manifest manifest;
  const SyncJob job{.name = "j", .name_space = "x", .spec = {}, .run_nonce = ""};
  DataSource data_source;
  data_source.name = "d";
  data_source.name_space = "y";
  data_source.credentials_secret = "k";
  data_source.ca_bundle_config_map = "c";
  manifest.data_sources.push_back(data_source);
  EXPECT_EQ(ResolveDataSource(manifest, job, "d").error().message,
            "unknown DataSource 'd' in namespace 'x', known: none");
  manifest.data_sources[0].name_space = "x";
  EXPECT_EQ((*ResolveDataSource(manifest, job, "d"))->name, "d");
  EXPECT_EQ(ResolveDataSource(manifest, job, "e").error().message,
            "unknown DataSource 'e' in namespace 'x', known: d");
  EXPECT_EQ(FindSecret(manifest, manifest.data_sources[0]).error().reason, "CredentialsMissing");
  EXPECT_THAT(FindCaBundle(manifest, manifest.data_sources[0]).error().message,
              HasSubstr("unknown ConfigMap 'c' of DataSource 'd'"));
  manifest.secrets.push_back({.name = "k", .name_space = "x", .data = {}});
  manifest.config_maps.push_back({.name = "c", .name_space = "x", .data = {}});
  EXPECT_TRUE(FindSecret(manifest, manifest.data_sources[0]).has_value());
  EXPECT_TRUE(FindCaBundle(manifest, manifest.data_sources[0]).has_value());
}

TEST(ManifestTest, TheExamplesAreValid) {
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(CULVERT_SOURCE_DIR) + "/examples")) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    Manifest manifest;
    const Status status = ParseManifest(text, entry.path().filename().string(), manifest);
    ASSERT_TRUE(status.has_value()) << status.error().message;
    ASSERT_EQ(manifest.jobs.size(), 1u) << entry.path();
    EXPECT_TRUE(manifest.warnings.empty()) << entry.path();
    for (const DataSource& data_source : manifest.data_sources) {
      EXPECT_TRUE(FindSecret(manifest, data_source).has_value()) << entry.path();
    }
    ++files;
  }
  EXPECT_GE(files, 6u);
}

Result<std::string> Day(std::string_view text) {
  const std::size_t at = text.find("${day}");
  if (at == std::string_view::npos)
    return Fail(InvalidArgument("column 1: no day").Because("NoDay"));
  return std::string(text.substr(0, at)) + "30" + std::string(text.substr(at + 6));
}

TEST(ManifestTest, PutsParametersInPlaceBeforeItChecks) {
  Manifest manifest;
  const std::string source =
      "{maxCompute: {dataSourceRef: {name: a}, table: 't_${day}', column: [c, \"'${day}'\"], "
      "partition: ['dt=${day}', 'dt=*'], where: 'a > ${day}'}}";
  const std::string target =
      "{maxCompute: {dataSourceRef: {name: b}, table: 'u${day}', column: [c, d], truncate: true, "
      "partition: 'dt=${day}'}}";
  const Status status = ParseManifest(AJob(source, target), "f", manifest, Day);
  ASSERT_TRUE(status.has_value()) << status.error().message;
  const auto& from = std::get<MaxComputeSource>(manifest.jobs[0].spec.source);
  EXPECT_EQ(from.table, "t_30");
  EXPECT_EQ(from.partition, (std::vector<std::string>{"dt=30", "dt=*"}));
  EXPECT_EQ(from.column, (std::vector<std::string>{"c", "'30'"}));
  EXPECT_EQ(from.where, "a > 30");
  const auto& to = std::get<MaxComputeTarget>(manifest.jobs[0].spec.target);
  EXPECT_EQ(to.table, "u30");
  EXPECT_EQ(to.partition, "dt=30");
}

TEST(ManifestTest, PutsParametersIntoGeneratedValues) {
  Manifest manifest;
  const std::string source =
      "{stream: {count: 1, column: [{name: day, type: bigint, value: '${day}'}]}}";
  ASSERT_TRUE(ParseManifest(AJob(source, kTarget), "f", manifest, Day).has_value());
  EXPECT_EQ(std::get<StreamSource>(manifest.jobs[0].spec.source).column[0].constant, "30");
}

TEST(ManifestTest, SaysWhereAParameterIsWrong) {
  const auto refused = [](const std::string& source, std::string_view target) {
    Manifest manifest;
    const Status status = ParseManifest(AJob(source, target), "f", manifest, Day);
    return status ? std::string("success") : status.error().message + " " + status.error().reason;
  };
  EXPECT_EQ(refused(SourceWith("partition: ['dt=${day}', 'dt=${bizdat}']"), kTarget),
            "f:5:101: spec.source.maxCompute.partition[1]: column 1: no day NoDay");
  // The rules hold for the values.
  const auto make = [](std::string_view value) {
    return [value = std::string(value)](std::string_view) -> Result<std::string> { return value; };
  };
  Manifest manifest;
  const std::string table =
      "{maxCompute: {dataSourceRef: {name: b}, table: '${x}', column: ['*'], "
      "truncate: true}}";
  EXPECT_THAT(ParseManifest(AJob(kSource, table), "f", manifest, make("a.b")).error().message,
              HasSubstr("one table name of letters"));
  EXPECT_THAT(ParseManifest(AJob(kSource, table), "f", manifest, make("")).error().message,
              HasSubstr("spec.target.maxCompute.table: empty, once its placeholders have"));
  EXPECT_THAT(
      ParseManifest(AJob(kSource, TargetWith("partition: 'dt=${x}'")), "f", manifest, make("dt=*"))
          .error()
          .message,
      HasSubstr("one partition without wildcards"));
  EXPECT_THAT(ParseManifest(AJob(kSource, TargetWith("partition: 'dt=${x}'")), "f", manifest,
                            make(std::string(9000, 'x')))
                  .error()
                  .message,
              HasSubstr("longer than 8192 bytes, once its placeholders have their values"));
}

TEST(ManifestTest, RefusesPlaceholdersThatNobodyResolves) {
  const std::vector<std::pair<std::string, std::string>> jobs = {
      {AJob(SourceWith("partition: ['dt=${bizdate}']"), kTarget),
       "spec.source.maxCompute.partition[0]: '${bizdate}' is a placeholder, and nothing gives it a "
       "value here"},
      {AJob(SourceWith("where: 'a = $[yyyy]'"), kTarget), "'$[yyyy]' is a placeholder"},
      {AJob(kSource, TargetWith("partition: 'dt=${bizdate}'")),
       "spec.target.maxCompute.partition: "},
      {AJob("{maxCompute: {dataSourceRef: {name: a}, table: t, column: [\"'$[hh24]'\"]}}", kTarget),
       "spec.source.maxCompute.column[0]: "},
      {AJob("{maxCompute: {dataSourceRef: {name: a}, table: 't_${x}', column: ['*']}}", kTarget),
       "spec.source.maxCompute.table: '${x}' is a placeholder"},
      {AJob("{stream: {count: 1, column: [{name: d, type: string, value: '${x}'}]}}", kTarget),
       "column[0].value: '${x}' is a placeholder"},
  };
  for (const auto& [text, why] : jobs) {
    const Result<Manifest> manifest = Parse(text);
    ASSERT_FALSE(manifest.has_value()) << text;
    EXPECT_EQ(manifest.error().reason, "UnresolvedPlaceholder") << text;
    EXPECT_THAT(manifest.error().message, HasSubstr(why));
  }
  // A '$' alone says nothing.
  EXPECT_TRUE(Parse(AJob(SourceWith("partition: ['dt=US$5,x=$y']"), kTarget)).has_value());
}

}  // namespace
}  // namespace culvert::syncjob
