// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/error_mapping.h"

#include "libs/maxcompute/reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace culvert::maxcompute::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

http::Response Json(int status, std::string_view code, std::string_view message) {
  return {.status = status,
          .headers = {},
          .body = R"({"Code":")" + std::string(code) + R"(","Message":")" + std::string(message) +
                  R"(","RequestId":"req-1"})"};
}

http::Response Xml(int status, std::string_view code, std::string_view message) {
  return {.status = status,
          .headers = {},
          .body = R"(<?xml version="1.0" encoding="UTF-8"?><Error><Code>)" + std::string(code) +
                  "</Code><Message><![CDATA[" + std::string(message) +
                  "]]></Message><RequestId>req-1</RequestId><HostId>http://h</HostId></Error>"};
}

std::string ContextOf(const Error& error, std::string_view key) {
  for (const auto& [name, value] : error.context) {
    if (name == key) return value;
  }
  return "";
}

struct Case {
  int status;
  std::string_view code;
  std::string_view message;
  ErrorCode expected;
  std::string_view reason;
};

class ErrorMappingTableTest : public ::testing::TestWithParam<Case> {};

TEST_P(ErrorMappingTableTest, MapsJsonAndXmlAlike) {
  const Case& c = GetParam();
  for (const http::Response& response :
       {Json(c.status, c.code, c.message), Xml(c.status, c.code, c.message)}) {
    const Error error = MapFailure(response, "read table t", reasons::kNoSuchTable);
    EXPECT_EQ(ErrorCodeName(error.code), ErrorCodeName(c.expected)) << ToString(error);
    EXPECT_EQ(error.reason, c.reason) << ToString(error);
    EXPECT_EQ(ContextOf(error, "request_id"), "req-1");
    EXPECT_EQ(ContextOf(error, "status"), std::to_string(c.status));
  }
}

using enum ErrorCode;

INSTANTIATE_TEST_SUITE_P(
    Codes, ErrorMappingTableTest,
    ::testing::Values(
        Case{404, "NoSuchProject", "x", kNotFound, "NoSuchProject"},
        Case{404, "ODPS-0420111", "Project not found", kNotFound, "NoSuchProject"},
        Case{404, "NoSuchObject", "ODPS-0420111: Project not found", kNotFound, "NoSuchProject"},
        Case{404, "NoSuchTable", "x", kNotFound, "NoSuchTable"},
        Case{404, "NoSuchObject", "ODPS-0130131:Table not found", kNotFound, "NoSuchTable"},
        Case{404, "ODPS-0130131", "Table not found", kNotFound, "NoSuchTable"},
        Case{404, "NoSuchObject", "x", kNotFound, "NoSuchTable"},
        Case{404, "SomethingNew", "x", kNotFound, "NoSuchTable"},
        Case{404, "NoSuchPartition", "ODPS-0130131: x", kNotFound, "NoSuchPartition"},
        Case{404, "NoSuchSchema", "x", kNotFound, "NoSuchSchema"},
        Case{404, "NoSuchUpload", "x", kNotFound, "NoSuchUpload"},
        Case{404, "NoSuchDownload", "x", kNotFound, "NoSuchDownload"},
        Case{404, "UpsertSessionNotFound", "x", kNotFound, "NoSuchUpload"},
        Case{404, "StreamSessionNotFound", "x", kNotFound, "NoSuchUpload"},
        Case{404, "NoSuchData", "x", kNotFound, "NoSuchTable"},
        Case{404, "NoSuchInstance", "x", kNotFound, "NoSuchInstance"}));

