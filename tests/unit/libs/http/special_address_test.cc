// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/special_address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::http {
namespace {

std::string Said(const std::string& address) {
  const SpecialRange* const range = FindSpecialRange(*IpAddress::Parse(address));
  if (range == nullptr) return "ordinary";
  return std::string(range->name) + (range->nobody ? ", nobody" : "");
}

// The first and the last address of a range, and what is next to it on either side.
struct Edge {
  const char* before;
  const char* before_is;
  const char* first;
  const char* last;
  const char* after;
  const char* after_is;
  const char* is;
};

TEST(SpecialAddressTest, EachRangeEndsWhereItEnds) {
  const std::vector<Edge> edges = {
      {"255.255.255.254", "ordinary", "0.0.0.0", "0.255.255.255", "1.0.0.0", "ordinary",
       "unspecified, nobody"},
      {"126.255.255.255", "ordinary", "127.0.0.0", "127.255.255.255", "128.0.0.0", "ordinary",
       "loopback"},
      {"169.253.255.255", "ordinary", "169.254.0.0", "169.254.255.255", "169.255.0.0", "ordinary",
       "link-local"},
      {"223.255.255.255", "ordinary", "224.0.0.0", "239.255.255.255", "240.0.0.0", "ordinary",
       "multicast, nobody"},
      {"255.255.255.254", "ordinary", "255.255.255.255", "255.255.255.255", "1.0.0.0", "ordinary",
       "broadcast, nobody"},
      {"100.100.100.199", "ordinary", "100.100.100.200", "100.100.100.200", "100.100.100.201",
       "ordinary", "a cloud's metadata service"},
      {"168.63.129.15", "ordinary", "168.63.129.16", "168.63.129.16", "168.63.129.17", "ordinary",
       "a cloud's metadata service"},
      {"192.0.0.191", "ordinary", "192.0.0.192", "192.0.0.192", "192.0.0.193", "ordinary",
       "a cloud's metadata service"},
      {"feff:ffff::", "ordinary", "::", "::", "::1", "loopback", "unspecified, nobody"},
      {"::", "unspecified, nobody", "::1", "::1", "::1:0:0:0:1", "ordinary", "loopback"},
      {"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ordinary",
       "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::", "ordinary", "link-local"},
      {"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ordinary", "ff00::",
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::", "ordinary", "multicast, nobody"},
      {"fd00:ec1:ffff:ffff:ffff:ffff:ffff:ffff", "ordinary",
       "fd00:ec2::", "fd00:ec2:ffff:ffff:ffff:ffff:ffff:ffff", "fd00:ec3::", "ordinary",
       "a cloud's metadata service"},
      {"fd20:ce::253", "ordinary", "fd20:ce::254", "fd20:ce::254", "fd20:ce::255", "ordinary",
       "a cloud's metadata service"},
      {"fd00:42::41", "ordinary", "fd00:42::42", "fd00:42::42", "fd00:42::43", "ordinary",
       "a cloud's metadata service"}};
  EXPECT_EQ(edges.size(), SpecialRanges().size());
  for (const Edge& edge : edges) {
    EXPECT_EQ(Said(edge.before), edge.before_is) << edge.before;
    EXPECT_EQ(Said(edge.first), edge.is) << edge.first;
    EXPECT_EQ(Said(edge.last), edge.is) << edge.last;
    EXPECT_EQ(Said(edge.after), edge.after_is) << edge.after;
  }
}

TEST(SpecialAddressTest, WhatUsersHaveIsOrdinary) {
  for (const char* address : {"10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "100.103.0.10",
                              "198.18.0.1", "8.8.8.8", "240.0.0.1", "2001:db8::1", "fd12:3456::1",
                              "::ffff:10.0.0.1", "64:ff9b::8.8.8.8", "2002:808:808::1"}) {
    EXPECT_EQ(Said(address), "ordinary") << address;
  }
}

TEST(SpecialAddressTest, AnEmbeddedAddressCounts) {
  for (const char* prefix : {"::ffff:", "::ffff:0:", "::", "64:ff9b::", "64:ff9b:1::"}) {
    const std::string in(prefix);
    EXPECT_EQ(Said(in + "127.0.0.1"), "loopback") << in;
    EXPECT_EQ(Said(in + "169.254.169.254"), "link-local") << in;
    EXPECT_EQ(Said(in + "100.100.100.200"), "a cloud's metadata service") << in;
    EXPECT_EQ(Said(in + "224.0.0.1"), "multicast, nobody") << in;
  }
  EXPECT_EQ(Said("2002:7f00:1::"), "loopback");
  EXPECT_EQ(Said("2002:a9fe:a9fe::1"), "link-local");
  EXPECT_EQ(Said("::ffff:0.0.0.0"), "unspecified, nobody");
}

}  // namespace
}  // namespace culvert::http
