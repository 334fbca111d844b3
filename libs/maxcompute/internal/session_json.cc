// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/session_json.h"

#include "libs/base/json.h"
#include "libs/maxcompute/internal/schema_json.h"

#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <utility>

namespace culvert::maxcompute::internal {
namespace {

using nlohmann::json;

template <typename E>
using Named = std::pair<std::string_view, E>;

constexpr auto kDownloadStatuses = std::to_array<Named<DownloadStatus>>({
    {"INITIATING", DownloadStatus::kInitiating},
    {"NORMAL", DownloadStatus::kNormal},
    {"CLOSED", DownloadStatus::kClosed},
    {"CLOSES", DownloadStatus::kClosed},  // as one of the official clients spells it
    {"EXPIRED", DownloadStatus::kExpired},
});

constexpr auto kUploadStatuses = std::to_array<Named<UploadStatus>>({
    {"UNKNOWN", UploadStatus::kUnknown},
    {"NORMAL", UploadStatus::kNormal},
    {"CLOSING", UploadStatus::kClosing},
    {"CLOSED", UploadStatus::kClosed},
    {"CANCELED", UploadStatus::kCanceled},
    {"EXPIRED", UploadStatus::kExpired},
    {"CRITICAL", UploadStatus::kCritical},
    {"COMMITTING", UploadStatus::kCommitting},
});

Result<json> ReadObject(std::string_view body) {
  CULVERT_ASSIGN_OR_RETURN(json object, ParseJson(body));
  if (!object.is_object()) return Fail(InvalidArgument("it is no json object"));
  return object;
}

Result<std::string> ReadId(const json& object, std::string_view key) {
  CULVERT_ASSIGN_OR_RETURN(std::string id, JsonString(object, key));
  if (id.empty()) return Fail(InvalidArgument("its " + std::string(key) + " is empty"));
  return id;
}

Result<record::Schema> ReadSessionSchema(const json& object) {
  const auto schema = object.find("Schema");
  if (schema == object.end()) return Fail(InvalidArgument("it has no Schema"));
  return ReadSchema(*schema, kTunnelColumnKeys);
}

Result<DownloadSession> TryReadDownload(std::string_view body) {
  CULVERT_ASSIGN_OR_RETURN(const json object, ReadObject(body));
  DownloadSession session;
  CULVERT_ASSIGN_OR_RETURN(session.id, ReadId(object, "DownloadID"));
  CULVERT_ASSIGN_OR_RETURN(const std::string status, JsonString(object, "Status"));
  session.status = DownloadStatusFromName(status);
  if (session.status != DownloadStatus::kNormal) return session;
  CULVERT_ASSIGN_OR_RETURN(session.record_count, JsonUint64(object, "RecordCount"));
  CULVERT_ASSIGN_OR_RETURN(session.schema, ReadSessionSchema(object));
  return session;
}

Result<UploadedBlock> ReadBlock(const json& item) {
  UploadedBlock block;
  CULVERT_ASSIGN_OR_RETURN(block.block_id, JsonUint64(item, "BlockID"));
  CULVERT_ASSIGN_OR_RETURN(block.record_count, JsonUint64(item, "RecordCount"));
  CULVERT_ASSIGN_OR_RETURN(block.created_seconds, JsonInt64Or(item, "CreateTime", 0));
  return block;
}

Result<UploadSession> TryReadUpload(std::string_view body) {
  CULVERT_ASSIGN_OR_RETURN(const json object, ReadObject(body));
  UploadSession session;
  CULVERT_ASSIGN_OR_RETURN(session.id, ReadId(object, "UploadID"));
  CULVERT_ASSIGN_OR_RETURN(const std::string status, JsonString(object, "Status"));
  session.status = UploadStatusFromName(status);
  CULVERT_ASSIGN_OR_RETURN(session.overwrite, JsonBoolOr(object, "IsOverwrite", false));
  CULVERT_ASSIGN_OR_RETURN(session.field_bytes_max,
                           JsonUint64Or(object, "MaxFieldSize", session.field_bytes_max));
  if (session.status == UploadStatus::kNormal) {
    CULVERT_ASSIGN_OR_RETURN(session.schema, ReadSessionSchema(object));
  }
  const auto blocks = object.find("UploadedBlockList");
  if (blocks == object.end() || blocks->is_null()) return session;
  if (!blocks->is_array()) return Fail(InvalidArgument("its UploadedBlockList is no list"));
  session.blocks.reserve(blocks->size());
  for (const json& item : *blocks) {
    CULVERT_ASSIGN_OR_RETURN(const UploadedBlock block, ReadBlock(item));
    session.blocks.push_back(block);
  }
  return session;
}

template <typename E>
E FromName(const auto& table, std::string_view name, E fallback) {
  for (const auto& [known, value] : table) {
    if (record::SameName(known, name)) return value;
  }
  return fallback;
}

}  // namespace

DownloadStatus DownloadStatusFromName(std::string_view name) {
  return FromName(kDownloadStatuses, name, DownloadStatus::kUnknown);
}

UploadStatus UploadStatusFromName(std::string_view name) {
  return FromName(kUploadStatuses, name, UploadStatus::kUnknown);
}

Result<DownloadSession> ReadDownloadSession(std::string_view body) {
  auto session = TryReadDownload(body);
  if (!session) return Fail(Unreadable("a download session", session.error()));
  return session;
}

Result<UploadSession> ReadUploadSession(std::string_view body) {
  auto session = TryReadUpload(body);
  if (!session) return Fail(Unreadable("an upload session", session.error()));
  return session;
}

}  // namespace culvert::maxcompute::internal
