// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/upload_sessions.h"

#include "emulator/catalog_json.h"
#include "emulator/handlers.h"
#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace culvert::emulator {

using maxcompute::wire::RecordLayout;
using nlohmann::json;

struct UploadSessions::Session {
  struct Held {
    UploadBlock block;
    std::vector<SegmentPtr> segments;
  };
  // Fixed at creation.
  std::string id;
  TableKey table;
  record::PartitionSpec partition;
  bool overwrite = false;
  std::int64_t created_seconds = 0;
  record::Schema schema;
  std::string table_id;
  std::uint64_t schema_version = 0;
  std::shared_ptr<const RecordLayout> layout;

  Mutex mutex;  // held over a block's or a commit's write
  UploadState state GUARDED_BY(mutex) = UploadState::kNormal;
  std::map<std::uint64_t, Held> blocks GUARDED_BY(mutex);
};

namespace {

constexpr std::array<std::string_view, 7> kStateNames = {
    "normal", "closing", "closed", "canceled", "expired", "critical", "committing"};

std::string BlockKey(const std::string& session, std::uint64_t id) {
  std::string digits = std::to_string(id);
  return session + "/" + std::string(20 - digits.size(), '0') + digits;
}

std::string EncodeBlock(const UploadBlock& block, const std::vector<SegmentPtr>& segments) {
  return DumpJson(json{{"id", block.id},
                       {"records", block.records},
                       {"bytes", block.bytes},
                       {"version", block.version},
                       {"created", block.created_seconds},
                       {"files", FileNames(segments)}});
}

Result<UploadBlock> DecodeBlock(const json& object) {
  UploadBlock block;
  CULVERT_ASSIGN_OR_RETURN(block.id, JsonUint64(object, "id"));
  CULVERT_ASSIGN_OR_RETURN(block.records, JsonUint64(object, "records"));
  CULVERT_ASSIGN_OR_RETURN(block.bytes, JsonUint64(object, "bytes"));
  CULVERT_ASSIGN_OR_RETURN(block.version, JsonUint64(object, "version"));
  CULVERT_ASSIGN_OR_RETURN(block.created_seconds, JsonInt64(object, "created"));
  return block;
}

// `state` beside the session, because the caller may be about to change it.
template <typename Session>
std::string EncodeSession(const Session& session, UploadState state) {
  return DumpJson(json{{"table", TableKeyText(session.table)},
                       {"partition", session.partition.ToString()},
                       {"overwrite", session.overwrite},
                       {"created", session.created_seconds},
                       {"schema", SchemaToJson(session.schema)},
                       {"table_id", session.table_id},
                       {"schema_version", session.schema_version},
                       {"state", UploadStateName(state)}});
}

Error Conflict(UploadState state) {
  return FailedPrecondition("the upload session is " + std::string(UploadStateName(state)) +
                            "; open a new one")
      .Because("StatusConflict");
}

}  // namespace

std::string_view UploadStateName(UploadState state) {
  return kStateNames[static_cast<std::size_t>(state)];
}

std::optional<UploadState> UploadStateFromName(std::string_view name) {
  const auto* found = std::ranges::find(kStateNames, record::FoldName(name));
  if (found == kStateNames.end()) return std::nullopt;
  return static_cast<UploadState>(found - kStateNames.begin());
}

std::string NewSessionId(const Clock& clock) {
  std::string stamp = FormatRfc3339(clock.Now());
  std::erase_if(stamp, [](char c) { return c < '0' || c > '9'; });
  return stamp + RandomHex128();
}

Result<std::unique_ptr<UploadSessions>> UploadSessions::Load(DurableStore& durable,
                                                             SegmentFiles& segments,
                                                             StoredCatalog& catalog,
                                                             const Clock& clock,
                                                             const Limits& limits) {
  std::unique_ptr<UploadSessions> sessions(
      new UploadSessions(durable, segments, catalog, clock, limits));
  CULVERT_TRY(sessions->LoadAll());
  return sessions;
}