INSTANTIATE_TEST_SUITE_P(
    Credentials, ErrorMappingTableTest,
    ::testing::Values(
        Case{401, "AuthorizationRequired", "x", kUnauthenticated, "CredentialsRejected"},
        Case{401, "Unauthorized", "x", kUnauthenticated, "CredentialsRejected"},
        Case{401, "SignatureNotMatch", "x", kUnauthenticated, "CredentialsRejected"},
        Case{401, "SignatureDoesNotMatch", "x", kUnauthenticated, "CredentialsRejected"},
        Case{401, "ODPS-0410042", "x", kUnauthenticated, "CredentialsRejected"},
        Case{401, "InvalidAccessKeyId", "x", kUnauthenticated, "CredentialsRejected"},
        Case{401, "ODPS-0410051", "x", kUnauthenticated, "CredentialsRejected"},
        Case{400, "InvalidParameter", "ODPS-0410051:Invalid credentials", kUnauthenticated,
             "CredentialsRejected"},
        Case{400, "ODPS-0410031", "x", kUnauthenticated, "CredentialsExpired"},
        Case{401, "Unauthorized", "ODPS-0410031: expired", kUnauthenticated, "CredentialsExpired"},
        Case{400, "AuthenticationRequestExpired", "x", kUnauthenticated, "CredentialsExpired"},
        Case{400, "RequestExpired", "x", kUnauthenticated, "CredentialsExpired"},
        Case{403, "RequestTimeTooSkewed", "x", kUnauthenticated, "ClockSkew"},
        Case{403, "RequestTimeTooSkewd", "x", kUnauthenticated, "ClockSkew"},
        Case{400, "ODPS-0410001", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "ODPS-0410011", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "ODPS-0410021", "x", kInvalidArgument, "InvalidParameter"},
        Case{403, "NoPermission", "x", kPermissionDenied, "PermissionDenied"},
        Case{403, "AccessDenied", "x", kPermissionDenied, "PermissionDenied"},
        Case{403, "ODPS-0420095", "x", kPermissionDenied, "PermissionDenied"},
        Case{403, "ODPS-0130013", "x", kPermissionDenied, "PermissionDenied"},
        Case{403, "SomethingNew", "x", kPermissionDenied, "PermissionDenied"},
        Case{401, "SomethingNew", "x", kUnauthenticated, "CredentialsRejected"}));

INSTANTIATE_TEST_SUITE_P(
    Requests, ErrorMappingTableTest,
    ::testing::Values(
        Case{400, "ODPS-0420031", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "ODPS-0420041", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "ODPS-0420051", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "ODPS-0420061", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "ODPS-0420411", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "InvalidParameter", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "InvalidArgument", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "InvalidColumn", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "InvalidBlockID", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "InvalidResourceSpec", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "SomethingNew", "x", kInvalidArgument, "InvalidParameter"},
        Case{411, "MissingContentLength", "x", kInvalidArgument, "InvalidParameter"},
        Case{400, "InvalidPartitionSpec", "x", kInvalidArgument, "InvalidPartitionSpec"},
        Case{400, "MissingPartitionSpec", "x", kInvalidArgument, "InvalidPartitionSpec"},
        Case{400, "InvalidRowRange", "x", kOutOfRange, "InvalidRowRange"},
        Case{405, "MethodNotAllowed", "x", kUnimplemented, "MethodNotAllowed"},
        Case{501, "NotImplemented", "x", kUnimplemented, "MethodNotAllowed"},
        Case{400, "ODPS-0130161", "x", kInvalidArgument, "SqlFailed"},
        Case{400, "ODPS-0123055", "x", kFailedPrecondition, "SqlFailed"},
        Case{400, "TaskFailed", "x", kFailedPrecondition, "SqlFailed"}));

INSTANTIATE_TEST_SUITE_P(
    States, ErrorMappingTableTest,
    ::testing::Values(
        Case{409, "StatusConflict", "x", kFailedPrecondition, "StatusConflict"},
        Case{403, "StatusConflict", "x", kFailedPrecondition, "StatusConflict"},
        Case{403, "InvalidStatusChange", "x", kFailedPrecondition, "StatusConflict"},
        Case{409, "SomethingNew", "x", kFailedPrecondition, "StatusConflict"},
        Case{409, "TableModified", "x", kFailedPrecondition, "TableModified"},
        Case{412, "ObjectModified", "x", kFailedPrecondition, "TableModified"},
        Case{412, "SchemaModified", "x", kFailedPrecondition, "SchemaModified"},
        Case{403, "InConsistentBlockList", "x", kFailedPrecondition, "InconsistentBlockList"},
        Case{400, "OverwriteModeNotAllowed", "x", kFailedPrecondition, "OverwriteConflict"},
        Case{403, "InstanceNotTerminate", "x", kFailedPrecondition, "InstanceNotTerminated"},
        Case{409, "InstanceNotTerminated", "x", kFailedPrecondition, "InstanceNotTerminated"},
        Case{302, "SomethingNew", "x", kFailedPrecondition, "Redirected"}));

