// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/transport.h"
#include "libs/maxcompute/wire/codec.h"
#include "libs/record/partition_spec.h"
#include "libs/record/schema.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace culvert::maxcompute {

/// What a session works on. `table` without quotes; `partition` empty for a table without
/// partitions.
struct TunnelTarget {
  std::string table;
  record::PartitionSpec partition;
};

enum class DownloadStatus : std::uint8_t { kUnknown, kInitiating, kNormal, kClosed, kExpired };
struct DownloadSession {
  std::string id;
  DownloadStatus status = DownloadStatus::kUnknown;
  std::uint64_t record_count = 0;  // exact: the snapshot is fixed at creation; 0 unless kNormal
  record::Schema schema;           // empty unless kNormal
};

enum class UploadStatus : std::uint8_t {
  kUnknown,
  kNormal,
  kClosing,
  kClosed,
  kCanceled,
  kExpired,
  kCritical,
  kCommitting,
};
std::string_view UploadStatusName(UploadStatus status);  // "NORMAL"
struct UploadedBlock {
  std::uint64_t block_id = 0;
  std::uint64_t record_count = 0;
  std::int64_t created_seconds = 0;
};
struct UploadSession {
  std::string id;
  UploadStatus status = UploadStatus::kUnknown;
  bool overwrite = false;
  std::uint64_t field_bytes_max = 8ULL * 1024 * 1024;
  record::Schema schema;  // empty unless kNormal
  std::vector<UploadedBlock> blocks;
};

enum class UploadMode : std::uint8_t { kAppend, kOverwrite };

/// A row range being read: the body as the server coded it.
struct DownloadBody {
  std::unique_ptr<http::DownloadStream> body;
  wire::Codec codec = wire::Codec::kIdentity;  // from Content-Encoding
};

struct RowRange {
  std::uint64_t start = 0;
  std::uint64_t count = 0;
};

/// A block being written. Bytes are those of a record stream with its trailer, coded as opened.
class BlockUpload {
 public:
  virtual ~BlockUpload() = default;
  virtual Status Write(const OpContext& ctx, std::span<const std::byte> bytes) = 0;
  /// Success: the server holds the whole block. Any error: it may or may not; writing it again
  /// under the same id replaces it. Errors as mapped by the service's answer; kAborted
  /// (CredentialsRefreshed, ClockSkew): the key or date was refused and has been put right since,
  /// write it again.
  virtual Status Finish(const OpContext& ctx) = 0;
};

/// Batch Tunnel (tunnel-batch.md). Thread-safe. Session calls retry as their idempotency allows;
/// data calls (OpenDownload, OpenBlock) are one try each, the caller resumes where it stands.
/// Errors carry the words of libs/maxcompute/reasons.h.
class Tunnel {
 public:
  virtual ~Tunnel() = default;

  virtual Result<DownloadSession> CreateDownload(const OpContext& ctx,
                                                 const TunnelTarget& target) = 0;
  virtual Result<DownloadSession> GetDownload(const OpContext& ctx, const TunnelTarget& target,
                                              const std::string& id) = 0;
  /// `columns` empty: all data columns in table order; else tag i is columns[i-1].
  virtual Result<DownloadBody> OpenDownload(const OpContext& ctx, const TunnelTarget& target,
                                            const std::string& id, RowRange range,
                                            const std::vector<std::string>& columns,
                                            wire::Codec codec) = 0;

  virtual Result<UploadSession> CreateUpload(const OpContext& ctx, const TunnelTarget& target,
                                             UploadMode mode) = 0;
  virtual Result<UploadSession> GetUpload(const OpContext& ctx, const TunnelTarget& target,
                                          const std::string& id) = 0;
  virtual Result<std::unique_ptr<BlockUpload>> OpenBlock(const OpContext& ctx,
                                                         const TunnelTarget& target,
                                                         const std::string& id,
                                                         std::uint64_t block_id,
                                                         wire::Codec codec) = 0;
  /// One POST, never repeated by itself: on any error that is not a clear refusal the caller asks
  /// GetUpload what became of it (invariant 3).
  virtual Result<UploadSession> CommitUpload(const OpContext& ctx, const TunnelTarget& target,
                                             const std::string& id) = 0;

  /// Results of a finished SQL instance.
  virtual Result<DownloadSession> CreateInstanceDownload(const OpContext& ctx,
                                                         const std::string& instance_id) = 0;
  virtual Result<DownloadBody> OpenInstanceDownload(const OpContext& ctx,
                                                    const std::string& instance_id,
                                                    const std::string& id, RowRange range,
                                                    const std::vector<std::string>& columns,
                                                    wire::Codec codec) = 0;
};

}  // namespace culvert::maxcompute
