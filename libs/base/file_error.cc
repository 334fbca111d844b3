// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file_error.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace culvert {

Error FileError(int number, std::string_view action, const std::string& path) {
  std::string message = "cannot " + std::string(action) + " '" + path +
                        "': " + std::generic_category().message(number);
  switch (number) {
    case ENOENT:
      return NotFound(std::move(message));
    case EACCES:
    case EPERM:
    case EROFS:
      return PermissionDenied(std::move(message));
    case EEXIST:
      return AlreadyExists(std::move(message));
    case EISDIR:
    case ENOTDIR:
    case ENAMETOOLONG:
      return InvalidArgument(std::move(message));
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ResourceExhausted(std::move(message)).Because("LocalPressure");
    default:
      return Internal(std::move(message));
  }
}

}  // namespace culvert