INSTANTIATE_TEST_SUITE_P(
    Later, ErrorMappingTableTest,
    ::testing::Values(Case{429, "FlowExceeded", "x", kResourceExhausted, "Throttled"},
                      Case{429, "SlotExceeded", "x", kResourceExhausted, "Throttled"},
                      Case{429, "QPSExceeded", "x", kResourceExhausted, "Throttled"},
                      Case{429, "RequestQuotaExceeded", "x", kResourceExhausted, "Throttled"},
                      Case{429, "NoSuchTable", "x", kResourceExhausted, "Throttled"},
                      Case{503, "SlotExceeded", "x", kResourceExhausted, "Throttled"},
                      Case{308, "SomethingNew", "x", kResourceExhausted, "SlotReassigned"},
                      Case{500, "InternalServerError", "x", kUnavailable, "ServerError"},
                      Case{500, "ODPS-0010000", "x", kUnavailable, "ServerError"},
                      Case{500, "ODPS-0420153", "x", kUnavailable, "ServerError"},
                      Case{500, "ODPS-0430055", "x", kUnavailable, "ServerError"},
                      Case{500, "ODPS-0110141", "x", kUnavailable, "ServerError"},
                      Case{500, "DataStoreError", "x", kUnavailable, "ServerError"},
                      Case{503, "ServiceUnavailable", "x", kUnavailable, "ServerError"},
                      Case{409, "DataUnderReplication", "x", kUnavailable, "ServerError"},
                      Case{409, "DataVersionConflict", "x", kUnavailable, "ServerError"},
                      Case{408, "SomethingNew", "x", kUnavailable, "ServerError"},
                      Case{504, "SomethingNew", "x", kUnavailable, "ServerError"},
                      Case{400, "CorruptedDataStream", "x", kDataLoss, "CorruptedStream"},
                      Case{400, "MalformedDataStream", "x", kDataLoss, "CorruptedStream"},
                      Case{400, "IncompleteBody", "x", kDataLoss, "CorruptedStream"},
                      Case{400, "ChecksumError", "x", kDataLoss, "CorruptedStream"}));

TEST(ErrorMappingTest, UnreadableBodiesAreToldByTheirStatus) {
  for (const std::string_view body :
       {"", "<html><body>502 Bad Gateway nginx</body></html>", "{\"Code\":", "[1]", "\xff\xfe",
        "{\"Code\":7}", "<Error><Code>x"}) {
    const http::Response response{.status = 502, .headers = {}, .body = std::string(body)};
    const Error error = MapFailure(response, "read table t", "");
    EXPECT_EQ(error.code, kUnavailable) << body;
    EXPECT_EQ(error.message, "could not read table t: the service answered with status 502");
  }
}

TEST(ErrorMappingTest, RequestIdComesFromTheHeaderWhenTheBodyHasNone) {
  http::Response response{.status = 500, .headers = {}, .body = ""};
  response.headers.Set("x-odps-request-id", "from-header");
  EXPECT_EQ(ContextOf(MapFailure(response, "do", ""), "request_id"), "from-header");
}

TEST(ErrorMappingTest, RetryAfterSecondsAreTaken) {
  http::Response response = Json(429, "FlowExceeded", "x");
  response.headers.Set("Retry-After", "7");
  EXPECT_EQ(MapFailure(response, "do", "").retry_after, std::chrono::seconds(7));
}

TEST(ErrorMappingTest, RetryAfterDateCountsFromTheServersDate) {
  http::Response response = Json(429, "FlowExceeded", "x");
  response.headers.Set("Date", "Thu, 29 Feb 2024 12:00:00 GMT");
  response.headers.Set("Retry-After", "Thu, 29 Feb 2024 12:00:09 GMT");
  EXPECT_EQ(MapFailure(response, "do", "").retry_after, std::chrono::seconds(9));
}

TEST(ErrorMappingTest, AbsurdRetryAfterIsIgnoredOrCapped) {
  http::Response response = Json(429, "FlowExceeded", "x");
  response.headers.Set("Retry-After", "-5");
  EXPECT_EQ(MapFailure(response, "do", "").retry_after, std::nullopt);
  response.headers.Set("Retry-After", "soon");
  EXPECT_EQ(MapFailure(response, "do", "").retry_after, std::nullopt);
  response.headers.Set("Retry-After", "999999999");
  EXPECT_EQ(MapFailure(response, "do", "").retry_after, std::chrono::hours(1));
}

