// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/credentials.h"

#include "libs/base/mutex.h"
#include "libs/base/time_format.h"
#include "libs/maxcompute/reasons.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace culvert::maxcompute {
namespace {

constexpr std::string_view kFileSpaces = " \t\r\n";
constexpr std::size_t kFileBytesMax = 64UL * 1024;
// The directory may be replaced between two of its files. Each further look needs yet another
// version, which takes a kubelet a minute; many in a row are a test, or somebody who writes without
// a pause.
constexpr int kOpensMax = 100;

std::optional<WallTime> ParseEnd(std::string_view text) {
  const auto time = ParseRfc3339(text);
  return time ? std::optional<WallTime>(*time) : std::nullopt;
}

class FixedKey final : public CredentialsProvider {
 public:
  explicit FixedKey(Credentials credentials)
      : credentials_(std::make_shared<const Credentials>(std::move(credentials))) {}
  Result<std::shared_ptr<const Credentials>> Get() override { return credentials_; }
  bool Refresh(const Credentials& rejected) override { return !SameKey(*credentials_, rejected); }

 private:
  const std::shared_ptr<const Credentials> credentials_;
};

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error Missing(const std::string& what) {
  return Unauthenticated("credentials file '" + what +
                         "' is missing or cannot be read; the Secret needs accessKeyId and "
                         "accessKeySecret")
      .Because(reasons::kCredentialsMissing);
}

Error Malformed(const std::string& what, std::string_view why) {
  return Unauthenticated("credentials file '" + what + "' " + std::string(why))
      .Because(reasons::kCredentialsMalformed);
}

/// A file's text without white space around it; nothing when there is no such file. All of it goes
/// into headers or keys, hence the characters allowed.
Result<std::optional<Secret>> ReadFileAt(int directory, const char* name,
                                         const std::string& shown) {
  const Fd file(::openat(directory, name, O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    return Fail(Missing(shown));
  }
  std::string text(kFileBytesMax + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    // Small local files, read once a version: holding the lock is what keeps others from doing it
    // too. NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection)
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(Missing(shown));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  std::string_view trimmed(text.data(), size);
  const std::size_t begin = trimmed.find_first_not_of(kFileSpaces);
  trimmed = begin == std::string_view::npos
                ? std::string_view()
                : trimmed.substr(begin, trimmed.find_last_not_of(kFileSpaces) - begin + 1);
  const bool printable = std::ranges::all_of(trimmed, [](char c) { return c > ' ' && c < 0x7f; });
  Secret secret{std::string(trimmed)};
  ::explicit_bzero(text.data(), text.size());
  if (size > kFileBytesMax) return Fail(Malformed(shown, "is larger than 64 KiB"));
  if (!printable)
    return Fail(Malformed(shown, "holds a space, a line break or a non-ascii character"));
  return secret;
}

class KeyDirectory final : public CredentialsProvider {
 public:
  explicit KeyDirectory(std::string directory) : directory_(std::move(directory)) {}

  Result<std::shared_ptr<const Credentials>> Get() override {
    const MutexLock lock(mutex_);
    if (current_ && Version() == version_) return current_;
    CULVERT_TRY(Load());
    return current_;
  }

  bool Refresh(const Credentials& rejected) override {
    const MutexLock lock(mutex_);
    // Another thread may have done it already; then its key is as good.
    if (current_ && !SameKey(*current_, rejected)) return true;
    return Load() && !SameKey(*current_, rejected);
  }

 private:
  static constexpr const char* kDataLink = "..data";

  /// Where `..data` points to: it moves with every version. Empty for a plain directory.
  std::string Version() const {
    std::array<char, 4096> target{};
    const std::string link = directory_ + "/" + kDataLink;
    const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
    return size <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(size));
  }

  /// Keeps the key it has when there is no whole new one: what is being replaced may still be good.
  Status Load() REQUIRES(mutex_) {
    Status status;
    for (int i = 0; i < kOpensMax; ++i) {
      std::string version = Version();
      auto loaded = ReadVersion();
      if (loaded) {
        current_ = std::make_shared<const Credentials>(std::move(*loaded));
        version_ = std::move(version);
        return {};
      }
      status = Fail(std::move(loaded).error());
      if (version == Version()) break;
    }
    if (current_) return {};
    return status;
  }

  Result<Credentials> ReadVersion() const {
    const Fd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0) return Fail(Missing(directory_));
    // Opened once: the files below belong to one version even if the link moves meanwhile.
    const Fd data(::openat(directory.get(), kDataLink, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const int from = data.get() >= 0 ? data.get() : directory.get();
    CULVERT_ASSIGN_OR_RETURN(const auto id, ReadFileAt(from, "accessKeyId", Shown("accessKeyId")));
    CULVERT_ASSIGN_OR_RETURN(auto secret,
                             ReadFileAt(from, "accessKeySecret", Shown("accessKeySecret")));
    CULVERT_ASSIGN_OR_RETURN(auto token, ReadFileAt(from, "securityToken", Shown("securityToken")));
    const auto expiration = ReadFileAt(from, "expiration", Shown("expiration"));
    if (!id) return Fail(Missing(Shown("accessKeyId")));
    if (!secret) return Fail(Missing(Shown("accessKeySecret")));
    if (id->empty()) return Fail(Malformed(Shown("accessKeyId"), "is empty"));
    if (secret->empty()) return Fail(Malformed(Shown("accessKeySecret"), "is empty"));
    if (id->Reveal().find_first_of(":/") != std::string_view::npos) {
      return Fail(Malformed(Shown("accessKeyId"), "holds a ':' or '/', no access key id does"));
    }
    return Credentials{
        .access_key_id = std::string(id->Reveal()),
        .access_key_secret = std::move(*secret),
        .security_token = token ? std::move(*token) : Secret(),
        .expires = expiration && *expiration ? ParseEnd((*expiration)->Reveal()) : std::nullopt};
  }

  std::string Shown(std::string_view file) const { return directory_ + "/" + std::string(file); }

  const std::string directory_;
  Mutex mutex_;
  std::shared_ptr<const Credentials> current_ GUARDED_BY(mutex_);
  std::string version_ GUARDED_BY(mutex_);
};

}  // namespace

bool SameKey(const Credentials& a, const Credentials& b) {
  return a.access_key_id == b.access_key_id &&
         a.access_key_secret.Reveal() == b.access_key_secret.Reveal() &&
         a.security_token.Reveal() == b.security_token.Reveal();
}

std::unique_ptr<CredentialsProvider> StaticCredentials(Credentials credentials) {
  return std::make_unique<FixedKey>(std::move(credentials));
}

std::unique_ptr<CredentialsProvider> FileCredentials(std::string directory) {
  return std::make_unique<KeyDirectory>(std::move(directory));
}

}  // namespace culvert::maxcompute