Status UploadSessions::LoadAll() {
  CULVERT_ASSIGN_OR_RETURN(const auto uploads, durable_.Load("upload"));
  CULVERT_ASSIGN_OR_RETURN(const auto blocks, durable_.Load("block"));
  const MutexLock lock(mutex_);
  for (const auto& [id, text] : uploads) {
    CULVERT_ASSIGN_OR_RETURN(const json object, ParseJson(text));
    auto session = std::make_shared<Session>();
    session->id = id;
    CULVERT_ASSIGN_OR_RETURN(const std::string table, JsonString(object, "table"));
    CULVERT_ASSIGN_OR_RETURN(session->table, ParseTableKeyText(table));
    CULVERT_ASSIGN_OR_RETURN(const std::string spec, JsonString(object, "partition"));
    if (!spec.empty()) {
      CULVERT_ASSIGN_OR_RETURN(session->partition, record::PartitionSpec::Parse(spec));
    }
    CULVERT_ASSIGN_OR_RETURN(session->overwrite, JsonBool(object, "overwrite"));
    CULVERT_ASSIGN_OR_RETURN(session->created_seconds, JsonInt64(object, "created"));
    CULVERT_ASSIGN_OR_RETURN(session->schema, SchemaFromJson(object["schema"]));
    CULVERT_ASSIGN_OR_RETURN(session->table_id, JsonString(object, "table_id"));
    CULVERT_ASSIGN_OR_RETURN(session->schema_version, JsonUint64(object, "schema_version"));
    CULVERT_ASSIGN_OR_RETURN(const std::string state, JsonString(object, "state"));
    session->layout = std::make_shared<const RecordLayout>(session->schema.columns);
    const MutexLock session_lock(session->mutex);
    session->state = UploadStateFromName(state).value_or(UploadState::kCritical);
    sessions_[id] = session;
  }
  Sweep();
  for (const auto& [key, text] : blocks) {
    const auto found = sessions_.find(key.substr(0, key.find('/')));
    if (found == sessions_.end()) continue;  // forgotten by the sweep above
    CULVERT_ASSIGN_OR_RETURN(const json object, ParseJson(text));
    Session::Held held;
    CULVERT_ASSIGN_OR_RETURN(held.block, DecodeBlock(object));
    Session& session = *found->second;
    const MutexLock session_lock(session.mutex);
    // Of an ended session only the list is kept: its rows are the table's, or nobody's.
    const bool over = session.state == UploadState::kClosed ||
                      session.state == UploadState::kExpired ||
                      session.state == UploadState::kCanceled;
    if (!over) {
      for (const json& file : object["files"]) {
        CULVERT_ASSIGN_OR_RETURN(SegmentPtr segment, segments_.Load(file.get<std::string>()));
        segments_.AddReference(*segment);
        held.segments.push_back(std::move(segment));
      }
    }
    session.blocks[held.block.id] = std::move(held);
  }
  return {};
}

UploadState UploadSessions::StateOf(const Session& session) const {
  const bool open = session.state == UploadState::kNormal;
  if (open && NowSeconds(clock_) - session.created_seconds >= limits_.session_life.count()) {
    return UploadState::kExpired;
  }
  return session.state;
}

UploadView UploadSessions::View(const Session& session) const {
  UploadView view{.id = session.id,
                  .table = session.table,
                  .partition = session.partition,
                  .overwrite = session.overwrite,
                  .state = StateOf(session),
                  .created_seconds = session.created_seconds,
                  .schema = session.schema,
                  .layout = session.layout,
                  .blocks = {}};
  view.blocks.reserve(session.blocks.size());
  for (const auto& [id, held] : session.blocks) view.blocks.push_back(held.block);
  return view;
}

void UploadSessions::ReleaseBlocks(Session& session) {
  for (auto& [id, held] : session.blocks) {
    for (const SegmentPtr& segment : held.segments) segments_.DropReference(*segment);
    held.segments.clear();
  }
}

// Gives back what expired sessions hold, and forgets those that nobody can ask about any more.
void UploadSessions::Sweep() {
  const std::int64_t life = limits_.session_life.count();
  const std::int64_t now = NowSeconds(clock_);
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    const std::shared_ptr<Session> owned = it->second;  // outlives its lock, also when forgotten
    Session& session = *owned;
    const std::int64_t age = now - session.created_seconds;
    if (age < life) {
      ++it;
      continue;
    }
    const MutexLock lock(session.mutex);
    std::vector<DurableChange> changes;
    const bool forget = age >= 7 * life;
    if (forget) {
      changes.push_back({"upload", session.id, std::nullopt});
      for (const auto& [id, held] : session.blocks) {
        changes.push_back({"block", BlockKey(session.id, id), std::nullopt});
      }
    } else if (session.state == UploadState::kNormal) {
      // Written down, or a start with an earlier clock would look for files that are gone.
      changes.push_back({"upload", session.id, EncodeSession(session, UploadState::kExpired)});
    }
    // What cannot be written now is tried again by the next session that opens.
    if (changes.empty() || !durable_.Write(changes)) {
      ++it;
      continue;
    }
    session.state = session.state == UploadState::kNormal ? UploadState::kExpired : session.state;
    ReleaseBlocks(session);
    it = forget ? sessions_.erase(it) : std::next(it);
  }
}

