// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <optional>
#include <string>

namespace culvert::http {
namespace {

std::string Shown(const std::optional<IpAddress>& address) {
  return address ? address->ToString() : "nothing";
}

std::string EmbeddedIn(const char* text) { return Shown(IpAddress::Parse(text)->Embedded()); }

TEST(IpAddressTest, ReadsBothFamilies) {
  EXPECT_TRUE(IpAddress::Parse("192.0.2.1")->is_v4());
  EXPECT_EQ(Shown(IpAddress::Parse("192.0.2.1")), "192.0.2.1");
  EXPECT_EQ(IpAddress::Parse("192.0.2.1")->bytes().size(), 4u);
  EXPECT_FALSE(IpAddress::Parse("2001:DB8:0::1")->is_v4());
  EXPECT_EQ(Shown(IpAddress::Parse("2001:DB8:0::1")), "2001:db8::1");
  EXPECT_EQ(IpAddress::Parse("::")->bytes().size(), 16u);
  EXPECT_NE(IpAddress::Parse("::ffff:192.0.2.1"), IpAddress::Parse("192.0.2.1"));
}

TEST(IpAddressTest, RefusesOtherNotations) {
  for (const char* text : {"", "1", "127.1", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "192.0.2.01",
                           "192.0.2.256", "192.0.2.1.", " 192.0.2.1", "192.0.2.1/32", "[::1]",
                           "fe80::1%eth0", ":::", "1::2::3", "::1:", "localhost"}) {
    EXPECT_FALSE(IpAddress::Parse(text).has_value()) << text;
  }
  EXPECT_FALSE(IpAddress::Parse(std::string_view("::1\0", 4)).has_value());
}

TEST(IpAddressTest, ReadsSocketAddresses) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  ASSERT_EQ(inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr), 1);
  const auto* const short_one = reinterpret_cast<const sockaddr*>(&v4);
  EXPECT_EQ(Shown(IpAddress::FromSocket(short_one, sizeof(v4))), "192.0.2.1");
  EXPECT_EQ(Shown(IpAddress::FromSocket(short_one, sizeof(v4) - 1)), "nothing");
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  ASSERT_EQ(inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr), 1);
  const auto* const long_one = reinterpret_cast<const sockaddr*>(&v6);
  EXPECT_EQ(Shown(IpAddress::FromSocket(long_one, sizeof(v6))), "2001:db8::1");
  EXPECT_EQ(Shown(IpAddress::FromSocket(long_one, sizeof(v6) - 1)), "nothing");
  sockaddr_un path{};
  path.sun_family = AF_UNIX;
  EXPECT_EQ(Shown(IpAddress::FromSocket(reinterpret_cast<const sockaddr*>(&path), sizeof(path))),
            "nothing");
}

TEST(IpAddressTest, FindsTheEmbeddedAddress) {
  EXPECT_EQ(EmbeddedIn("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(EmbeddedIn("::ffff:7f00:1"), "127.0.0.1");
  EXPECT_EQ(EmbeddedIn("::ffff:0:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(EmbeddedIn("::192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(EmbeddedIn("::2"), "0.0.0.2");
  EXPECT_EQ(EmbeddedIn("64:ff9b::192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(EmbeddedIn("64:ff9b:1:2:3:4:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(EmbeddedIn("2002:c000:201::5"), "192.0.2.1");
}

TEST(IpAddressTest, OthersEmbedNothing) {
  for (const char* text :
       {"192.0.2.1", "::", "::1", "2001:db8::192.0.2.1", "::fffe:192.0.2.1", "::1:ffff:192.0.2.1",
        "64:ff9b:2::192.0.2.1", "64:ff9c::192.0.2.1", "2003:c000:201::5", "fe80::192.0.2.1"}) {
    EXPECT_EQ(EmbeddedIn(text), "nothing") << text;
  }
}

}  // namespace
}  // namespace culvert::http
