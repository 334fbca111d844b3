// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/convert/conversion_report.h"
#include "libs/convert/script_json.h"

#include <string>
#include <utility>
#include <vector>

namespace culvert::convert {

/// `name=value` of the command line.
using Parameter = std::pair<std::string, std::string>;

/// Puts the values of `parameters` in the place of `${name}` in every text of the script, once and
/// without looking at what was put there. Refused in the report: a `${name}` without a value, an
/// expression `$[...]`, a built-in such as `$bizdate`, a parameter that the script does not use, a
/// value that is itself a placeholder. Keys (IsKeyField) are left as they are: a key on a command
/// line can be seen by others.
void FillPlaceholders(ScriptNode& script, const std::vector<Parameter>& parameters,
                      ConversionReport& report);

}  // namespace culvert::convert