Result<UploadView> UploadSessions::Open(const TableKey& table,
                                        const record::PartitionSpec& partition, Mode mode) {
  CULVERT_ASSIGN_OR_RETURN(const std::shared_ptr<const TableDef> def, catalog_.FindTable(table));
  CULVERT_ASSIGN_OR_RETURN(const auto rows, catalog_.Snapshot(table, partition));
  auto session = std::make_shared<Session>();
  session->id = NewSessionId(clock_);
  session->table = table;
  session->partition = rows->spec;
  session->overwrite = mode == Mode::kOverwrite;
  session->created_seconds = NowSeconds(clock_);
  session->schema = def->columns;
  session->table_id = def->id;
  session->schema_version = def->schema_version;
  session->layout = std::make_shared<const RecordLayout>(def->columns.columns);

  const MutexLock lock(mutex_);
  Sweep();
  if (session->overwrite) {
    for (const auto& [id, other] : sessions_) {
      if (!other->overwrite || other->table != table || other->partition != session->partition) {
        continue;
      }
      const MutexLock other_lock(other->mutex);
      if (StateOf(*other) != UploadState::kNormal) continue;
      return Fail(InvalidArgument("overwrite session " + id + " is already open on " + table.name +
                                  " " + session->partition.ToString())
                      .Because("OverwriteModeNotAllowed"));
    }
  }
  CULVERT_TRY(
      durable_.Write({{"upload", session->id, EncodeSession(*session, UploadState::kNormal)}}));
  sessions_[session->id] = session;
  const MutexLock session_lock(session->mutex);
  return View(*session);
}

Result<std::shared_ptr<UploadSessions::Session>> UploadSessions::Find(const std::string& id) {
  const MutexLock lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    return Fail(
        NotFound("the specified upload id " + id + " does not exist").Because("NoSuchUpload"));
  }
  return found->second;
}

Result<UploadView> UploadSessions::Get(const std::string& id) {
  CULVERT_ASSIGN_OR_RETURN(const std::shared_ptr<Session> session, Find(id));
  const MutexLock lock(session->mutex);
  return View(*session);
}

Status UploadSessions::PutBlock(const std::string& id, const UploadBlock& block,
                                std::vector<SegmentPtr> segments) {
  CULVERT_ASSIGN_OR_RETURN(const std::shared_ptr<Session> session, Find(id));
  const MutexLock lock(session->mutex);
  if (const UploadState state = StateOf(*session); state != UploadState::kNormal) {
    return Fail(Conflict(state));
  }
  if (block.id >= limits_.blocks_per_session) {
    return Fail(InvalidArgument("block id " + std::to_string(block.id) + " is not below " +
                                std::to_string(limits_.blocks_per_session))
                    .Because("InvalidBlockID"));
  }
  const auto old = session->blocks.find(block.id);
  if (old != session->blocks.end() && old->second.block.version > block.version) return {};
  CULVERT_TRY(durable_.Write({{"block", BlockKey(id, block.id), EncodeBlock(block, segments)}}));
  for (const SegmentPtr& segment : segments) segments_.AddReference(*segment);
  Session::Held& held = session->blocks[block.id];
  for (const SegmentPtr& segment : held.segments) segments_.DropReference(*segment);
  held = {.block = block, .segments = std::move(segments)};
  return {};
}

Result<UploadSessions::Committed> UploadSessions::Commit(const std::string& id) {
  CULVERT_ASSIGN_OR_RETURN(const std::shared_ptr<Session> session, Find(id));
  const MutexLock lock(session->mutex);
  const UploadState state = StateOf(*session);
  if (state == UploadState::kClosed) return Committed{.view = View(*session), .applied = false};
  if (state != UploadState::kNormal) return Fail(Conflict(state));
  std::vector<SegmentPtr> segments;
  for (const auto& [block_id, held] : session->blocks) {
    segments.insert(segments.end(), held.segments.begin(), held.segments.end());
  }
  StoredCatalog::Expectation expectation;
  expectation.table_id = session->table_id;
  expectation.schema_version = session->schema_version;
  // One transaction: rows that are visible while the session still looks open would be committed
  // again.
  expectation.also.push_back(
      {"upload", session->id, EncodeSession(*session, UploadState::kClosed)});
  CULVERT_TRY(
      catalog_.PublishIf(session->table, session->partition,
                         session->overwrite ? Catalog::Mode::kOverwrite : Catalog::Mode::kAppend,
                         std::move(segments), expectation));
  session->state = UploadState::kClosed;
  ReleaseBlocks(*session);
  return Committed{.view = View(*session), .applied = true};
}

Status UploadSessions::Force(const std::string& id, UploadState state) {
  CULVERT_ASSIGN_OR_RETURN(const std::shared_ptr<Session> session, Find(id));
  const MutexLock lock(session->mutex);
  CULVERT_TRY(durable_.Write({{"upload", session->id, EncodeSession(*session, state)}}));
  session->state = state;
  const bool over = state == UploadState::kExpired || state == UploadState::kCanceled;
  if (over) ReleaseBlocks(*session);
  return {};
}

}  // namespace culvert::emulator
