// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/instance_results.h"
#include "emulator/limits.h"
#include "emulator/stored_catalog.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace culvert::emulator {

enum class DownloadState : std::uint8_t { kNormal, kExpired };

/// A snapshot of rows, fixed at creation. Immutable but for `expired`.
struct DownloadSession {
  std::string id;
  TableKey table;  // of a table's rows; of an instance only the project
  record::PartitionSpec partition;
  std::string instance;  // of an instance's result
  std::int64_t created_seconds = 0;
  record::Schema schema;
  std::string table_id;
  std::uint64_t generation = 0;
  std::shared_ptr<const maxcompute::wire::RecordLayout> layout;
  std::vector<SegmentPtr> segments;
  std::vector<std::uint64_t> starts;  // first row of each segment
  std::uint64_t rows = 0;             // that may be read; fewer than there are under a row limit
  bool forced_expired = false;
};
using DownloadSessionPtr = std::shared_ptr<const DownloadSession>;

/// Download sessions over tables and instance results (tunnel-batch.md 3 and 7). A session reads
/// the rows that were there when it was opened. Thread-safe.
class DownloadSessions {
 public:
  /// Everything handed in must outlive the sessions.
  static Result<std::unique_ptr<DownloadSessions>> Load(DurableStore& durable,
                                                        SegmentFiles& segments,
                                                        StoredCatalog& catalog, const Clock& clock,
                                                        const Limits& limits);

  Result<DownloadSessionPtr> Open(const TableKey& table, const record::PartitionSpec& partition);
  /// At most `rows_max` rows of `result` can be read.
  Result<DownloadSessionPtr> OpenInstance(const std::string& project, const std::string& instance,
                                          ResultSet result, std::uint64_t rows_max);
  /// kNotFound/NoSuchDownload.
  Result<DownloadSessionPtr> Get(const std::string& id);
  DownloadState StateOf(const DownloadSession& session) const;
  /// kFailedPrecondition/TableModified when the rows were replaced or dropped since: rows that were
  /// only appended are not part of the snapshot and no reason to start over.
  Status CheckUnmodified(const DownloadSession& session) const;
  /// Ends the session early, for fault injection.
  Status Expire(const std::string& id);

 private:
  DownloadSessions(DurableStore& durable, SegmentFiles& segments, StoredCatalog& catalog,
                   const Clock& clock, const Limits& limits)
      : durable_(durable), segments_(segments), catalog_(catalog), clock_(clock), limits_(limits) {}
  Status LoadAll();
  Result<DownloadSessionPtr> Keep(DownloadSession session);
  void Sweep() REQUIRES(mutex_);

  DurableStore& durable_;
  SegmentFiles& segments_;
  StoredCatalog& catalog_;
  const Clock& clock_;
  const Limits limits_;
  Mutex mutex_;
  std::map<std::string, DownloadSessionPtr> sessions_ GUARDED_BY(mutex_);
};

}  // namespace culvert::emulator
