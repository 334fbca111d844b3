// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert {

/// The zlib form (RFC 1950) of `bytes`, whose checksum is part of it. Equal input gives equal
/// output.
std::string Compress(std::string_view bytes);

/// Compress's inverse. kDataLoss for anything else than one whole zlib stream, kOutOfRange when it
/// holds more than `limit` bytes.
Result<std::string> Uncompress(std::string_view bytes, std::size_t limit);

}  // namespace culvert
