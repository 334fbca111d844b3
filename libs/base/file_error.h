// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"

#include <string>
#include <string_view>

namespace culvert {

/// `cannot ACTION 'PATH': ...` for an errno, with the code and reason that file.h lists.
Error FileError(int number, std::string_view action, const std::string& path);

}  // namespace culvert
