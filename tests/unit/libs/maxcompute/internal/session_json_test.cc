// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/session_json.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::maxcompute::internal {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOk;

constexpr std::string_view kSessionSchema =
    R"({"IsVirtualView":false,"columns":[{"column_id":"0","comment":"c","default_value":"7",)"
    R"("name":"id","nullable":false,"type":"bigint"},)"
    R"x({"name":"v","type":"decimal(10,2)"}],)x"
    R"("partitionKeys":[{"column_id":"1","name":"dt","nullable":true,"type":"string"}]})";

std::string Download(std::string_view record_count, std::string_view status = "normal") {
  return R"({"DownloadID":"d1","Owner":"o","RecordCount":)" + std::string(record_count) +
         R"(,"Schema":)" + std::string(kSessionSchema) + R"(,"Status":")" + std::string(status) +
         "\"}";
}

std::string Upload(std::string_view blocks, std::string_view status = "normal") {
  return R"({"UploadID":"u1","IsOverwrite":true,"MaxFieldSize":1048576,"Schema":)" +
         std::string(kSessionSchema) + R"(,"Status":")" + std::string(status) +
         R"(","UploadedBlockList":)" + std::string(blocks) + "}";
}

TEST(SessionJsonTest, ReadsADownload) {
  const auto session = ReadDownloadSession(Download("12345"));
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->id, "d1");
  EXPECT_EQ(session->status, DownloadStatus::kNormal);
  EXPECT_EQ(session->record_count, 12345u);
  ASSERT_EQ(session->schema.columns.size(), 2u);
  EXPECT_EQ(session->schema.columns[0].name, "id");
  EXPECT_FALSE(session->schema.columns[0].nullable);
  EXPECT_EQ(session->schema.columns[0].default_value, "7");
  EXPECT_TRUE(session->schema.columns[1].nullable);
  EXPECT_EQ(session->schema.columns[1].type.ToString(), "decimal(10,2)");
  ASSERT_EQ(session->schema.partition_keys.size(), 1u);
  EXPECT_EQ(session->schema.partition_keys[0].name, "dt");
}

TEST(SessionJsonTest, CountsAre64Bit) {
  EXPECT_EQ(ReadDownloadSession(Download("2147483653"))->record_count, 2147483653u);
  EXPECT_EQ(ReadDownloadSession(Download("\"9223372036854775808\""))->record_count,
            9223372036854775808u);
}

TEST(SessionJsonTest, AbsentNegativeOrFractionalCountsAreRefused) {
  for (const std::string_view bad :
       {"-1", "null", "1.5", "\"x\"", "18446744073709551616", "true"}) {
    const auto session = ReadDownloadSession(Download(bad));
    EXPECT_THAT(session, FailsWith(ErrorCode::kInternal)) << bad;
    EXPECT_THAT(session, FailsBecause("UnexpectedAnswer")) << bad;
  }
}

TEST(SessionJsonTest, AnInitiatingDownloadHasNeitherCountNorSchema) {
  const auto session = ReadDownloadSession(R"({"DownloadID":"d1","Status":"INITIATING"})");
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->status, DownloadStatus::kInitiating);
}

TEST(SessionJsonTest, StatusesAreReadInAnyCase) {
  EXPECT_EQ(DownloadStatusFromName("Normal"), DownloadStatus::kNormal);
  EXPECT_EQ(DownloadStatusFromName("closed"), DownloadStatus::kClosed);
  EXPECT_EQ(DownloadStatusFromName("CLOSES"), DownloadStatus::kClosed);
  EXPECT_EQ(DownloadStatusFromName("expired"), DownloadStatus::kExpired);
  EXPECT_EQ(DownloadStatusFromName("new"), DownloadStatus::kUnknown);
  EXPECT_EQ(UploadStatusFromName("Committing"), UploadStatus::kCommitting);
  EXPECT_EQ(UploadStatusFromName("closing"), UploadStatus::kClosing);
  EXPECT_EQ(UploadStatusFromName("canceled"), UploadStatus::kCanceled);
  EXPECT_EQ(UploadStatusFromName("critical"), UploadStatus::kCritical);
  EXPECT_EQ(UploadStatusFromName("new"), UploadStatus::kUnknown);
}

TEST(SessionJsonTest, ReadsAnUploadWithItsBlocks) {
  const auto session = ReadUploadSession(
      Upload(R"([{"BlockID":0,"CreateTime":1709208000,"Date":"x","FileName":"0","RecordCount":10,)"
             R"("Version":0},{"BlockID":19999,"RecordCount":4294967299}])"));
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->id, "u1");
  EXPECT_TRUE(session->overwrite);
  EXPECT_EQ(session->field_bytes_max, 1048576u);
  ASSERT_EQ(session->blocks.size(), 2u);
  EXPECT_EQ(session->blocks[0].created_seconds, 1709208000);
  EXPECT_EQ(session->blocks[1].block_id, 19999u);
  EXPECT_EQ(session->blocks[1].record_count, 4294967299u);
}

TEST(SessionJsonTest, BlocksWithoutIdOrCountAreRefused) {
  for (const std::string_view bad :
       {R"([{"RecordCount":1}])", R"([{"BlockID":1}])", R"([{"BlockID":-1,"RecordCount":1}])",
        R"([{"BlockID":1,"RecordCount":-1}])", "[7]", "{}", "\"x\""}) {
    EXPECT_THAT(ReadUploadSession(Upload(bad)), FailsBecause("UnexpectedAnswer")) << bad;
  }
}

TEST(SessionJsonTest, AClosedUploadNeedsNoSchema) {
  const auto session = ReadUploadSession(R"({"UploadID":"u1","Status":"closed"})");
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->status, UploadStatus::kClosed);
  EXPECT_EQ(session->field_bytes_max, 8u * 1024 * 1024);
  EXPECT_THAT(ReadUploadSession(R"({"UploadID":"u1","Status":"normal"})"),
              FailsBecause("UnexpectedAnswer"));
}

TEST(SessionJsonTest, RefusesWhatIsNoSession) {
  for (const std::string_view bad :
       {"", "null", "[]", "{}", "<html/>", R"({"DownloadID":""})", R"({"UploadID":7})"}) {
    EXPECT_THAT(ReadDownloadSession(bad), FailsBecause("UnexpectedAnswer")) << bad;
    EXPECT_THAT(ReadUploadSession(bad), FailsBecause("UnexpectedAnswer")) << bad;
  }
}

}  // namespace
}  // namespace culvert::maxcompute::internal
