// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/auth.h"

#include "libs/base/digest.h"
#include "libs/base/file.h"
#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace culvert::emulator {
namespace {

using test::FailsBecause;
using test::IsOk;
using test::IsOkAndHolds;

constexpr std::string_view kDate = "Thu, 29 Feb 2024 12:00:00 GMT";

class AuthTest : public ::testing::Test {
 protected:
  AuthTest() : clock_(ParseHttpDate(kDate).value()), keys_(clock_) {
    keys_.Put(ParseAccessKey("AKIDEXAMPLE:c2VjcmV0LWtleQ").value());
  }
  // Signs `target` (v2) and checks it.
  Result<std::string> Check(const std::string& target, const std::string& canonical_resource,
                            http::Headers headers = {},
                            std::string_view secret = "c2VjcmV0LWtleQ") {
    headers.Set("Date", std::string(kDate));
    const std::string text = "GET\n\n\n" + std::string(kDate) + "\n" + canonical_resource;
    headers.Set("Authorization",
                "ODPS AKIDEXAMPLE:" + Base64Encode(HmacSha1(AsBytes(secret), text)));
    return keys_.Verify({.method = "GET", .raw_target = target, .headers = headers});
  }
  test::FakeClock clock_;
  KeyRing keys_;
};

TEST_F(AuthTest, AgreesWithTheVectorsOfAForeignSigner) {
  const auto text = ReadWholeFile(CULVERT_SOURCE_DIR "/tests/golden/vectors.json", 1 << 20);
  ASSERT_THAT(text, IsOk());
  const auto vectors = ParseJson(*text);
  ASSERT_THAT(vectors, IsOk());
  int checked = 0;
  for (const auto& vector : (*vectors)["signature"]) {
    const std::string url = vector["url"];
    http::Headers headers;
    for (const auto& item : vector["headers"].items()) headers.Add(item.key(), item.value());
    headers.Add("Authorization", vector["authorization"]);
    const SignedRequest request{
        .method = vector["method"], .raw_target = url.substr(url.find('/', 8)), .headers = headers};
    EXPECT_THAT(CanonicalString(request, Decoding::kOnce),
                IsOkAndHolds(vector["canonical_string"].get<std::string>()));
    EXPECT_THAT(keys_.Verify(request), IsOkAndHolds("AKIDEXAMPLE")) << url;
    ++checked;
  }
  EXPECT_EQ(checked, 5);
}

TEST_F(AuthTest, AcceptsAQueryThatWasDecodedTwice) {
  EXPECT_THAT(
      Check("/projects/demo/tables/t?name=a%252Fb%2Bc", "/projects/demo/tables/t?name=a%2Fb+c"),
      IsOk());
  EXPECT_THAT(
      Check("/projects/demo/tables/t?name=a%252Fb%2Bc", "/projects/demo/tables/t?name=a/b c"),
      IsOk());
}

TEST_F(AuthTest, RefusesAWrongSecret) {
  EXPECT_THAT(Check("/projects/demo", "/projects/demo", {}, "wrong"),
              FailsBecause("SignatureNotMatch"));
}

TEST_F(AuthTest, RefusesAChangedRequest) {
  EXPECT_THAT(Check("/projects/demo?a=2", "/projects/demo?a=1"), FailsBecause("SignatureNotMatch"));
}

TEST_F(AuthTest, RefusesAMissingHeader) {
  const http::Headers headers;
  EXPECT_THAT(keys_.Verify({.method = "GET", .raw_target = "/projects/demo", .headers = headers}),
              FailsBecause("Unauthorized"));
}

TEST_F(AuthTest, RefusesUnknownAndRevokedKeys) {
  ASSERT_THAT(keys_.Revoke("AKIDEXAMPLE"), IsOk());
  EXPECT_THAT(Check("/projects/demo", "/projects/demo"), FailsBecause("InvalidAccessKeyId"));
  EXPECT_THAT(keys_.Revoke("NOBODY"), test::FailsWith(ErrorCode::kNotFound));
}

TEST_F(AuthTest, RefusesADateOutsideTheWindow) {
  clock_.Advance(std::chrono::minutes(14));
  EXPECT_THAT(Check("/projects/demo", "/projects/demo"), IsOk());
  clock_.Advance(std::chrono::minutes(1));
  const auto late = Check("/projects/demo", "/projects/demo");
  EXPECT_THAT(late, FailsBecause("RequestTimeTooSkewed"));
  EXPECT_EQ(late.error().message,
            "max_interval_date:900000,expire_date:2024-02-29T12:15:00.000Z,now_date:2024-02-29T12:"
            "15:00.000Z");
}

TEST_F(AuthTest, AsksATemporaryKeyForItsToken) {
  keys_.Put(ParseAccessKey("AKIDEXAMPLE:c2VjcmV0LWtleQ:the-token").value());
  EXPECT_THAT(Check("/projects/demo", "/projects/demo"), FailsBecause("InvalidAccessKeyId"));
  http::Headers headers;
  headers.Set("authorization-sts-token", "the-token");
  EXPECT_THAT(Check("/projects/demo", "/projects/demo", headers), IsOk());
}

TEST_F(AuthTest, RefusesAnExpiredKey) {
  keys_.Put(ParseAccessKey("AKIDEXAMPLE:c2VjcmV0LWtleQ@2024-02-29T12:05:00Z").value());
  EXPECT_THAT(Check("/projects/demo", "/projects/demo"), IsOk());
  clock_.Advance(std::chrono::minutes(5));
  EXPECT_THAT(Check("/projects/demo", "/projects/demo"), FailsBecause("InvalidAccessKeyId"));
  keys_.Put(ParseAccessKey("AKIDEXAMPLE:c2VjcmV0LWtleQ:token@2024-02-29T12:05:00Z").value());
  EXPECT_THAT(Check("/projects/demo", "/projects/demo"),
              FailsBecause("AuthenticationRequestExpired"));
}

TEST(ParseAccessKeyTest, RefusesWhatIsNoKeyWithoutShowingIt) {
  for (const char* text : {"", "id", "id:", ":secret", "id:secret@yesterday"}) {
    const auto key = ParseAccessKey(text);
    ASSERT_FALSE(key.has_value()) << text;
    EXPECT_EQ(key.error().message.find("secret@"), std::string::npos);
  }
}

}  // namespace
}  // namespace culvert::emulator
