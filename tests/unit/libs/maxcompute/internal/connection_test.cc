// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/connection.h"

#include "libs/base/time_format.h"
#include "libs/maxcompute/reasons.h"
#include "tests/unit/libs/maxcompute/fake_service.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace culvert::maxcompute::internal {
namespace {

using std::chrono::milliseconds;
using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::SizeIs;

class ConnectionTest : public FakeServiceTest {
 protected:
  static Call Question(Repeat repeat = Repeat::kAlways) {
    Call call;
    call.path = {"projects", "demo"};
    call.doing = "ask";
    call.repeat = repeat;
    return call;
  }
  static Call TunnelQuestion() {
    Call call = Question();
    call.service = Service::kTunnel;
    return call;
  }
  Connection New(ClientConfig config = Config()) {
    return Connection(std::move(config), transport_, keys_, env_.clock());
  }
  http::Headers ServerDate(milliseconds ahead) {
    return HeadersOf({{"Date", FormatHttpDate(env_.clock().Now() + ahead)}});
  }
};

TEST_F(ConnectionTest, ServerErrorsAreRetriedSevenTimesWithinCappedDelays) {
  for (int i = 0; i < 8; ++i) AnswerError(500, "InternalServerError");
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), FailsBecause(reasons::kServerError));
  EXPECT_EQ(RequestCount(), 8u);
  const auto sleeps = env_.clock().sleeps();
  ASSERT_THAT(sleeps, SizeIs(Le(7u)));  // a jitter of 0 needs no wait
  milliseconds bound{200};
  for (const auto& sleep : sleeps) EXPECT_LE(sleep, milliseconds(200 * 64));
  EXPECT_LE(sleeps.front(), bound * 2);
}

TEST_F(ConnectionTest, LostAnswersAreRetriedUntilOneComes) {
  AnswerLost();
  AnswerError(503, "ServiceUnavailable");
  Answer(200, "ok");
  Connection connection = New();
  const auto response = connection.Send(ctx(), Question());
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->body, "ok");
  EXPECT_EQ(RequestCount(), 3u);
}

TEST_F(ConnectionTest, PermanentErrorsAreNotRetried) {
  AnswerError(404, "NoSuchTable");
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), FailsBecause(reasons::kNoSuchTable));
  EXPECT_EQ(RequestCount(), 1u);
}

TEST_F(ConnectionTest, RetryAfterIsHonoured) {
  Answer(429, "", HeadersOf({{"Retry-After", "30"}}));
  Answer(200);
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_THAT(env_.clock().sleeps(), ElementsAre(Ge(std::chrono::seconds(30))));
}

TEST_F(ConnectionTest, HoldClientMillisIsHonoured) {
  Answer(429, R"({"Code":"FlowExceeded","HoldClientMillis":"9000"})");
  Answer(200);
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_THAT(env_.clock().sleeps(), ElementsAre(Ge(milliseconds(9000))));
}

TEST_F(ConnectionTest, ThrottlingIsWaitedOutBeyondTheNumberOfTries) {
  for (int i = 0; i < 30; ++i) {
    Answer(i % 2 == 0 ? 429 : 308, "", HeadersOf({{"Retry-After", "1"}}));
  }
  Answer(200);
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_EQ(RequestCount(), 31u);
}

TEST_F(ConnectionTest, ThrottlingEndsWithTheDeadline) {
  transport_.SetDefault([](const http::Request&) -> Result<http::Response> {
    return http::Response{.status = 429, .headers = {}, .body = ""};
  });
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx().WithTimeout(std::chrono::seconds(20)), Question()),
              FailsBecause(reasons::kThrottled));
}

TEST_F(ConnectionTest, RedirectsAreNotFollowed) {
  Answer(302, "", HeadersOf({{"Location", "http://169.254.169.254/latest"}}));
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), FailsBecause(reasons::kRedirected));
  EXPECT_EQ(RequestCount(), 1u);
}

TEST_F(ConnectionTest, TooLargeAnswersAreNotTakenForThrottling) {
  transport_.Push(ResourceExhausted("the response body is above 64 MiB"));
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), FailsWith(ErrorCode::kOutOfRange));
  EXPECT_EQ(RequestCount(), 1u);
}

