// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/api_error.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace culvert::kube {
namespace {

http::Response Answer(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TEST(ApiErrorTest, CodeFollowsStatusAndReasonFollowsTheServer) {
  struct Case {
    int status;
    const char* reason;
    ErrorCode code;
  };
  for (const Case& c :
       {Case{400, "BadRequest", ErrorCode::kInvalidArgument},
        Case{401, "Unauthorized", ErrorCode::kUnauthenticated},
        Case{403, "Forbidden", ErrorCode::kPermissionDenied},
        Case{404, "NotFound", ErrorCode::kNotFound},
        Case{409, "AlreadyExists", ErrorCode::kAlreadyExists},
        Case{409, "Conflict", ErrorCode::kAborted}, Case{410, "Expired", ErrorCode::kAborted},
        Case{422, "Invalid", ErrorCode::kInvalidArgument},
        Case{429, "TooManyRequests", ErrorCode::kResourceExhausted},
        Case{500, "InternalError", ErrorCode::kUnavailable},
        Case{504, "Timeout", ErrorCode::kUnavailable}}) {
    const Error error = ErrorFromResponse(Answer(
        c.status,
        std::string(R"({"kind":"Status","message":"said so","reason":")") + c.reason + R"("})"));
    EXPECT_EQ(error.code, c.code) << c.status;
    EXPECT_EQ(error.reason, c.reason);
    EXPECT_EQ(error.message, "said so");
  }
}

TEST(ApiErrorTest, AnAnswerThatIsNoStatusStillSaysSomething) {
  const Error error = ErrorFromResponse(Answer(503, "<html>no</html>"));
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.message, "the API server answered 503");
}

TEST(ApiErrorTest, GoneInAStreamMeansExpired) {
  const Error error =
      ErrorFromResponse(Answer(410, R"({"kind":"Status","reason":"Gone","message":"too old"})"));
  EXPECT_EQ(error.reason, kReasonExpired);
}

TEST(ApiErrorTest, ACauseThatSaysMoreIsTheReason) {
  const char* const text = R"({"kind":"Status","code":403,"reason":"Forbidden","message":"no",
      "details":{"causes":[{"reason":"Other"},{"reason":"NamespaceTerminating",
                            "message":"namespace a is being terminated"}]}})";
  EXPECT_EQ(ErrorFromResponse(Answer(403, text)).reason, kReasonNamespaceTerminating);
  EXPECT_EQ(ErrorFromResponse(Answer(403, text)).code, ErrorCode::kPermissionDenied);
  for (const char* odd : {R"("details":7)", R"("details":{"causes":{}})",
                          R"("details":{"causes":[7,{"reason":7}]})"}) {
    const std::string body = R"({"kind":"Status","reason":"Forbidden",)" + std::string(odd) + "}";
    EXPECT_EQ(ErrorFromResponse(Answer(403, body)).reason, "Forbidden") << odd;
  }
}

TEST(ApiErrorTest, RetryAfterIsKept) {
  http::Response response = Answer(429, "");
  response.headers.Add("Retry-After", "7");
  EXPECT_EQ(ErrorFromResponse(response).retry_after, std::chrono::milliseconds(7'000));
  response.headers.Set("Retry-After", "soon");
  EXPECT_FALSE(ErrorFromResponse(response).retry_after.has_value());
}

TEST(ApiErrorTest, LongMessagesAreCut) {
  const Error error = ErrorFromResponse(
      Answer(500, R"({"kind":"Status","message":")" + std::string(5'000, 'x') + R"("})"));
  EXPECT_EQ(error.message.size(), 1'000u);
}

}  // namespace
}  // namespace culvert::kube
