// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace culvert::convert {

/// `text` as the name of a Kubernetes object: lower case, every run of other characters than
/// letters and digits one `-`, at most 63 bytes: `odps_first` is `odps-first`. Empty when nothing
/// is left, as of a name in Chinese.
std::string ObjectName(std::string_view text);

}  // namespace culvert::convert
