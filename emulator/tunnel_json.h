// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/download_sessions.h"
#include "emulator/upload_sessions.h"

#include <string>

namespace culvert::emulator {

// Bodies of Tunnel's session calls (tunnel-batch.md 2 to 4), in the spelling that all three SDKs
// read.

std::string DownloadJson(const DownloadSession& session, DownloadState state,
                         const std::string& owner);
enum class BlockList : std::uint8_t { kShown, kLeftOut };
std::string UploadJson(const UploadView& session, const std::string& owner,
                       std::uint64_t field_bytes_max, BlockList blocks);

}  // namespace culvert::emulator