TEST_F(ConnectionTest, OneTryCallsAreSentOnceWhateverHappens) {
  Connection connection = New();
  AnswerLost();
  EXPECT_THAT(connection.Send(ctx(), Question(Repeat::kOnNewKeyOrDate)),
              FailsWith(ErrorCode::kUnavailable));
  AnswerError(500, "InternalServerError");
  EXPECT_THAT(connection.Send(ctx(), Question(Repeat::kOnNewKeyOrDate)),
              FailsWith(ErrorCode::kUnavailable));
  AnswerError(429, "FlowExceeded");
  EXPECT_THAT(connection.Send(ctx(), Question(Repeat::kOnNewKeyOrDate)),
              FailsWith(ErrorCode::kResourceExhausted));
  EXPECT_EQ(RequestCount(), 3u);
}

TEST_F(ConnectionTest, RefusedCallsAreRepeatedOnlyAfterLater) {
  Connection connection = New();
  Answer(409, "", HeadersOf({{"Retry-After", "2"}}));
  AnswerError(429, "FlowExceeded");
  Answer(201);
  EXPECT_THAT(connection.Send(ctx(), Question(Repeat::kWhenRefused)), IsOk());
  EXPECT_EQ(RequestCount(), 3u);
  AnswerLost();
  EXPECT_THAT(connection.Send(ctx(), Question(Repeat::kWhenRefused)),
              FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(RequestCount(), 4u);
}

TEST_F(ConnectionTest, RejectedKeyIsRefreshedAndTheRequestRepeatedOnce) {
  keys_ = RotatingKeys(2);
  for (const Repeat repeat : {Repeat::kAlways, Repeat::kWhenRefused, Repeat::kOnNewKeyOrDate}) {
    keys_ = RotatingKeys(2);
    AnswerError(401, "InvalidAccessKeyId");
    Answer(200);
    Connection connection = New();
    EXPECT_THAT(connection.Send(ctx(), Question(repeat)), IsOk());
    EXPECT_EQ(keys_.refreshes(), 1);
  }
  EXPECT_EQ(KeyAt(0), "KEY1");
  EXPECT_EQ(KeyAt(1), "KEY2");
  EXPECT_EQ(RequestCount(), 6u);
}

TEST_F(ConnectionTest, SecondRejectionIsFinal) {
  keys_ = RotatingKeys(9);
  AnswerError(401, "SignatureNotMatch");
  AnswerError(401, "SignatureNotMatch");
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), FailsBecause(reasons::kCredentialsRejected));
  EXPECT_EQ(RequestCount(), 2u);
  EXPECT_EQ(keys_.refreshes(), 1);
}

TEST_F(ConnectionTest, WithoutAnotherKeyNothingIsRepeated) {
  AnswerError(401, "Unauthorized");
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), FailsBecause(reasons::kCredentialsRejected));
  EXPECT_EQ(RequestCount(), 1u);
}

TEST_F(ConnectionTest, ARefusedRequestWaitsForTheNextKey) {
  class LateKey final : public CredentialsProvider {
   public:
    Result<std::shared_ptr<const Credentials>> Get() override { return key_; }
    bool Refresh(const Credentials&) override { return ++looks_ == 4; }

   private:
    std::shared_ptr<const Credentials> key_ = std::make_shared<const Credentials>();
    int looks_ = 0;
  };
  ClientConfig config = Config();
  config.key_wait = std::chrono::seconds(180);
  LateKey late;
  AnswerError(401, "InvalidAccessKeyId");
  Answer(200);
  Connection connection(config, transport_, late, env_.clock());
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_THAT(env_.clock().sleeps(), SizeIs(3));
}

TEST_F(ConnectionTest, WaitingForAKeyHasAnEnd) {
  ClientConfig config = Config();
  config.key_wait = std::chrono::seconds(180);
  AnswerError(401, "InvalidAccessKeyId");
  Connection connection = New(config);
  EXPECT_THAT(connection.Send(ctx(), Question()), FailsBecause(reasons::kCredentialsRejected));
  EXPECT_THAT(env_.clock().sleeps(), SizeIs(90));
  EXPECT_EQ(RequestCount(), 1u);
}

