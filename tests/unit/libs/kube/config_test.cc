// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/config.h"

#include "libs/base/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::kube {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): matchers and fakes

class KubeConfigTest : public testing::Test {
 protected:
  void Put(const std::string& name, std::string_view text) {
    ASSERT_THAT(WriteFileDurably(directory_.path() + "/" + name, text), IsOk());
  }
  /// A kubeconfig whose user has `user` and whose cluster has `cluster`, as flow maps.
  Result<Config> Parse(const std::string& user, const std::string& cluster = "",
                       std::string_view context = "") {
    return ParseKubeconfig(
        "current-context: here\n"
        "contexts: [{name: here, context: {cluster: c, user: u, namespace: sales}},"
        " {name: there, context: {cluster: nowhere, user: u}}]\n"
        "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:6443'" +
            cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n",
        directory_.path(), context, clock_);
  }
  static std::string TokenOf(const Config& config) {
    const auto token = config.token->Token();
    return token ? std::string(token->Reveal()) : "error: " + token.error().message;
  }
  TempDir directory_;
  FakeClock clock_;
};

TEST_F(KubeConfigTest, ReadsTheCurrentContext) {
  const auto config = Parse("token: abc");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->server.ToString(), "https://127.0.0.1:6443");
  EXPECT_EQ(config->name_space, "sales");
  EXPECT_EQ(TokenOf(*config), "abc");
}

TEST_F(KubeConfigTest, CertificatesComeAsDataOrAsFilesBesideIt) {
  Put("client.key", "KEY");
  const auto config = Parse("client-certificate-data: Q0VSVA==, client-key: client.key",
                            ", certificate-authority-data: Q0E=");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->ca_pem, "CA");
  EXPECT_EQ(config->client_certificate_pem, "CERT");
  EXPECT_EQ(config->client_key_pem.Reveal(), "KEY");
  EXPECT_EQ(TokenOf(*config), "");
}

TEST_F(KubeConfigTest, ATokenFileIsReadAgainAfterAMinuteOrARejection) {
  Put("token", "one\n");
  const auto config = Parse("tokenFile: token");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(TokenOf(*config), "one");
  Put("token", "two\n");
  EXPECT_EQ(TokenOf(*config), "one");
  clock_.Advance(std::chrono::seconds(60));
  EXPECT_EQ(TokenOf(*config), "two");
  Put("token", "three\n");
  config->token->Rejected();
  EXPECT_EQ(TokenOf(*config), "three");
}

TEST_F(KubeConfigTest, WhatIsNotSupportedIsRefusedByName) {
  EXPECT_THAT(Parse("exec: {command: x}"), FailsWith(ErrorCode::kUnimplemented));
  EXPECT_THAT(Parse("username: x"), FailsWith(ErrorCode::kUnimplemented));
  EXPECT_THAT(Parse("token: x", ", insecure-skip-tls-verify: true"),
              FailsWith(ErrorCode::kUnimplemented));
}

TEST_F(KubeConfigTest, WrongTextsAreRefused) {
  EXPECT_THAT(Parse("token: x", "", "there"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Parse("token: x", "", "elsewhere"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Parse("client-key: missing.key"), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(Parse("token: x", ", certificate-authority-data: '***'"),
              FailsWith(ErrorCode::kInvalidArgument));
  for (const char* text : {"", "[]", "a: [", "current-context: x", "contexts: 1"}) {
    EXPECT_THAT(ParseKubeconfig(text, "/", "", clock_), FailsWith(ErrorCode::kInvalidArgument))
        << text;
  }
}

TEST_F(KubeConfigTest, APodFindsItsServerAndItsToken) {
  Put("token", "pod-token");
  Put("ca.crt", "CA");
  Put("namespace", "culvert-system\n");
  const auto config = InClusterConfig("10.0.0.1", "443", directory_.path(), clock_);
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->server.ToString(), "https://10.0.0.1");
  EXPECT_EQ(config->name_space, "culvert-system");
  EXPECT_EQ(TokenOf(*config), "pod-token");
  const auto ipv6 = InClusterConfig("fd00::1", "6443", directory_.path(), clock_);
  ASSERT_THAT(ipv6, IsOk());
  EXPECT_EQ(ipv6->server.ToString(), "https://[fd00::1]:6443");
}

TEST_F(KubeConfigTest, ATransportGetsWhatTheConfigSays) {
  Config config;
  config.server = http::Url::Parse("https://kube.test:6443").value();
  config.ca_pem = "CA";
  config.client_certificate_pem = "CERTIFICATE";
  config.client_key_pem = Secret("KEY");
  const http::CurlTransportOptions options = TransportOptions(config);
  EXPECT_EQ(options.ca_pem, "CA");
  EXPECT_EQ(options.client_certificate_pem, "CERTIFICATE");
  EXPECT_EQ(options.client_key_pem.Reveal(), "KEY");
  EXPECT_FALSE(options.allow_plain_http);
  EXPECT_GT(options.stall_window, std::chrono::seconds(300));  // the server's longest watch
  config.server = http::Url::Parse("http://127.0.0.1:8001").value();
  EXPECT_TRUE(TransportOptions(config).allow_plain_http);
}

TEST_F(KubeConfigTest, OutsideAPodIsSaidPlainly) {
  EXPECT_THAT(InClusterConfig("", "", directory_.path(), clock_),
              FailsWith(ErrorCode::kFailedPrecondition));
}

}  // namespace
}  // namespace culvert::kube
