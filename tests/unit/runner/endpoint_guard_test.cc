// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/endpoint_guard.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

http::AddressGuard AGuard() {
  return GuardEndpoints(http::EndpointRules::Make({"default"}, {"10.96.0.0/12"}).value(), "sales");
}

TEST(EndpointGuardTest, ARefusalSaysWhatToDo) {
  const Status link_local = AGuard()("metadata.test", *http::IpAddress::Parse("169.254.169.254"));
  ASSERT_THAT(link_local, test::FailsBecause("EndpointNotAllowed"));
  EXPECT_EQ(link_local.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(link_local.error().message,
            "host 'metadata.test' has the address 169.254.169.254, which is link-local "
            "(169.254.0.0/16); correct endpoint or tunnelEndpoint of DataSource 'sales', or have "
            "169.254.169.254 added to --endpoint-allow of the operator (operator.endpointAllow of "
            "its chart)");
  const Status service = AGuard()("proxy.sales.svc", *http::IpAddress::Parse("10.96.3.4"));
  ASSERT_THAT(service, test::FailsBecause("EndpointNotAllowed"));
  EXPECT_EQ(service.error().message,
            "host 'proxy.sales.svc' has the address 10.96.3.4, which is in a refused network "
            "(10.96.0.0/12); correct endpoint or tunnelEndpoint of DataSource 'sales', or have "
            "proxy.sales.svc added to --endpoint-allow of the operator (operator.endpointAllow of "
            "its chart)");
}

TEST(EndpointGuardTest, WhatNothingAdmitsIsNotOffered) {
  const Status nobody = AGuard()("0.0.0.0", *http::IpAddress::Parse("0.0.0.0"));
  ASSERT_THAT(nobody, test::FailsBecause("EndpointNotAllowed"));
  EXPECT_EQ(nobody.error().message,
            "the address 0.0.0.0, which is unspecified (0.0.0.0/8); correct endpoint or "
            "tunnelEndpoint of DataSource 'sales'");
}

TEST(EndpointGuardTest, PrivateNetworksAreOpen) {
  EXPECT_THAT(AGuard()("vpc.example.com", *http::IpAddress::Parse("100.64.0.7")), test::IsOk());
  EXPECT_THAT(AGuard()("vpc.example.com", *http::IpAddress::Parse("10.95.0.7")), test::IsOk());
}

}  // namespace
}  // namespace culvert::runner
