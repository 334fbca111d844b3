// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/tunnel_json.h"

#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

TEST(TunnelJsonTest, SpellsADownloadAsSdksReadIt) {
  DownloadSession session;
  session.id = "d1";
  session.created_seconds = 1709208000;
  session.schema.columns = {TestColumn("id", "bigint", false)};
  session.schema.partition_keys = {TestColumn("dt", "string")};
  session.rows = 5'000'000'000;
  EXPECT_EQ(
      DownloadJson(session, DownloadState::kNormal, "ALIYUN$me"),
      R"({"DownloadID":"d1","Initiated":"Thu, 29 Feb 2024 12:00:00 GMT","Owner":"ALIYUN$me","QuotaName":"default",)"
      R"("RecordCount":5000000000,"Schema":{"IsVirtualView":false,"columns":[{"column_id":"0","comment":"",)"
      R"("default_value":"","name":"id","nullable":false,"type":"bigint"}],"partitionKeys":[{"column_id":"1",)"
      R"("comment":"","default_value":"","name":"dt","nullable":true,"type":"string"}]},"Status":"normal",)"
      R"("SupportReadByRawSize":false})");
}

TEST(TunnelJsonTest, ListsBlocksWithTheTypesThatGoReads) {
  UploadView session;
  session.id = "u1";
  session.overwrite = true;
  session.state = UploadState::kClosed;
  session.blocks = {
      {.id = 3, .records = 10, .bytes = 99, .version = 0, .created_seconds = 1709208000}};
  const std::string json = UploadJson(session, "o", 8, BlockList::kShown);
  EXPECT_NE(
      json.find(
          R"("UploadedBlockList":[{"BlockID":3,"CreateTime":1709208000,"Date":"Thu, 29 Feb 2024 12:00:00 GMT","FileName":"3","RecordCount":10,"Version":0}])"),
      std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("IsOverwrite":true)"), std::string::npos);
  EXPECT_NE(json.find(R"("Status":"closed")"), std::string::npos);
  EXPECT_NE(json.find(R"("MaxFieldSize":8)"), std::string::npos);
  EXPECT_NE(UploadJson(session, "o", 8, BlockList::kLeftOut).find(R"("UploadedBlockList":[])"),
            std::string::npos);
}

}  // namespace
}  // namespace culvert::emulator
