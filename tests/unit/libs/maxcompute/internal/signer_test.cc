// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/signer.h"

#include "libs/base/file.h"
#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace culvert::maxcompute::internal {
namespace {

/// One signature of tests/golden/vectors.json, made with PyODPS and made-up keys.
struct Signed {
  std::string method;
  std::string path;  // relative to the endpoint
  http::Query query;
  http::Headers headers;
  Credentials credentials;
  std::string region;
  WallTime date;
  std::string canonical;
  std::string authorization;
};

Result<Signed> ReadVector(const nlohmann::json& item) {
  Signed vector;
  CULVERT_ASSIGN_OR_RETURN(vector.method, JsonString(item, "method"));
  CULVERT_ASSIGN_OR_RETURN(const std::string url, JsonString(item, "url"));
  CULVERT_ASSIGN_OR_RETURN(const std::string endpoint, JsonString(item, "endpoint"));
  const std::size_t question = url.find('?');
  vector.path = url.substr(endpoint.size(), question - endpoint.size());
  CULVERT_ASSIGN_OR_RETURN(vector.query, http::ParseQuery(url.substr(question + 1)));
  for (const auto& [name, value] : item.at("headers").items()) {
    vector.headers.Add(name, value.get<std::string>());
  }
  CULVERT_ASSIGN_OR_RETURN(vector.credentials.access_key_id, JsonString(item, "access_key_id"));
  CULVERT_ASSIGN_OR_RETURN(std::string secret, JsonString(item, "access_key_secret"));
  vector.credentials.access_key_secret = Secret(std::move(secret));
  CULVERT_ASSIGN_OR_RETURN(vector.region, JsonStringOr(item, "region", ""));
  CULVERT_ASSIGN_OR_RETURN(vector.date, ParseHttpDate(vector.headers.Get("Date").value_or("")));
  CULVERT_ASSIGN_OR_RETURN(vector.canonical, JsonString(item, "canonical_string"));
  CULVERT_ASSIGN_OR_RETURN(vector.authorization, JsonString(item, "authorization"));
  return vector;
}

TEST(SignerTest, SignaturesAreThoseOfTheOfficialClient) {
  const auto text = ReadWholeFile(CULVERT_SOURCE_DIR "/tests/golden/vectors.json", 1024 * 1024);
  ASSERT_THAT(text, test::IsOk());
  const auto golden = ParseJson(*text);
  ASSERT_THAT(golden, test::IsOk());
  ASSERT_EQ(golden->at("signature").size(), 5u);
  for (const nlohmann::json& item : golden->at("signature")) {
    SCOPED_TRACE(DumpJson(item));
    const auto vector = ReadVector(item);
    ASSERT_THAT(vector, test::IsOk());
    const std::string canonical =
        CanonicalString(vector->method, vector->path, vector->query, vector->headers);
    EXPECT_EQ(canonical, vector->canonical);
    EXPECT_EQ(vector->region.empty()
                  ? AuthorizationV2(vector->credentials, canonical)
                  : AuthorizationV4(vector->credentials, vector->region, vector->date, canonical),
              vector->authorization);
  }
}

TEST(SignerTest, HeaderNamesAreLoweredAndSorted) {
  http::Headers headers;
  headers.Add("X-ODPS-Zeta", "1");
  headers.Add("x-odps-alpha", "2");
  headers.Add("DATE", "now");
  EXPECT_EQ(CanonicalString("GET", "/p", {}, headers),
            "GET\n\n\nnow\nx-odps-alpha:2\nx-odps-zeta:1\n/p");
}

TEST(SignerTest, ParametersWithTheSignedPrefixAreInBothParts) {
  EXPECT_EQ(CanonicalString("GET", "/p", {{"x-odps-b", "v"}, {"a", ""}}, {}),
            "GET\n\n\nx-odps-b:v\n/p?a&x-odps-b=v");
}

TEST(SignerTest, UnsignedHeadersTakeNoPart) {
  http::Headers headers;
  headers.Add("Host", "mc.example.com");
  headers.Add("odps-tunnel-date-transform", "v1");
  headers.Add("authorization-sts-token", "token");
  EXPECT_EQ(CanonicalString("GET", "/p", {}, headers), "GET\n\n\n/p");
}

TEST(SignerTest, ValuesStayUnencoded) {
  EXPECT_EQ(CanonicalString("GET", "/tables/größe", {{"partition", "dt='ü & %'"}}, {}),
            "GET\n\n\n/tables/größe?partition=dt='ü & %'");
}

TEST(SignerTest, KeysSortByBytesAndEqualOnesKeepTheirOrder) {
  EXPECT_EQ(CanonicalString("GET", "/p", {{"b", "1"}, {"a", "2"}, {"B", "3"}, {"a", "1"}}, {}),
            "GET\n\n\n/p?B=3&a=2&a=1&b=1");
}

}  // namespace
}  // namespace culvert::maxcompute::internal
