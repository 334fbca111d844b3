// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/tunnel.h"

namespace culvert::maxcompute {

std::string_view UploadStatusName(UploadStatus status) {
  switch (status) {
    case UploadStatus::kUnknown:
      return "UNKNOWN";
    case UploadStatus::kNormal:
      return "NORMAL";
    case UploadStatus::kClosing:
      return "CLOSING";
    case UploadStatus::kClosed:
      return "CLOSED";
    case UploadStatus::kCanceled:
      return "CANCELED";
    case UploadStatus::kExpired:
      return "EXPIRED";
    case UploadStatus::kCritical:
      return "CRITICAL";
    case UploadStatus::kCommitting:
      return "COMMITTING";
  }
  return "UNKNOWN";
}

}  // namespace culvert::maxcompute
