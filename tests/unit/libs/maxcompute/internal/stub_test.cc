// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/stub.h"

#include "libs/base/time_format.h"
#include "libs/maxcompute/internal/signer.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::maxcompute::internal {
namespace {

Site SiteAt(std::string_view url) {
  Site site;
  site.url = *http::Url::Parse(url);
  site.project = "demo";
  site.user_agent = "culvert/test";
  return site;
}

Credentials Key(std::string token = "") {
  return {.access_key_id = "AK",
          .access_key_secret = Secret("secret"),
          .security_token = Secret(std::move(token))};
}

WallTime Noon() { return *ParseHttpDate("Thu, 29 Feb 2024 12:00:00 GMT"); }

std::string Header(const http::Request& request, std::string_view name) {
  return std::string(request.headers.Get(name).value_or("<none>"));
}

TEST(StubTest, RestRequestHasTheCommonHeadersAndParameters) {
  Call call;
  call.path = {"projects", "demo", "tables", "t1"};
  const http::Request request =
      BuildRequest(call, SiteAt("https://mc.example.com/api"), Key(), Noon());
  EXPECT_EQ(request.url, "https://mc.example.com/api/projects/demo/tables/t1?curr_project=demo");
  EXPECT_EQ(Header(request, "Date"), "Thu, 29 Feb 2024 12:00:00 GMT");
  EXPECT_EQ(Header(request, "User-Agent"), "culvert/test");
  EXPECT_EQ(Header(request, "x-odps-user-agent"), "culvert/test");
  EXPECT_EQ(Header(request, "x-odps-tunnel-version"), "<none>");
  EXPECT_EQ(Header(request, "authorization-sts-token"), "<none>");
}

TEST(StubTest, TunnelRequestNamesItsVersion) {
  Call call;
  call.service = Service::kTunnel;
  call.path = {"projects", "demo", "tables", "t1"};
  const http::Request request = BuildRequest(call, SiteAt("http://dt.example.com"), Key(), Noon());
  EXPECT_EQ(Header(request, "x-odps-tunnel-version"), "6");
  EXPECT_EQ(Header(request, "odps-tunnel-sdk-support-schema-evolution"), "true");
  EXPECT_EQ(Header(request, "odps-tunnel-date-transform"), "<none>");
}

TEST(StubTest, SignatureIsOverDecodedPathAndValues) {
  Call call;
  call.path = {"projects", "demo", "tables", "größe 1"};
  call.query = {{"partition", "dt='a b',hh='ü'"}, {"extended", ""}};
  const Credentials key = Key();
  const http::Request request =
      BuildRequest(call, SiteAt("http://mc.example.com/api"), key, Noon());
  EXPECT_EQ(request.url,
            "http://mc.example.com/api/projects/demo/tables/gr%C3%B6%C3%9Fe%201"
            "?partition=dt%3D%27a%20b%27%2Chh%3D%27%C3%BC%27&extended&curr_project=demo");
  EXPECT_EQ(Header(request, "Authorization"),
            AuthorizationV2(key,
                            "GET\n\n\nThu, 29 Feb 2024 12:00:00 GMT\n"
                            "x-odps-user-agent:culvert/test\n/projects/demo/tables/größe 1"
                            "?curr_project=demo&extended&partition=dt='a b',hh='ü'"));
}

TEST(StubTest, BodiesAreHashedAndTyped) {
  Call call;
  call.method = "POST";
  call.path = {"projects", "demo", "instances"};
  call.content_type = "application/xml";
  call.body = "The quick brown fox jumps over the lazy dog";
  const http::Request request = BuildRequest(call, SiteAt("http://h/api"), Key(), Noon());
  EXPECT_EQ(Header(request, "Content-MD5"), "9e107d9d372bb6826bd81d3542a419d6");
  EXPECT_EQ(Header(request, "Content-Type"), "application/xml");
  EXPECT_EQ(request.body, call.body);
}

TEST(StubTest, TokensTravelInTheirHeader) {
  Call call;
  call.path = {"projects", "demo"};
  const Site site = SiteAt("http://h/api");
  const http::Request with = BuildRequest(call, site, Key("sts"), Noon());
  EXPECT_EQ(Header(with, "authorization-sts-token"), "sts");
  EXPECT_EQ(Header(with, "Authorization"),
            Header(BuildRequest(call, site, Key(), Noon()), "Authorization"))
      << "the token is not signed";
}

TEST(StubTest, RegionsAreSignedByVersionFour) {
  Call call;
  call.path = {"projects", "demo"};
  Site site = SiteAt("http://h/api");
  site.region = "cn-hangzhou";
  EXPECT_EQ(Header(BuildRequest(call, site, Key(), Noon()), "Authorization")
                .rfind("ODPS AK/20240229/cn-hangzhou/odps/aliyun_v4_request:", 0),
            0u);
}

}  // namespace
}  // namespace culvert::maxcompute::internal
