// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/endpoint_rules.h"

#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace culvert::http {
namespace {

using ::testing::HasSubstr;
using Entries = std::vector<std::string>;

EndpointRules Rules(const Entries& allow, const Entries& refuse = {}) {
  auto rules = EndpointRules::Make(allow, refuse);
  EXPECT_THAT(rules, test::IsOk());
  return *std::move(rules);
}

// "" when it is admitted, else the entry that would admit it; "never" where there is none.
std::string Verdict(const EndpointRules& rules, const std::string& host,
                    const std::string& address) {
  const auto refusal = rules.Judge(host, *IpAddress::Parse(address));
  if (!refusal) return "";
  EXPECT_THAT(refusal->why, HasSubstr(address));
  return refusal->entry.empty() ? "never" : refusal->entry;
}

TEST(EndpointRulesTest, TheDefaultIsAllButSpecialAddresses) {
  const EndpointRules rules = Rules({"default"});
  EXPECT_EQ(Verdict(rules, "service.example.com", "8.8.8.8"), "");
  EXPECT_EQ(Verdict(rules, "vpc.example.com", "10.1.2.3"), "");
  EXPECT_EQ(Verdict(rules, "vpc.example.com", "100.64.1.2"), "");
  EXPECT_EQ(Verdict(rules, "x", "127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(Verdict(rules, "x", "169.254.169.254"), "169.254.169.254");
  EXPECT_EQ(Verdict(rules, "x", "::ffff:169.254.169.254"), "::ffff:169.254.169.254");
  EXPECT_EQ(Verdict(rules, "x", "0.0.0.0"), "never");
}

TEST(EndpointRulesTest, WhatItSuggestsAdmits) {
  const Entries refuse = {"10.96.0.0/12", "fd00:1::/64"};
  for (const Entries& allow :
       {Entries{"default"}, Entries{"*.example.com"}, Entries{"192.0.2.0/24"}}) {
    for (const char* host : {"a.svc", "b.example.com", "10.96.0.1"}) {
      for (const char* address : {"127.0.0.1", "10.96.0.1", "fd00:1::1", "fe80::1", "198.51.100.1",
                                  "64:ff9b::7f00:1", "::ffff:10.96.0.1"}) {
        const std::string entry = Verdict(Rules(allow, refuse), host, address);
        if (entry.empty()) continue;
        Entries more = allow;
        more.push_back(entry);
        EXPECT_EQ(Verdict(Rules(more, refuse), host, address), "") << host << " " << address;
      }
    }
  }
}

TEST(EndpointRulesTest, AListWithoutDefaultIsTheWholeOfIt) {
  const EndpointRules rules = Rules({"*.Example.com", "proxy.sales.svc", "192.0.2.0/24"});
  EXPECT_EQ(Verdict(rules, "a.example.com", "8.8.8.8"), "");
  EXPECT_EQ(Verdict(rules, "A.B.Example.Com.", "8.8.8.8"), "");
  EXPECT_EQ(Verdict(rules, "proxy.sales.svc", "10.0.0.1"), "");
  EXPECT_EQ(Verdict(rules, "anything", "192.0.2.7"), "");
  EXPECT_EQ(Verdict(rules, "anything", "192.0.3.7"), "anything");
  EXPECT_EQ(Verdict(rules, "example.com", "8.8.8.8"), "example.com");
  EXPECT_EQ(Verdict(rules, "badexample.com", "8.8.8.8"), "badexample.com");
  EXPECT_EQ(Verdict(rules, "a.example.com.evil.org", "8.8.8.8"), "a.example.com.evil.org");
  EXPECT_EQ(Verdict(rules, "x.proxy.sales.svc", "8.8.8.8"), "x.proxy.sales.svc");
  EXPECT_EQ(Verdict(rules, "8.8.8.8", "8.8.8.8"), "8.8.8.8");
  EXPECT_EQ(Verdict(rules, "default", "8.8.8.8"), "8.8.8.8");
  EXPECT_THAT(rules.Judge("b.org", *IpAddress::Parse("8.8.8.8"))->why,
              HasSubstr("none of those allowed: proxy.sales.svc, *.example.com, 192.0.2.0/24"));
}

TEST(EndpointRulesTest, NoNameVouchesForASpecialAddress) {
  const EndpointRules rules = Rules({"default", "a.svc", "*.svc"});
  for (const char* address :
       {"127.0.0.1", "169.254.169.254", "100.100.100.200", "::1", "fe80::1"}) {
    EXPECT_EQ(Verdict(rules, "a.svc", address), address);
  }
}

TEST(EndpointRulesTest, ANetworkVouchesForSpecialAddressesButNotForNobodys) {
  const EndpointRules rules = Rules({"127.0.0.0/8", "0.0.0.0/0", "::/0"});
  EXPECT_EQ(Verdict(rules, "localhost", "127.0.0.1"), "");
  EXPECT_EQ(Verdict(rules, "x", "169.254.169.254"), "");
  for (const char* address : {"0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255",
                              "::ffff:0.0.0.0", "64:ff9b::ffff:ffff"}) {
    EXPECT_EQ(Verdict(rules, "x", address), "never");
  }
}

TEST(EndpointRulesTest, ARefusedNetworkNeedsAHostOrANetwork) {
  const Entries refuse = {"10.96.0.0/12", "203.0.113.7"};
  EXPECT_EQ(Verdict(Rules({"default"}, refuse), "a.b.svc", "10.96.0.1"), "a.b.svc");
  EXPECT_EQ(Verdict(Rules({"default"}, refuse), "a.b.svc", "10.95.255.255"), "");
  EXPECT_EQ(Verdict(Rules({"default"}, refuse), "a.b.svc", "10.112.0.0"), "");
  EXPECT_EQ(Verdict(Rules({"default"}, refuse), "x", "203.0.113.7"), "x");
  EXPECT_EQ(Verdict(Rules({"default"}, refuse), "10.96.0.1", "10.96.0.1"), "10.96.0.1");
  EXPECT_EQ(Verdict(Rules({"*.svc"}, refuse), "a.b.svc", "10.96.0.1"), "a.b.svc");
  EXPECT_EQ(Verdict(Rules({"a.b.svc"}, refuse), "a.b.svc", "10.96.0.1"), "");
  EXPECT_EQ(Verdict(Rules({"10.96.0.0/24"}, refuse), "a.b.svc", "10.96.0.1"), "");
  EXPECT_EQ(Verdict(Rules({"default"}, refuse), "x", "::ffff:10.96.0.1"), "x");
}

TEST(EndpointRulesTest, RefusesEntriesThatAreNone) {
  for (const char* entry : {"",
                            " ",
                            "*",
                            "*.",
                            ".",
                            "a..b",
                            ".a",
                            "a_b!",
                            "a b",
                            "http://a",
                            "a:80",
                            "*.*.com",
                            "a.*.b",
                            "10.0.0.1/8",
                            "10.0.0.0/64",
                            "127.1",
                            "2130706433",
                            "0x7f000001",
                            "a.0x7f",
                            "1.2.3",
                            "192.0.2.256",
                            "[::1]",
                            "fe80::1%eth0",
                            "ä.com"}) {
    EXPECT_THAT(EndpointRules::Make({entry}, {}), test::FailsWith(ErrorCode::kInvalidArgument))
        << entry;
  }
  for (const char* entry : {"", "default", "a.svc", "*.svc", "10.0.0.1/8"}) {
    EXPECT_THAT(EndpointRules::Make({"default"}, {entry}),
                test::FailsWith(ErrorCode::kInvalidArgument))
        << entry;
  }
  EXPECT_THAT(EndpointRules::Make({}, {}), test::FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(EndpointRules::Make(Entries(257, "default"), {}),
              test::FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(EndpointRules::Make({std::string(64, 'a')}, {}),
              test::FailsWith(ErrorCode::kInvalidArgument));
}

// Whatever the text: refused, or a rule that does not open what only a network opens.
TEST(EndpointRulesTest, NoTextOpensASpecialAddressUnlessItIsANetwork) {
  constexpr unsigned kSeed = 5;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  constexpr std::string_view kAlphabet = "0123456789abcdefxz.:/*-_";
  int taken = 0;
  for (int i = 0; i < 5'000; ++i) {
    std::string entry(1 + random() % 12, ' ');
    for (char& c : entry) c = kAlphabet[random() % kAlphabet.size()];
    const auto rules = EndpointRules::Make({entry}, {});
    if (!rules || IpNetwork::Parse(entry)) continue;
    ++taken;
    EXPECT_NE(Verdict(*rules, entry, "169.254.169.254"), "") << entry;
    const std::string name = entry.starts_with("*.") ? entry.substr(2) : entry;
    EXPECT_NE(Verdict(*rules, "z" + name, "8.8.8.8"), "") << entry;
  }
  EXPECT_GT(taken, 500);
}

}  // namespace
}  // namespace culvert::http
