// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/convert/sides.h"

#include <string>
#include <string_view>
#include <vector>

namespace culvert::convert {

// What the MaxCompute reader and writer have in common. `to` is the path in the SyncJob, such as
// `spec.source.maxCompute`.

/// One table; anything else is refused.
std::string ReadTable(FieldReader& in, std::string_view to);

/// The entries of `column`; none where they are refused, which was told.
std::vector<std::string> ReadColumnList(FieldReader& in);

/// `isCompress` and `compress` are one switch, written as `name`.
void ReadCompress(FieldReader& in, std::string_view to, std::string_view name, YamlValue& body);

/// Statements before and after the copy.
void ReadStatements(FieldReader& in, std::string_view to, YamlValue& body);

/// Fields that tune the old engine, and those that its wizard leaves behind.
void LeaveOutCommon(FieldReader& in);

}  // namespace culvert::convert
