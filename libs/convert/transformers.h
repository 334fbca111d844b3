// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/convert/conversion_report.h"
#include "libs/convert/yaml_text.h"

#include <string>

namespace culvert::convert {

/// `spec.transformers` from a list of DataX; `columns` is how many columns the reader lists, 0 when
/// that is not known. An empty list where there is none.
YamlValue ReadTransformers(const ScriptNode& list, const std::string& path, std::size_t columns,
                           ConversionReport& report);

}  // namespace culvert::convert
