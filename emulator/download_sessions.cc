// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/download_sessions.h"

#include "emulator/catalog_json.h"
#include "emulator/handlers.h"
#include "emulator/upload_sessions.h"
#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace culvert::emulator {
namespace {

using maxcompute::wire::RecordLayout;
using nlohmann::json;

std::string Encode(const DownloadSession& session) {
  return DumpJson(json{{"table", TableKeyText(session.table)},
                       {"partition", session.partition.ToString()},
                       {"instance", session.instance},
                       {"created", session.created_seconds},
                       {"schema", SchemaToJson(session.schema)},
                       {"table_id", session.table_id},
                       {"generation", session.generation},
                       {"rows", session.rows},
                       {"expired", session.forced_expired},
                       {"files", FileNames(session.segments)}});
}

void CountRows(DownloadSession& session, std::uint64_t rows_max) {
  std::uint64_t total = 0;
  for (const SegmentPtr& segment : session.segments) {
    session.starts.push_back(total);
    total += segment->rows();
  }
  session.rows = std::min(total, rows_max);
}

}  // namespace

Result<std::unique_ptr<DownloadSessions>> DownloadSessions::Load(DurableStore& durable,
                                                                 SegmentFiles& segments,
                                                                 StoredCatalog& catalog,
                                                                 const Clock& clock,
                                                                 const Limits& limits) {
  std::unique_ptr<DownloadSessions> sessions(
      new DownloadSessions(durable, segments, catalog, clock, limits));
  CULVERT_TRY(sessions->LoadAll());
  return sessions;
}

Status DownloadSessions::LoadAll() {
  CULVERT_ASSIGN_OR_RETURN(const auto records, durable_.Load("download"));
  const MutexLock lock(mutex_);
  for (const auto& [id, text] : records) {
    CULVERT_ASSIGN_OR_RETURN(const json object, ParseJson(text));
    DownloadSession session;
    session.id = id;
    CULVERT_ASSIGN_OR_RETURN(const std::string table, JsonString(object, "table"));
    CULVERT_ASSIGN_OR_RETURN(session.table, ParseTableKeyText(table));
    CULVERT_ASSIGN_OR_RETURN(const std::string spec, JsonString(object, "partition"));
    if (!spec.empty()) {
      CULVERT_ASSIGN_OR_RETURN(session.partition, record::PartitionSpec::Parse(spec));
    }
    CULVERT_ASSIGN_OR_RETURN(session.instance, JsonString(object, "instance"));
    CULVERT_ASSIGN_OR_RETURN(session.created_seconds, JsonInt64(object, "created"));
    CULVERT_ASSIGN_OR_RETURN(session.schema, SchemaFromJson(object["schema"]));
    CULVERT_ASSIGN_OR_RETURN(session.table_id, JsonString(object, "table_id"));
    CULVERT_ASSIGN_OR_RETURN(session.generation, JsonUint64(object, "generation"));
    CULVERT_ASSIGN_OR_RETURN(const std::uint64_t rows, JsonUint64(object, "rows"));
    CULVERT_ASSIGN_OR_RETURN(session.forced_expired, JsonBool(object, "expired"));
    session.layout = std::make_shared<const RecordLayout>(session.schema.columns);
    for (const json& file : object["files"]) {
      CULVERT_ASSIGN_OR_RETURN(SegmentPtr segment, segments_.Load(file.get<std::string>()));
      segments_.AddReference(*segment);
      session.segments.push_back(std::move(segment));
    }
    CountRows(session, rows);
    sessions_[id] = std::make_shared<const DownloadSession>(std::move(session));
  }
  return {};
}

DownloadState DownloadSessions::StateOf(const DownloadSession& session) const {
  const std::int64_t age = NowSeconds(clock_) - session.created_seconds;
  const bool expired = session.forced_expired || age >= limits_.session_life.count();
  return expired ? DownloadState::kExpired : DownloadState::kNormal;
}

void DownloadSessions::Sweep() {
  const std::int64_t now = NowSeconds(clock_);
  std::vector<DurableChange> changes;
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    const DownloadSession& session = *it->second;
    if (now - session.created_seconds < 2 * limits_.session_life.count()) {
      ++it;
      continue;
    }
    changes.push_back({"download", session.id, std::nullopt});
    for (const SegmentPtr& segment : session.segments) segments_.DropReference(*segment);
    it = sessions_.erase(it);
  }
  // What could not be deleted now is deleted by a later sweep of the next start.
  (void)durable_.Write(changes);
}

Result<DownloadSessionPtr> DownloadSessions::Keep(DownloadSession session) {
  auto kept = std::make_shared<const DownloadSession>(std::move(session));
  const MutexLock lock(mutex_);
  Sweep();
  CULVERT_TRY(durable_.Write({{"download", kept->id, Encode(*kept)}}));
  for (const SegmentPtr& segment : kept->segments) segments_.AddReference(*segment);
  sessions_[kept->id] = kept;
  return kept;
}

Result<DownloadSessionPtr> DownloadSessions::Open(const TableKey& table,
                                                  const record::PartitionSpec& partition) {
  CULVERT_ASSIGN_OR_RETURN(const std::shared_ptr<const TableDef> def, catalog_.FindTable(table));
  CULVERT_ASSIGN_OR_RETURN(const auto rows, catalog_.Snapshot(table, partition));
  DownloadSession session;
  session.id = NewSessionId(clock_);
  session.table = table;
  session.partition = rows->spec;
  session.created_seconds = NowSeconds(clock_);
  session.schema = def->columns;
  session.table_id = def->id;
  session.generation = rows->generation;
  session.layout = std::make_shared<const RecordLayout>(def->columns.columns);
  session.segments = rows->segments;
  CountRows(session, UINT64_MAX);
  return Keep(std::move(session));
}

Result<DownloadSessionPtr> DownloadSessions::OpenInstance(const std::string& project,
                                                          const std::string& instance,
                                                          ResultSet result,
                                                          std::uint64_t rows_max) {
  DownloadSession session;
  session.id = NewSessionId(clock_);
  session.table = MakeTableKey(project, "", "");
  session.instance = instance;
  session.created_seconds = NowSeconds(clock_);
  session.schema = std::move(result.schema);
  session.layout = std::move(result.layout);
  session.segments = std::move(result.segments);
  CountRows(session, rows_max);
  return Keep(std::move(session));
}

Result<DownloadSessionPtr> DownloadSessions::Get(const std::string& id) {
  const MutexLock lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    return Fail(
        NotFound("the specified download id " + id + " does not exist").Because("NoSuchDownload"));
  }
  return found->second;
}

Status DownloadSessions::CheckUnmodified(const DownloadSession& session) const {
  if (!session.instance.empty()) return {};
  const auto def = catalog_.FindTable(session.table);
  const auto rows = catalog_.Snapshot(session.table, session.partition);
  if (def && rows && (*def)->id == session.table_id && (*rows)->generation == session.generation) {
    return {};
  }
  return Fail(
      FailedPrecondition("the specified table has been modified since the download initiated")
          .Because("TableModified"));
}

Status DownloadSessions::Expire(const std::string& id) {
  CULVERT_ASSIGN_OR_RETURN(const DownloadSessionPtr session, Get(id));
  auto expired = std::make_shared<DownloadSession>(*session);
  expired->forced_expired = true;
  const MutexLock lock(mutex_);
  CULVERT_TRY(durable_.Write({{"download", id, Encode(*expired)}}));
  sessions_[id] = std::move(expired);
  return {};
}

}  // namespace culvert::emulator
