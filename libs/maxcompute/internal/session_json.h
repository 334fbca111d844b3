// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/maxcompute/tunnel.h"

#include <string_view>

// Tunnel's JSON about sessions as values. Pure. Counts are 64-bit throughout; absent or negative
// ones are refused rather than read as zero. What cannot be read is kInternal/UnexpectedAnswer.

namespace culvert::maxcompute::internal {

/// Any case; a word we do not know is kUnknown.
DownloadStatus DownloadStatusFromName(std::string_view name);
UploadStatus UploadStatusFromName(std::string_view name);

/// RecordCount and Schema are demanded of a session in state NORMAL only: one that is still being
/// opened has none yet.
Result<DownloadSession> ReadDownloadSession(std::string_view body);

/// Schema is demanded of a session in state NORMAL only. A missing block list is an empty one.
Result<UploadSession> ReadUploadSession(std::string_view body);

}  // namespace culvert::maxcompute::internal
