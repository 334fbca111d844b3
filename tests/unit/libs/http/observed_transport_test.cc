// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/observed_transport.h"

#include "libs/base/digest.h"
#include "libs/base/log.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_transport.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::http {
namespace {

using test::FailsWith;
using test::IsOk;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(RedactUrlTest, KeepsOnlyTheValuesThatMayBeShown) {
  EXPECT_EQ(RedactUrl("https://h/p/t", {}), "https://h/p/t");
  EXPECT_EQ(RedactUrl("https://h/t?uploads&uploadid=secret&blockid=3&x=", {"blockid"}),
            "https://h/t?uploads&uploadid=…&blockid=3&x=…");
  EXPECT_EQ(RedactUrl("https://h/t?", {"a"}), "https://h/t?");
  EXPECT_EQ(RedactUrl("https://h/t?a=b=c&=d", {}), "https://h/t?a=…&=…");
}

/// A transport over a fake one, whose requests take a second each.
class ObservedTransportTest : public testing::Test, private RequestObserver {
 protected:
  Request Put() const {
    Request request{
        .method = "PUT", .url = "https://h/t?blockid=3&sig=abc", .headers = {}, .body = {}};
    request.headers.Add("Authorization", "ODPS key:hush");
    return request;
  }
  OpContext ctx() { return {.stop = {}, .clock = clock_, .log = log_}; }

  test::FakeClock clock_;
  std::string text_;
  Logger log_{LogLevel::kDebug, clock_, [this](std::string_view line) { text_ += line; }};
  test::FakeTransport fake_;
  std::vector<std::string> seen_;
  std::unique_ptr<Transport> observed_ = ObserveTransport(
      fake_, *this, {.shown_parameters = {"blockid"}, .request_id_header = "x-request-id"});

  void Answer(int status) {
    fake_.Push([this, status](const Request&) {
      clock_.Advance(std::chrono::seconds(1));
      Response response;
      response.status = status;
      response.headers.Add("x-request-id", "id-7");
      return response;
    });
  }

 private:
  void OnRequest(const ObservedRequest& request) override {
    seen_.push_back(std::string(request.method) + " " + std::string(request.url) + " " +
                    std::to_string(request.status) + " " +
                    std::to_string(request.took / std::chrono::milliseconds(1)));
  }
};

TEST_F(ObservedTransportTest, TellsOfEveryKindOfRequest) {
  Answer(200);
  Answer(404);
  Answer(201);
  ASSERT_THAT(observed_->Send(ctx(), Put()), IsOk());
  ASSERT_THAT(observed_->Download(ctx(), Put()), IsOk());
  auto upload = observed_->Upload(ctx(), Put());
  ASSERT_THAT(upload, IsOk());
  ASSERT_THAT((*upload)->Write(ctx(), AsBytes("body")), IsOk());
  EXPECT_EQ(seen_.size(), 2U);  // an upload is over with its answer
  ASSERT_THAT((*upload)->Finish(ctx()), IsOk());
  upload->reset();
  EXPECT_THAT(seen_, ElementsAre("PUT https://h/t?blockid=3&sig=abc 200 1000",
                                 "PUT https://h/t?blockid=3&sig=abc 404 1000",
                                 "PUT https://h/t?blockid=3&sig=abc 201 1000"));
  EXPECT_EQ(fake_.requests().back().request.body, "body");
}

TEST_F(ObservedTransportTest, NoAnswerIsStatusZero) {
  fake_.Push(Unavailable("connection refused"));
  EXPECT_THAT(observed_->Send(ctx(), Put()), FailsWith(ErrorCode::kUnavailable));
  fake_.Push(Unavailable("connection refused"));
  EXPECT_THAT(observed_->Download(ctx(), Put()), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(observed_->Upload(ctx(), Put()), IsOk());  // dropped at once: cut short
  EXPECT_THAT(seen_, ElementsAre("PUT https://h/t?blockid=3&sig=abc 0 0",
                                 "PUT https://h/t?blockid=3&sig=abc 0 0",
                                 "PUT https://h/t?blockid=3&sig=abc 0 0"));
  EXPECT_THAT(text_, HasSubstr("connection refused"));
}

TEST_F(ObservedTransportTest, TheLogHoldsNoSignature) {
  Answer(200);
  ASSERT_THAT(observed_->Send(ctx(), Put()), IsOk());
  EXPECT_THAT(text_, HasSubstr("\"url\":\"https://h/t?blockid=3&sig=…\",\"status\":200"));
  EXPECT_THAT(text_, HasSubstr("\"request_id\":\"id-7\""));
  EXPECT_THAT(text_, Not(HasSubstr("abc")));
  EXPECT_THAT(text_, Not(HasSubstr("hush")));
}

}  // namespace
}  // namespace culvert::http
