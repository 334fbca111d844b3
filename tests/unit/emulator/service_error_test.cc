// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/service_error.h"

#include "tests/unit/emulator/fake_exchange.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

TEST(ServiceErrorTest, TakesTheReasonForItsCode) {
  const ServiceError error =
      ToServiceError(NotFound("table p.t cannot be resolved").Because("NoSuchTable"));
  EXPECT_EQ(error.status, 404);
  EXPECT_EQ(error.code, "NoSuchTable");
  EXPECT_EQ(error.message, "ODPS-0130131:Table not found - table p.t cannot be resolved");
}

TEST(ServiceErrorTest, TakesTheClassWithoutAReason) {
  EXPECT_EQ(ToServiceError(InvalidArgument("x")).status, 400);
  EXPECT_EQ(ToServiceError(NotFound("x")).status, 404);
  EXPECT_EQ(ToServiceError(AlreadyExists("x")).status, 409);
  EXPECT_EQ(ToServiceError(Unimplemented("x")).status, 501);
  EXPECT_EQ(ToServiceError(Internal("x")).status, 500);
  EXPECT_EQ(ToServiceError(DataLoss("x")).code, "CorruptedDataStream");
}

TEST(ServiceErrorTest, RoundsRetryAfterUp) {
  Error error = ResourceExhausted("x").Because("FlowExceeded");
  error.retry_after = std::chrono::milliseconds(1500);
  EXPECT_EQ(ToServiceError(error).retry_after_seconds, 2);
  EXPECT_EQ(ToServiceError(error).status, 429);
}

TEST(ServiceErrorTest, HasAllFourChildrenInXml) {
  http::Headers headers;
  headers.Set("Host", "h:1");
  FakeExchange exchange("GET", "/x", headers);
  Call call{
      .exchange = exchange, .request_id = "r", .operation = {}, .access_key_id = {}, .params = {}};
  RespondXmlError(call, InvalidArgument("a < b"));
  EXPECT_EQ(exchange.answer,
            "<?xml version=\"1.0\" "
            "encoding=\"UTF-8\"?>\n<Error><Code>InvalidArgument</Code><Message>a &lt; "
            "b</Message><RequestId>r</RequestId><HostId>http://h:1</HostId></Error>");
}

TEST(ServiceErrorTest, IsJsonOnTunnel) {
  FakeExchange exchange("GET", "/x");
  Call call{
      .exchange = exchange, .request_id = "r", .operation = {}, .access_key_id = {}, .params = {}};
  RespondJsonError(call, NotFound("m").Because("NoSuchPartition"));
  EXPECT_EQ(exchange.status, 404);
  EXPECT_EQ(exchange.answer, R"({"Code":"NoSuchPartition","Message":"m","RequestId":"r"})");
}

TEST(EscapeXmlTest, EscapesMarkupAndReplacesControls) {
  EXPECT_EQ(EscapeXml("a&<>\"'\n\x01"), "a&amp;&lt;&gt;&quot;&apos;\n\xEF\xBF\xBD");
}

}  // namespace
}  // namespace culvert::emulator