TEST_F(ConnectionTest, LogsNeverHoldTheWholeKeyId) {
  keys_ = RotatingKeys(2);
  AnswerError(401, "Unauthorized");
  Answer(200);
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_THAT(env_.log_text(), HasSubstr("credentials refreshed"));
  EXPECT_THAT(env_.log_text(), ::testing::Not(HasSubstr("c2VjcmV0")));
}

TEST_F(ConnectionTest, SkewRefusalAdoptsTheServersDate) {
  const auto ahead = std::chrono::hours(1);
  Answer(403, R"({"Code":"RequestTimeTooSkewed","Message":"x"})", ServerDate(ahead));
  Answer(200);
  Answer(200);
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_EQ(HeaderAt(0, "Date"), FormatHttpDate(env_.clock().Now()));
  EXPECT_EQ(HeaderAt(1, "Date"), FormatHttpDate(env_.clock().Now() + ahead));
  EXPECT_EQ(HeaderAt(2, "Date"), FormatHttpDate(env_.clock().Now() + ahead));
  EXPECT_EQ(keys_.refreshes(), 0);
}

TEST_F(ConnectionTest, SkewIsReadFromTheMessageBeforeTheDateHeader) {
  const WallTime server = env_.clock().Now() - std::chrono::hours(2);
  Answer(403,
         R"({"Code":"RequestTimeTooSkewed","Message":"max_interval_date:900000,)"
         "expire_date:2024-02-29T12:00:00.000Z,now_date:" +
             FormatRfc3339(server, Subseconds::kMilliseconds) + R"("})",
         ServerDate(milliseconds(0)));
  Answer(200);
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_EQ(HeaderAt(1, "Date"), FormatHttpDate(server));
}

TEST_F(ConnectionTest, SkewThatPersistsIsFinal) {
  for (int i = 0; i < 2; ++i) {
    Answer(403, R"({"Code":"RequestTimeTooSkewed"})",
           ServerDate(std::chrono::hours(i == 0 ? 1 : 5)));
  }
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), FailsBecause(reasons::kClockSkew));
  EXPECT_EQ(RequestCount(), 2u);
}

TEST_F(ConnectionTest, ExpiryWithCloseClocksIsTheTokens) {
  keys_ = RotatingKeys(2);
  Answer(400, R"({"Code":"ODPS-0410031"})", ServerDate(std::chrono::seconds(5)));
  Answer(200);
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_EQ(KeyAt(1), "KEY2");
  EXPECT_EQ(HeaderAt(1, "Date"), HeaderAt(0, "Date"));
}

TEST_F(ConnectionTest, ExpiryWithFarClocksIsTheDates) {
  keys_ = RotatingKeys(2);
  Answer(400, R"({"Code":"ODPS-0410031"})", ServerDate(std::chrono::minutes(-40)));
  Answer(200);
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_EQ(KeyAt(1), "KEY1");
  EXPECT_EQ(keys_.refreshes(), 0);
}

TEST_F(ConnectionTest, DateAndKeyAreEachPutRightOnce) {
  keys_ = RotatingKeys(2);
  Answer(400, R"({"Code":"ODPS-0410031"})", ServerDate(std::chrono::minutes(40)));
  Answer(400, R"({"Code":"ODPS-0410031"})", ServerDate(std::chrono::minutes(40)));
  Answer(200);
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_EQ(KeyAt(2), "KEY2");
}

TEST_F(ConnectionTest, TunnelAddressIsAskedOnce) {
  ClientConfig config = Config();
  config.tunnel_endpoint = "";
  config.quota_name = "fast";
  Answer(200, "dt.example.com:8080\n");
  Answer(200);
  Answer(200);
  Connection connection = New(config);
  EXPECT_THAT(connection.Send(ctx(), TunnelQuestion()), IsOk());
  EXPECT_THAT(connection.Send(ctx(), TunnelQuestion()), IsOk());
  EXPECT_EQ(UrlAt(0),
            "http://mc.example.com/api/projects/demo/tunnel?service&quotaName=fast"
            "&curr_project=demo");
  EXPECT_EQ(UrlAt(1), "http://dt.example.com:8080/projects/demo?curr_project=demo");
  EXPECT_EQ(UrlAt(2), UrlAt(1));
  EXPECT_EQ(RequestCount(), 3u);
}

