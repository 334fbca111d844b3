// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/private_file.h"

#include "libs/base/digest.h"
#include "libs/base/file_error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace culvert {
namespace {

constexpr std::size_t kPendingBytesMax = std::size_t{64} * 1024;
constexpr mode_t kOwnerOnly = 0600;

/// Directory (with its slash) and name.
std::pair<std::string, std::string> SplitPath(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return {"./", path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

}  // namespace

Result<PrivateFile> PrivateFile::Create(std::string path) {
  const auto [directory, name] = SplitPath(path);
  // Unlike any other writer's, so that none writes into another's bytes.
  std::string temporary = directory + "." + name + "." + RandomHex128() + ".tmp";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (fd < 0) return Fail(FileError(errno, "create", temporary));
  return PrivateFile(std::move(path), std::move(temporary), fd);
}

PrivateFile::PrivateFile(PrivateFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)),
      pending_(std::move(other.pending_)) {}

PrivateFile::~PrivateFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

Status PrivateFile::Flush() {
  std::string_view left = pending_;
  while (!left.empty()) {
    const ssize_t written = ::write(fd_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Fail(FileError(errno, "write", temporary_));
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  pending_.clear();
  return {};
}

Status PrivateFile::Append(std::string_view text) {
  pending_ += text;
  return pending_.size() < kPendingBytesMax ? Status() : Flush();
}

Status PrivateFile::Publish() {
  CULVERT_TRY(Flush());
  if (::fsync(fd_) != 0) return Fail(FileError(errno, "sync", temporary_));
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return Fail(FileError(errno, "replace", path_));
  }
  ::close(std::exchange(fd_, -1));
  const std::string directory = SplitPath(path_).first;
  const int entries = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (entries < 0) return Fail(FileError(errno, "open directory", directory));
  const int synced = ::fsync(entries);
  const int number = errno;
  ::close(entries);
  if (synced != 0) return Fail(FileError(number, "sync directory", directory));
  return {};
}

}  // namespace culvert
