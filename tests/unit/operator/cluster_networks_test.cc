// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/cluster_networks.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/operator/fake_api_client.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace culvert::control {
namespace {

using Networks = std::vector<std::string>;

class ClusterNetworksTest : public testing::Test {
 protected:
  void AddServiceCidr(const std::string& name, nlohmann::json cidrs) {
    api_.Put("/apis/networking.k8s.io/v1/servicecidrs/" + name,
             {{"apiVersion", "networking.k8s.io/v1"},
              {"kind", "ServiceCIDR"},
              {"metadata", {{"name", name}}},
              {"spec", {{"cidrs", std::move(cidrs)}}}});
  }
  Result<Networks> Ask(const std::string& server, bool services = true) {
    return ClusterNetworks(env_.ctx(), *client_, server, services);
  }

  test::FakeKubeApi api_;
  std::unique_ptr<kube::Client> client_ = ClientOf(api_);
  test::RealContext env_;
};

TEST_F(ClusterNetworksTest, AreTheServersAddressAndThoseOfServices) {
  AddServiceCidr("kubernetes", {"10.96.0.0/12", "fd00:10:96::/108"});
  AddServiceCidr("more", {"10.200.0.0/16"});
  EXPECT_THAT(Ask("10.96.0.1"), test::IsOkAndHolds(Networks{"10.96.0.1/32", "10.96.0.0/12",
                                                            "fd00:10:96::/108", "10.200.0.0/16"}));
  EXPECT_THAT(Ask("fd00:10:96::1", false), test::IsOkAndHolds(Networks{"fd00:10:96::1/128"}));
}

TEST_F(ClusterNetworksTest, AServerWithANameHasNoAddress) {
  EXPECT_THAT(Ask("api.example.com"), test::IsOkAndHolds(Networks{}));
}

TEST_F(ClusterNetworksTest, NothingClusterWideIsAskedForNamespaces) {
  AddServiceCidr("kubernetes", {"10.96.0.0/12"});
  EXPECT_THAT(Ask("10.96.0.1", false), test::IsOkAndHolds(Networks{"10.96.0.1/32"}));
  EXPECT_EQ(api_.requests(), 0u);
}

TEST_F(ClusterNetworksTest, GoesWithoutWhereTheyMayNotBeRead) {
  for (const Error& error : {NotFound("no such kind"), PermissionDenied("not yours")}) {
    api_.SetBefore([&error](const http::Request&) { return Status(Fail(error)); });
    EXPECT_THAT(Ask("10.96.0.1"), test::IsOkAndHolds(Networks{"10.96.0.1/32"}));
  }
}

TEST_F(ClusterNetworksTest, AServerThatFailsIsNotTakenForOneWithoutServices) {
  api_.SetBefore([](const http::Request&) { return Status(Fail(Unavailable("not now"))); });
  EXPECT_THAT(Ask("10.96.0.1"), test::FailsWith(ErrorCode::kUnavailable));
  api_.SetBefore({});
  AddServiceCidr("kubernetes", {"10.96.0.1/12"});
  EXPECT_THAT(Ask("10.96.0.1"), test::FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace culvert::control