TEST_F(ConnectionTest, TunnelAddressIsAskedOnceByManyThreads) {
  ClientConfig config = Config();
  config.tunnel_endpoint = "";
  transport_.SetDefault([](const http::Request& request) -> Result<http::Response> {
    const bool asked = request.url.find("/tunnel?service") != std::string::npos;
    return http::Response{.status = 200, .headers = {}, .body = asked ? "dt.example.com" : ""};
  });
  Connection connection = New(config);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] { EXPECT_THAT(connection.Send(ctx(), TunnelQuestion()), IsOk()); });
    }
  }
  int asked = 0;
  for (const auto& recorded : transport_.requests()) {
    if (recorded.request.url.find("/tunnel?service") != std::string::npos) ++asked;
  }
  EXPECT_EQ(asked, 1);
}

TEST_F(ConnectionTest, FailedDiscoveryIsAskedAgainByTheNextCall) {
  ClientConfig config = Config();
  config.tunnel_endpoint = "";
  AnswerError(404, "NoSuchProject");
  Answer(200, "dt.example.com");
  Answer(200);
  Connection connection = New(config);
  EXPECT_THAT(connection.Send(ctx(), TunnelQuestion()), FailsBecause(reasons::kNoSuchProject));
  EXPECT_THAT(connection.Send(ctx(), TunnelQuestion()), IsOk());
}

TEST_F(ConnectionTest, ConfiguredTunnelAddressWins) {
  Answer(200);
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), TunnelQuestion()), IsOk());
  EXPECT_EQ(UrlAt(0), "http://dt.example.com/projects/demo?curr_project=demo");
}

TEST_F(ConnectionTest, TunnelIsSignedWithVersionTwoEvenWithARegion) {
  ClientConfig config = Config();
  config.region = "cn-hangzhou";
  Answer(200);
  Answer(200);
  Connection connection = New(config);
  EXPECT_THAT(connection.Send(ctx(), Question()), IsOk());
  EXPECT_THAT(connection.Send(ctx(), TunnelQuestion()), IsOk());
  EXPECT_THAT(HeaderAt(0, "Authorization"), HasSubstr("aliyun_v4_request"));
  EXPECT_EQ(HeaderAt(1, "Authorization").find("aliyun_v4_request"), std::string::npos);
}

TEST_F(ConnectionTest, MissingCredentialsEndTheCallBeforeAnyRequest) {
  class NoKeys final : public CredentialsProvider {
   public:
    Result<std::shared_ptr<const Credentials>> Get() override {
      return Fail(Unauthenticated("none").Because(reasons::kCredentialsMissing));
    }
    bool Refresh(const Credentials&) override { return false; }
  };
  NoKeys no_keys;
  Connection connection(Config(), transport_, no_keys, env_.clock());
  EXPECT_THAT(connection.Send(ctx(), Question()), FailsBecause(reasons::kCredentialsMissing));
  EXPECT_EQ(RequestCount(), 0u);
}

TEST_F(ConnectionTest, StopEndsTheRetries) {
  AnswerLost();
  env_.Stop();
  Connection connection = New();
  EXPECT_THAT(connection.Send(ctx(), Question()), FailsWith(ErrorCode::kCancelled));
}

TEST(TunnelAddressTest, AcceptsHostsAndUrls) {
  EXPECT_EQ(ParseTunnelAddress("dt.example.com", "https")->ToString(), "https://dt.example.com");
  EXPECT_EQ(ParseTunnelAddress(" 127.0.0.1:81\n", "http")->ToString(), "http://127.0.0.1:81");
  EXPECT_EQ(ParseTunnelAddress("https://dt.example.com/", "http")->ToString(),
            "https://dt.example.com");
}

TEST(TunnelAddressTest, RefusesWhatIsNoAddressOrLessSafe) {
  for (const std::string_view bad : {"", " \n", "http://dt.example.com", "dt.example.com/api",
                                     "<html></html>", "user@host", "a b"}) {
    EXPECT_FALSE(ParseTunnelAddress(bad, "https").has_value()) << bad;
  }
}

}  // namespace
}  // namespace culvert::maxcompute::internal
