// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/limits.h"
#include "emulator/stored_catalog.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator {

enum class UploadState : std::uint8_t {
  kNormal,
  kClosing,
  kClosed,
  kCanceled,
  kExpired,
  kCritical,
  kCommitting,
};
/// "normal": as sessions show it.
std::string_view UploadStateName(UploadState state);
/// Any case.
std::optional<UploadState> UploadStateFromName(std::string_view name);

/// One block that the server holds.
struct UploadBlock {
  std::uint64_t id = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t version = 0;  // a lower one never replaces a higher one
  std::int64_t created_seconds = 0;
};

/// A session as it is at one moment.
struct UploadView {
  std::string id;
  TableKey table;
  record::PartitionSpec partition;
  bool overwrite = false;
  UploadState state = UploadState::kNormal;
  std::int64_t created_seconds = 0;
  record::Schema schema;  // fixed at creation
  std::shared_ptr<const maxcompute::wire::RecordLayout> layout;
  std::vector<UploadBlock> blocks;  // by id
};

/// Upload sessions: open, blocks, one commit (tunnel-batch.md 4). Blocks are invisible until the
/// commit, which shows all of them, in the order of their ids, in one step with the session's end.
/// With a data directory every call that succeeded survives a kill. Thread-safe.
class UploadSessions {
 public:
  /// Everything handed in must outlive the sessions.
  static Result<std::unique_ptr<UploadSessions>> Load(DurableStore& durable, SegmentFiles& segments,
                                                      StoredCatalog& catalog, const Clock& clock,
                                                      const Limits& limits);

  enum class Mode : std::uint8_t { kAppend, kOverwrite };
  /// The partition must exist. kInvalidArgument/OverwriteModeNotAllowed while another overwrite
  /// session is open on the same rows.
  Result<UploadView> Open(const TableKey& table, const record::PartitionSpec& partition, Mode mode);
  /// kNotFound/NoSuchUpload.
  Result<UploadView> Get(const std::string& id);
  /// Keeps the block, in place of an earlier one of its id. kFailedPrecondition/StatusConflict when
  /// the session takes no blocks any more.
  Status PutBlock(const std::string& id, const UploadBlock& block,
                  std::vector<SegmentPtr> segments);
  /// Publishes every block. A closed session stays closed and is success again. `first` is told
  /// whether this call did it.
  struct Committed {
    UploadView view;
    bool applied = false;  // by this call
  };
  Result<Committed> Commit(const std::string& id);
  /// Puts the session into a state, for fault injection.
  Status Force(const std::string& id, UploadState state);

 private:
  struct Session;
  UploadSessions(DurableStore& durable, SegmentFiles& segments, StoredCatalog& catalog,
                 const Clock& clock, const Limits& limits)
      : durable_(durable), segments_(segments), catalog_(catalog), clock_(clock), limits_(limits) {}
  Status LoadAll();
  Result<std::shared_ptr<Session>> Find(const std::string& id);
  UploadState StateOf(const Session& session) const;
  UploadView View(const Session& session) const;
  void ReleaseBlocks(Session& session);
  void Sweep() REQUIRES(mutex_);

  DurableStore& durable_;
  SegmentFiles& segments_;
  StoredCatalog& catalog_;
  const Clock& clock_;
  const Limits limits_;
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<Session>> sessions_ GUARDED_BY(mutex_);
};

/// A fresh session id: `yyyymmddhhmmss` and 32 random hexadecimal characters.
std::string NewSessionId(const Clock& clock);

}  // namespace culvert::emulator
