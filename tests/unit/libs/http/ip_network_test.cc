// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/ip_network.h"

#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace culvert::http {
namespace {

using ::testing::HasSubstr;

bool Has(const char* network, const char* address) {
  return IpNetwork::Parse(network)->Contains(*IpAddress::Parse(address));
}

TEST(IpNetworkTest, ContainsWhatSharesItsPrefix) {
  EXPECT_TRUE(Has("10.0.0.0/8", "10.255.255.255"));
  EXPECT_FALSE(Has("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(Has("100.64.0.0/10", "100.127.255.255"));
  EXPECT_FALSE(Has("100.64.0.0/10", "100.128.0.0"));
  EXPECT_TRUE(Has("0.0.0.0/0", "255.255.255.255"));
  EXPECT_FALSE(Has("0.0.0.0/0", "::"));
  EXPECT_FALSE(Has("10.0.0.0/8", "::ffff:10.0.0.1"));
  EXPECT_TRUE(Has("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(Has("192.0.2.1", "192.0.2.0"));
  EXPECT_TRUE(Has("fe80::/10", "febf::1"));
  EXPECT_FALSE(Has("fe80::/10", "fec0::1"));
}

TEST(IpNetworkTest, RefusesWhatIsNoNetwork) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
                           "10.0.0.0/8 ", "10.0.0.0/8/8", "10/8", "::/129", "10.0.0.0/+8", "a/8"}) {
    EXPECT_THAT(IpNetwork::Parse(text), test::FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(IpNetwork::Parse("10.0.0.1/8").error().message,
              HasSubstr("bits set behind its prefix; write 10.0.0.1 for"));
  EXPECT_FALSE(IpNetwork::Parse("10.0.0.1/31").has_value());
  EXPECT_FALSE(IpNetwork::Parse("::1/0").has_value());
}

TEST(IpNetworkTest, SaysTheSameAsItsBits) {
  constexpr unsigned kSeed = 11;
  SCOPED_TRACE(kSeed);
  std::mt19937 engine(kSeed);
  const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
  const auto quad = [](std::uint32_t value) {
    return std::to_string(value >> 24) + "." + std::to_string(value >> 16 & 255) + "." +
           std::to_string(value >> 8 & 255) + "." + std::to_string(value & 255);
  };
  for (int i = 0; i < 1000; ++i) {
    const int bits = static_cast<int>(random() % 33);
    const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
    const std::uint32_t first = random() & mask;
    // Half of them near the network, where a wrong mask shows.
    const std::uint32_t other = i % 2 == 0 ? random() : first ^ (1U << (random() % 32));
    const std::string text = quad(first) + "/" + std::to_string(bits);
    const auto network = IpNetwork::Parse(text);
    ASSERT_THAT(network, test::IsOk()) << text;
    EXPECT_EQ(network->ToString(), text);
    EXPECT_EQ(network->Contains(*IpAddress::Parse(quad(other))), ((first ^ other) & mask) == 0)
        << text << " " << quad(other);
  }
}

}  // namespace
}  // namespace culvert::http