TEST(ErrorMappingTest, HoldClientMillisIsTakenAsTextOrNumberAndCapped) {
  const auto hold = [](std::string_view value) {
    const http::Response response{
        .status = 429,
        .headers = {},
        .body = R"({"Code":"FlowExceeded","HoldClientMillis":)" + std::string(value) + "}"};
    return MapFailure(response, "do", "").retry_after;
  };
  EXPECT_EQ(hold("\"500\""), std::chrono::milliseconds(500));
  EXPECT_EQ(hold("250"), std::chrono::milliseconds(250));
  EXPECT_EQ(hold("99999999"), std::chrono::milliseconds(10'000));
  EXPECT_EQ(hold("-1"), std::nullopt);
}

TEST(ErrorMappingTest, SubmitThrottlingIsAConflictWithRetryAfter) {
  http::Response response = Xml(409, "SomethingNew", "slow down");
  response.headers.Set("Retry-After", "3");
  const Error error = MapFailure(response, "submit sql", "");
  EXPECT_EQ(error.code, kResourceExhausted);
  EXPECT_EQ(error.reason, reasons::kThrottled);
}

TEST(ErrorMappingTest, MessageHoldsTheCodeAndWhatTheServiceSays) {
  EXPECT_EQ(
      MapFailure(Json(404, "NoSuchTable", "table demo.t is gone"), "read table t", "").message,
      "could not read table t: NoSuchTable: table demo.t is gone");
}

TEST(ErrorMappingTest, LongMessagesAreCut) {
  const Error error =
      MapFailure(Json(500, "InternalServerError", std::string(5000, 'x')), "do", "");
  EXPECT_LE(error.message.size(), 300u);
}

TEST(ErrorMappingTest, CredentialFailuresSayNothingOfWhatTheServiceEchoes) {
  const Error error = MapFailure(
      Json(401, "SignatureNotMatch", "string to sign is GET secretcanary signature abc="),
      "read table t", "");
  EXPECT_THAT(error.message, Not(HasSubstr("canary")));
  EXPECT_EQ(error.message,
            "could not read table t: the service does not accept the access key "
            "(SignatureNotMatch)");
}

TEST(ErrorMappingTest, EchoedHeadersAndQueriesAreLeftOut) {
  EXPECT_EQ(ScrubMessage("bad request: Authorization: ODPS AK:canary", 200), "bad request:");
  EXPECT_EQ(ScrubMessage("see http://h/p?token=canary now", 200), "see");
  EXPECT_EQ(ScrubMessage("see http://h/p?a=canary now", 200), "see http://h/p now");
  EXPECT_EQ(ScrubMessage("x-odps-tunnel-version: 6", 200), "");
}

TEST(ErrorMappingTest, WordsOfStatementsAreKept) {
  EXPECT_EQ(ScrubMessage("[1,8] Parse exception - invalid token 'selec'", 200),
            "[1,8] Parse exception - invalid token 'selec'");
  EXPECT_EQ(ScrubMessage("where a ? b and c = 1", 200), "where a ? b and c = 1");
}

TEST(ErrorMappingTest, MessagesBecomeOneLine) {
  EXPECT_EQ(ScrubMessage("  a\r\n\tb\x01 c  ", 200), "a b c");
}

TEST(ErrorMappingTest, CutsKeepWholeCharacters) {
  EXPECT_EQ(ScrubMessage("äöü", 3), "ä");
  EXPECT_EQ(ScrubMessage("äöü", 4), "äö");
}

TEST(ErrorMappingTest, FindsOdpsCodes) {
  EXPECT_EQ(FindOdpsCode("FAILED: ODPS-0130131:[1,15] Table not found"), "ODPS-0130131");
  EXPECT_EQ(FindOdpsCode("ODPS-x ODPS-0420111"), "ODPS-0420111");
  EXPECT_EQ(FindOdpsCode("ODPS-12"), "");
  EXPECT_EQ(FindOdpsCode(""), "");
}

}  // namespace
}  // namespace culvert::maxcompute::internal
