// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"

#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace culvert {

/// Follows a small file, as Kubernetes mounts a ConfigMap: reads it every two seconds, whole and
/// through one open, so that the swap of `..data` is never seen half. Each new content is handed
/// over once; one that is wrong, or no file at all, is told once in the log and changes nothing.
class FollowedFile {
 public:
  /// What a new content means. An error says what is wrong with it; nothing may have changed then.
  using Take = std::function<Status(const OpContext&, const std::string& text)>;

  /// `complaint` is logged where there is nothing to take: a constant text.
  FollowedFile(std::string path, const char* complaint, Take take)
      : path_(std::move(path)), complaint_(complaint), take_(std::move(take)) {}

  const std::string& path() const { return path_; }
  /// Looks once.
  void Poll(const OpContext& ctx);
  /// Looks until stop.
  void Run(const OpContext& ctx);

 private:
  void Complain(const OpContext& ctx, const std::string& what);

  std::string path_;
  const char* complaint_;
  Take take_;
  std::optional<std::string> text_;  // as last seen, right or wrong
  std::string told_;                 // the last thing that was wrong
};

/// Follows a file on a thread of its own; the first look is over when this is made. An empty path:
/// none. What `ctx` points to must outlive it; contents are taken on either thread, one at a time.
class FileFollower {
 public:
  FileFollower(const OpContext& ctx, FollowedFile file);
  FileFollower(const FileFollower&) = delete;
  FileFollower& operator=(const FileFollower&) = delete;

 private:
  FollowedFile file_;
  std::jthread thread_;
};

}  // namespace culvert
