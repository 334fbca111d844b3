// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/spec_reader.h"
#include "tests/unit/libs/syncjob/manifest_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob {
namespace {

using testing::HasSubstr;

std::string Endpoint(std::string_view url, std::string_view more = "") {
  return ErrorOf(ADataSource("endpoint: \"" + std::string(url) +
                             "\", project: p, credentialsRef: {name: k}" + std::string(more)));
}

TEST(DataSourceReaderTest, DefaultsAreThoseOfThePage) {
  const Result<Manifest> manifest = Parse(ADataSource(kDataSourceFields));
  ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
  DataSource expected;
  expected.name = "d";
  expected.endpoint = "https://a.example/api";
  expected.project = "p";
  expected.credentials_secret = "k";
  EXPECT_EQ(manifest->data_sources[0], expected);
}

// Feature: Project name and schema
TEST(DataSourceReaderTest, EveryFieldIsRead) {
  const Result<Manifest> manifest = Parse(ADataSource(
      "endpoint: 'http://a.example/api', tunnelEndpoint: 'https://dt.example', project: p, schema: "
      "s, "
      "quotaName: q, region: r, crossRegion: cen, createdAt: 2024-02-29, credentialsRef: {name: "
      "k}, caBundleRef: {name: c}, "
      "allowInsecureHttp: true, limits: {maxConcurrentStreams: 8, maxBlocksPerSession: 300000}"));
  ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
  const DataSource& d = manifest->data_sources[0];
  EXPECT_EQ(d.tunnel_endpoint, "https://dt.example");
  EXPECT_EQ(d.schema, "s");
  EXPECT_EQ(d.quota_name, "q");
  EXPECT_EQ(d.region, "r");
  EXPECT_EQ(d.cross_region, "cen");
  EXPECT_EQ(d.created_at, "2024-02-29");
  EXPECT_EQ(d.ca_bundle_config_map, "c");
  EXPECT_TRUE(d.allow_insecure_http);
  EXPECT_EQ(d.concurrent_streams_max, 8);
  EXPECT_EQ(d.blocks_per_session_max, 300'000u);
}

TEST(DataSourceReaderTest, EndpointsAreChecked) {
  EXPECT_EQ(Endpoint("https://a.example/api"), "no error");
  EXPECT_EQ(Endpoint("https://[::1]:8080/api"), "no error");
  EXPECT_EQ(Endpoint("http://127.0.0.1:8080/api", ", allowInsecureHttp: true"), "no error");
  const std::pair<std::string_view, std::string_view> wrong[] = {
      {"http://a.example/api", "set allowInsecureHttp: true"},
      {"file:///etc/passwd", "must begin with https://"},
      {"a.example", "must begin with https://"},
      {"https://", "has no host"},
      {"https:///api", "has no host"},
      {"https://user:word@a.example", "no user or password"},
      {"https://a.example/?q=1", "no query"},
      {"https://a.example/#f", "no query and no fragment"},
      {"https://a.example:0", "outside 1..65535"},
      {"https://a.example:65536", "outside 1..65535"},
      {"https://a.example:80x", "outside 1..65535"},
      {"https://a.example:", "empty port"},
      {"https://[::1", "without ']'"},
      {"https://[::1]x", "after ']'"},
      {"https://a example", "holds a space"},
      {"https://a.example/\\r\\nX: y", "control character"},
  };
  for (const auto& [url, message] : wrong) EXPECT_THAT(Endpoint(url), HasSubstr(message)) << url;
  EXPECT_THAT(Endpoint("https://a.example/" + std::string(2'048, 'x')),
              HasSubstr("longer than 2048"));
  EXPECT_EQ(Endpoint("https://user:word@a.example").find("word@"), std::string::npos);
}

TEST(DataSourceReaderTest, WrongFieldsAreRefused) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"project: p, credentialsRef: {name: k}", "endpoint: required"},
      {"endpoint: 'https://a', credentialsRef: {name: k}", "project: required"},
      {"endpoint: 'https://a', project: p", "credentialsRef: required"},
      {"endpoint: 'https://a', project: p, credentialsRef: k", "credentialsRef: must be a mapping"},
      {"endpoint: 'https://a', project: p, credentialsRef: {name: ../../../usr/bin}",
       "credentialsRef.name: must be the name of an object"},
      {"endpoint: 'https://a', project: p, credentialsRef: {name: k}, caBundleRef: {name: a..b}",
       "caBundleRef.name: must be the name of an object"},
      {"endpoint: 'https://a', project: p, credentialsRef: {name: k, namespace: n}",
       "credentialsRef.namespace: unknown field"},
      {"endpoint: 'https://a', project: p, credentialsRef: {name: k}, limits: "
       "{maxBlocksPerSession: 300001}",
       "must be from 1 to 300000"},
      {"endpoint: 'https://a', project: p, credentialsRef: {name: k}, limits: "
       "{maxConcurrentStreams: 0}",
       "must be from 1 to 1000"},
      {"endpoint: 'https://a', project: p, credentialsRef: {name: k}, crossRegion: vpn",
       "crossRegion: must be cen, or left out"},
      {"endpoint: 'https://a', project: p, credentialsRef: {name: k}, createdAt: '2023-13-01'",
       "createdAt: must be a day such as 2023-12-10"},
      {"endpoint: 'https://a', project: p, accessKeyId: x, credentialsRef: {name: k}",
       "accessKeyId: unknown field"},
  };
  for (const auto& [fields, message] : cases) {
    EXPECT_THAT(ErrorOf(ADataSource(fields)), HasSubstr(message)) << fields;
  }
  EXPECT_THAT(ErrorOf("apiVersion: culvert.dev/v1alpha1\nkind: DataSource\nmetadata: {name: d}\n"
                      "spec: {kafka: {brokers: x}}\n"),
              HasSubstr("kafka: not supported yet"));
}

}  // namespace
}  // namespace culvert::syncjob
