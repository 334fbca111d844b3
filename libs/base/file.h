// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

// Small files: configuration, journals, plans. Errors carry the path and are mapped from errno:
// ENOENT -> kNotFound, EACCES, EPERM, EROFS -> kPermissionDenied, EEXIST -> kAlreadyExists, ENOSPC,
// EDQUOT, EFBIG, EMFILE, ENFILE, ENOMEM -> kResourceExhausted with reason "LocalPressure", the rest
// -> kInternal.

/// The whole file; kOutOfRange when it is larger than `limit` bytes, kInvalidArgument for a
/// directory.
Result<std::string> ReadWholeFile(const std::string& path, std::size_t limit);

/// Replaces the file in one step: after success the new bytes survive a power cut, after a failure
/// or a crash the old ones are there whole. Writes `path`.tmp first: one writer a path at a time.
Status WriteFileDurably(const std::string& path, std::span<const std::byte> bytes);
Status WriteFileDurably(const std::string& path, std::string_view text);

/// Creates the directory and its parents when missing (mode 0755 less the umask), durably.
Status EnsureDirectory(const std::string& path);

/// Deletes the file durably; one that is not there is success.
Status RemoveFileDurably(const std::string& path);

/// A file of lines that only grows; each line, with all before it, is on the disk when Append
/// returns. One process at a time may have it open. Not thread-safe.
class DurableLog {
 public:
  /// Opens or creates it, and the directories above it. Lines that are there are on the disk when
  /// this returns; an empty file says nothing, so it gets there with its first line. A last line
  /// without its newline (a crash while it was written) is cut off. kFailedPrecondition when
  /// another process has it open.
  static Result<DurableLog> Open(const std::string& path);
  DurableLog(DurableLog&& other) noexcept;
  DurableLog& operator=(DurableLog&& other) noexcept;
  DurableLog(const DurableLog&) = delete;
  DurableLog& operator=(const DurableLog&) = delete;
  ~DurableLog();

  /// `line` has no newline in it (kInvalidArgument). After a failure nothing of it stays in the
  /// file; when not even that can be had, this and every later call fail.
  Status Append(std::string_view line);
  /// The same for a line that need not outlive a power cut before the next Append. A killed process
  /// leaves it whole all the same.
  Status AppendLater(std::string_view line);
  const std::string& path() const { return path_; }

 private:
  DurableLog(std::string path, int fd, std::int64_t size, std::vector<std::string> unsynced);
  Status Write(std::string_view line);
  void Undo();
  Status Sync();
  std::string path_;
  int fd_ = -1;
  std::int64_t size_ = 0;              // bytes of whole lines
  std::vector<std::string> unsynced_;  // directories with entries that may not be on the disk
};

}  // namespace culvert
