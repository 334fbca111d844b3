// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/tunnel_json.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>

namespace culvert::emulator {
namespace {

using nlohmann::json;

std::string Date(std::int64_t seconds) {
  return FormatHttpDate(WallTime(std::chrono::seconds(seconds)));
}

json ColumnJson(const record::Column& column, std::size_t id) {
  return json{{"column_id", std::to_string(id)},
              {"comment", column.comment},
              {"default_value", column.default_value.value_or("")},
              {"name", column.name},
              {"nullable", column.nullable},
              {"type", column.type.ToString()}};
}

json SchemaJson(const record::Schema& schema) {
  json columns = json::array();
  json keys = json::array();
  std::size_t id = 0;
  for (const record::Column& column : schema.columns) columns.push_back(ColumnJson(column, id++));
  for (const record::Column& key : schema.partition_keys) keys.push_back(ColumnJson(key, id++));
  return json{{"IsVirtualView", false},
              {"columns", std::move(columns)},
              {"partitionKeys", std::move(keys)}};
}

}  // namespace

std::string DownloadJson(const DownloadSession& session, DownloadState state,
                         const std::string& owner) {
  return DumpJson(json{{"DownloadID", session.id},
                       {"Initiated", Date(session.created_seconds)},
                       {"Owner", owner},
                       {"RecordCount", session.rows},
                       {"Schema", SchemaJson(session.schema)},
                       {"Status", state == DownloadState::kNormal ? "normal" : "expired"},
                       {"QuotaName", "default"},
                       {"SupportReadByRawSize", false}});
}

std::string UploadJson(const UploadView& session, const std::string& owner,
                       std::uint64_t field_bytes_max, BlockList blocks) {
  json list = json::array();
  if (blocks == BlockList::kShown) {
    for (const UploadBlock& block : session.blocks) {
      list.push_back(json{{"BlockID", block.id},
                          {"CreateTime", block.created_seconds},
                          {"Date", Date(block.created_seconds)},
                          {"FileName", std::to_string(block.id)},
                          {"RecordCount", block.records},
                          {"Version", block.version}});
    }
  }
  return DumpJson(json{{"UploadID", session.id},
                       {"Initiated", Date(session.created_seconds)},
                       {"IsOverwrite", session.overwrite},
                       {"Owner", owner},
                       {"MaxFieldSize", field_bytes_max},
                       {"Schema", SchemaJson(session.schema)},
                       {"Status", UploadStateName(session.state)},
                       {"UploadedBlockList", std::move(list)},
                       {"QuotaName", "default"}});
}

}  // namespace culvert::emulator
