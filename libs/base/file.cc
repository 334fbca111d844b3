// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"

#include "libs/base/digest.h"
#include "libs/base/file_error.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace culvert {
namespace {

class FileHandle {
 public:
  explicit FileHandle(int fd) : fd_(fd) {}
  ~FileHandle() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

int OpenFile(const std::string& path, int flags) {
  constexpr mode_t kMode = 0666;  // less the umask
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, kMode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// 0 or an errno.
int WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

std::string ParentOf(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Makes the creation, renaming or removal of an entry of `directory` durable.
Status SyncDirectory(const std::string& directory) {
  const FileHandle handle(OpenFile(directory, O_RDONLY | O_DIRECTORY));
  if (handle.get() < 0) return Fail(FileError(errno, "open directory", directory));
  if (::fsync(handle.get()) != 0) return Fail(FileError(errno, "sync directory", directory));
  return {};
}

// Bytes up to and including the last newline of the first `size` bytes, or -1 with errno.
std::int64_t WholeLineBytes(int fd, std::int64_t size) {
  std::string piece;
  constexpr std::int64_t kPiece = 64L * 1024;
  while (size > 0) {
    const std::int64_t begin = size > kPiece ? size - kPiece : 0;
    piece.resize(static_cast<std::size_t>(size - begin));
    std::size_t have = 0;
    while (have < piece.size()) {
      const ssize_t got = ::pread(fd, piece.data() + have, piece.size() - have,
                                  begin + static_cast<std::int64_t>(have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return -1;
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    piece.resize(have);
    const std::size_t newline = piece.rfind('\n');
    if (newline != std::string::npos) return begin + static_cast<std::int64_t>(newline) + 1;
    size = begin;
  }
  return 0;
}

}  // namespace

Result<std::string> ReadWholeFile(const std::string& path, std::size_t limit) {
  const FileHandle handle(OpenFile(path, O_RDONLY));
  if (handle.get() < 0) return Fail(FileError(errno, "open", path));
  std::string text;
  constexpr std::size_t kPiece = 64UL * 1024;
  while (true) {
    const std::size_t have = text.size();
    text.resize(have + kPiece);
    const ssize_t got = ::read(handle.get(), text.data() + have, kPiece);
    if (got < 0 && errno == EINTR) {
      text.resize(have);
      continue;
    }
    if (got < 0) return Fail(FileError(errno, "read", path));
    text.resize(have + static_cast<std::size_t>(got));
    if (text.size() > limit) {
      return Fail(
          OutOfRange("file '" + path + "' is larger than " + std::to_string(limit) + " bytes"));
    }
    if (got == 0) return text;
  }
}

Status WriteFileDurably(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".tmp";
  const auto fail = [&](int number, std::string_view action) {
    ::unlink(temporary.c_str());
    return Fail(FileError(number, action, path));
  };
  {
    const FileHandle handle(OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC));
    if (handle.get() < 0) return Fail(FileError(errno, "create", temporary));
    if (const int number = WriteAll(handle.get(), text); number != 0) return fail(number, "write");
    if (::fsync(handle.get()) != 0) return fail(errno, "sync");
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail(errno, "replace");
  return SyncDirectory(ParentOf(path));
}

Status WriteFileDurably(const std::string& path, std::span<const std::byte> bytes) {
  return WriteFileDurably(path, AsText(bytes));
}

namespace {

// Makes the directory and its parents when missing; the parents of those it made.
Result<std::vector<std::string>> MakeDirectories(const std::string& path) {
  std::vector<std::string> changed;
  if (path.empty()) return Fail(InvalidArgument("the name of a directory is empty"));
  for (std::size_t end = 1; end <= path.size(); ++end) {
    if (end < path.size() && path[end] != '/') continue;
    const std::string prefix = path.substr(0, end);
    if (prefix.back() == '/') continue;
    constexpr mode_t kMode = 0755;
    if (::mkdir(prefix.c_str(), kMode) == 0) {
      changed.push_back(ParentOf(prefix));
      continue;
    }
    const int number = errno;
    struct stat found{};
    if (::stat(prefix.c_str(), &found) != 0) {
      return Fail(FileError(number, "create directory", prefix));
    }
    if (!S_ISDIR(found.st_mode)) return Fail(FileError(ENOTDIR, "create directory", prefix));
  }
  return changed;
}

}  // namespace

Status EnsureDirectory(const std::string& path) {
  CULVERT_ASSIGN_OR_RETURN(const std::vector<std::string> changed, MakeDirectories(path));
  for (const std::string& directory : changed) CULVERT_TRY(SyncDirectory(directory));
  return {};
}

Status RemoveFileDurably(const std::string& path) {
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return Fail(FileError(errno, "remove", path));
  }
  return SyncDirectory(ParentOf(path));
}

DurableLog::DurableLog(std::string path, int fd, std::int64_t size,
                       std::vector<std::string> unsynced)
    : path_(std::move(path)), fd_(fd), size_(size), unsynced_(std::move(unsynced)) {}
DurableLog::DurableLog(DurableLog&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      size_(other.size_),
      unsynced_(std::move(other.unsynced_)) {}
DurableLog& DurableLog::operator=(DurableLog&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  std::swap(unsynced_, other.unsynced_);
  return *this;
}
DurableLog::~DurableLog() {
  if (fd_ >= 0) ::close(fd_);
}

Result<DurableLog> DurableLog::Open(const std::string& path) {
  CULVERT_ASSIGN_OR_RETURN(std::vector<std::string> unsynced, MakeDirectories(ParentOf(path)));
  unsynced.push_back(ParentOf(path));
  FileHandle handle(OpenFile(path, O_RDWR | O_CREAT | O_APPEND));
  if (handle.get() < 0) return Fail(FileError(errno, "open", path));
  if (::flock(handle.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Fail(FailedPrecondition("'" + path + "' is in use by another process"));
    }
    return Fail(FileError(errno, "lock", path));
  }
  struct stat found{};
  if (::fstat(handle.get(), &found) != 0) return Fail(FileError(errno, "read", path));
  const std::int64_t size = WholeLineBytes(handle.get(), found.st_size);
  if (size < 0) return Fail(FileError(errno, "read", path));
  if (size != found.st_size && ::ftruncate(handle.get(), size) != 0) {
    return Fail(FileError(errno, "truncate", path));
  }
  if (size == 0) return DurableLog(path, handle.Release(), size, std::move(unsynced));
  // Lines that the caller is about to read and act on: whoever wrote them may have been killed
  // before they were on the disk.
  if (::fsync(handle.get()) != 0) return Fail(FileError(errno, "sync", path));
  CULVERT_TRY(SyncDirectory(ParentOf(path)));
  return DurableLog(path, handle.Release(), size, {});
}

Status DurableLog::Append(std::string_view line) {
  const std::int64_t before = size_;
  CULVERT_TRY(Write(line));
  if (Status synced = Sync(); !synced) {
    size_ = before;
    Undo();
    return synced;
  }
  return {};
}

Status DurableLog::AppendLater(std::string_view line) { return Write(line); }

// The lines first, then the entries that lead to them.
Status DurableLog::Sync() {
  if (::fdatasync(fd_) != 0) return Fail(FileError(errno, "append to", path_));
  while (!unsynced_.empty()) {
    CULVERT_TRY(SyncDirectory(unsynced_.back()));
    unsynced_.pop_back();
  }
  return {};
}

Status DurableLog::Write(std::string_view line) {
  if (fd_ < 0) return Fail(FailedPrecondition("'" + path_ + "' failed before and is closed"));
  if (line.find('\n') != std::string_view::npos) {
    return Fail(InvalidArgument("a line of '" + path_ + "' has a newline in it"));
  }
  std::string whole(line);
  whole += '\n';
  if (const int number = WriteAll(fd_, whole); number != 0) {
    Undo();
    return Fail(FileError(number, "append to", path_));
  }
  size_ += static_cast<std::int64_t>(whole.size());
  return {};
}

// Cuts off what is behind the whole lines: a torn line in the middle would spoil all that follows.
void DurableLog::Undo() {
  if (::ftruncate(fd_, size_) == 0 && ::fdatasync(fd_) == 0) return;
  ::close(fd_);
  fd_ = -1;
}

}  // namespace culvert
