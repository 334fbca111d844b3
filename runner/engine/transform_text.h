// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/transformer.h"

#include <optional>
#include <string>
#include <string_view>

namespace culvert::runner {

/// Applies a rule that makes text to one value, null being nothing; the new value is in `out`,
/// which is empty before. Empty: done. Else the reason, without the value: "text is shorter than
/// the start of dx_substr". Not for FilterRows.
std::string_view ChangeText(const syncjob::TransformerRule& rule,
                            std::optional<std::string_view> value, std::optional<std::string>& out);

}  // namespace culvert::runner
