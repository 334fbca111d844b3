// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert {

/// A file that its owner alone may read (mode 0600), written piece by piece and put in its place in
/// one step: until Publish there is nothing, or what was there before; after it the new bytes
/// survive a power cut. Several processes may write one path at once: the last to publish wins,
/// whole. Errors as in file.h. Not thread-safe.
class PrivateFile {
 public:
  /// `path` is in a directory that exists.
  static Result<PrivateFile> Create(std::string path);
  PrivateFile(PrivateFile&& other) noexcept;
  PrivateFile& operator=(PrivateFile&&) = delete;
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;
  ~PrivateFile();  // before Publish: nothing is left of it

  Status Append(std::string_view text);
  Status Publish();

 private:
  PrivateFile(std::string path, std::string temporary, int fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}
  Status Flush();

  std::string path_;
  std::string temporary_;  // begins with '.', ends with ".tmp"
  int fd_;
  std::string pending_;
};

}  // namespace culvert
