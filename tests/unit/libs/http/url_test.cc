// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/url.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert::http {
namespace {

using test::FailsWith;
using test::IsOkAndHolds;

constexpr auto kInvalid = ErrorCode::kInvalidArgument;

TEST(UrlTest, TakesAnEndpointApart) {
  const auto url = Url::Parse("HTTPS://Service.Example.COM:8443/api/");
  ASSERT_THAT(url, test::IsOk());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "service.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/api");
  EXPECT_EQ(url->ToString(), "https://service.example.com:8443/api");
}

TEST(UrlTest, LeavesTheDefaultPortOut) {
  EXPECT_EQ(Url::Parse("https://a:443")->ToString(), "https://a");
  EXPECT_EQ(Url::Parse("http://a:80/")->ToString(), "http://a");
  EXPECT_EQ(Url::Parse("http://a:443")->Authority(), "a:443");
  EXPECT_EQ(Url::Parse("https://a")->port, 443);
}

TEST(UrlTest, KeepsBracketsOutOfTheHostAndInTheAuthority) {
  const auto url = Url::Parse("http://[::1]:8080/x");
  ASSERT_THAT(url, test::IsOk());
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->Authority(), "[::1]:8080");
  EXPECT_EQ(url->ToString(), "http://[::1]:8080/x");
}

TEST(UrlTest, KeepsThePathAsWritten) {
  EXPECT_EQ(Url::Parse("http://a/b%20c/../D")->path, "/b%20c/../D");
}

TEST(UrlTest, ReadsBackWhatItPrints) {
  for (const char* text :
       {"http://a", "https://a.b-c_d:1/x/y", "http://[fe80::1]", "http://1.2.3.4"}) {
    EXPECT_EQ(Url::Parse(text)->ToString(), text);
  }
}

struct BadUrl {
  const char* text;
  const char* said;
};

TEST(UrlTest, RefusesAndSaysWhy) {
  for (const BadUrl& bad : {BadUrl{"", "begin with"},
                            BadUrl{"example.com", "begin with"},
                            BadUrl{"ftp://a", "scheme"},
                            BadUrl{"http://", "no host"},
                            BadUrl{"http:///x", "no host"},
                            BadUrl{"http://:80", "no host"},
                            BadUrl{"http://u:p@a", "user information"},
                            BadUrl{"http://a?x=1", "query"},
                            BadUrl{"http://a/#f", "fragment"},
                            BadUrl{"http://a b", "space"},
                            BadUrl{"http://a\tb", "control"},
                            BadUrl{"http://a:0", "port"},
                            BadUrl{"http://a:65536", "port"},
                            BadUrl{"http://a:", "port"},
                            BadUrl{"http://a:+1", "port"},
                            BadUrl{"http://a:1x", "port"},
                            BadUrl{"http://a..b", "label"},
                            BadUrl{"http://\xc3\xa4", "host"},
                            BadUrl{"http://a%41", "host"},
                            BadUrl{"http://[::1", "]"},
                            BadUrl{"http://[::1]x", "port"},
                            BadUrl{"http://[xyz]", "IPv6"},
                            BadUrl{"http://a/%4", "hexadecimal"},
                            BadUrl{"http://a/\"", "path"}}) {
    const auto url = Url::Parse(bad.text);
    ASSERT_THAT(url, FailsWith(kInvalid)) << bad.text;
    EXPECT_NE(url.error().message.find(bad.said), std::string::npos)
        << bad.text << ": " << url.error().message;
  }
}

TEST(UrlTest, RefusesWhatIsTooLong) {
  EXPECT_THAT(Url::Parse("http://a/" + std::string(2048, 'x')), FailsWith(kInvalid));
  EXPECT_THAT(Url::Parse("http://" + std::string(256, 'x')), FailsWith(kInvalid));
}

TEST(UrlTest, NeverRepeatsAPassword) {
  EXPECT_EQ(Url::Parse("http://user:hidden@a").error().message.find("hidden"), std::string::npos);
}

TEST(PercentTest, GoesBothWaysForEveryByte) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_THAT(PercentDecode(PercentEncode(all)), IsOkAndHolds(all));
}

TEST(PercentTest, EncodesAllButTheUnreserved) {
  EXPECT_EQ(PercentEncode("aZ0-._~ +/%"), "aZ0-._~%20%2B%2F%25");
}

TEST(PercentTest, LeavesThePlusAlone) {
  EXPECT_THAT(PercentDecode("a+b%2b"), IsOkAndHolds(std::string("a+b+")));
}

TEST(PercentTest, RefusesHalfAnEscape) {
  for (const char* text : {"%", "%4", "a%", "%4g", "%g4", "%%41"}) {
    EXPECT_THAT(PercentDecode(text), FailsWith(kInvalid)) << text;
  }
}

TEST(QueryTest, KeepsOrderAndBareKeys) {
  const Query query = {{"b", "1"}, {"downloads", ""}, {"a", "(x)"}};
  EXPECT_EQ(EncodeQuery(query), "b=1&downloads&a=%28x%29");
  EXPECT_THAT(ParseQuery("b=1&downloads&a=%28x%29"), IsOkAndHolds(query));
}

TEST(QueryTest, TakesTheFormsPeopleSend) {
  EXPECT_THAT(ParseQuery(""), IsOkAndHolds(Query{}));
  EXPECT_THAT(ParseQuery("a=&&b==c&"), IsOkAndHolds(Query{{"a", ""}, {"b", "=c"}}));
  EXPECT_THAT(ParseQuery("a=%zz"), FailsWith(kInvalid));
}

TEST(QueryTest, BoundsTheNumberOfParameters) {
  std::string text;
  for (int i = 0; i < 1001; ++i) text += "a&";
  EXPECT_THAT(ParseQuery(text), FailsWith(kInvalid));
}

}  // namespace
}  // namespace culvert::http
