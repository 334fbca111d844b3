// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/sql/value.h"
#include "libs/base/result.h"
#include "libs/record/type.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

// ARRAY, MAP and STRUCT values between their wire bytes (record-wire.md section 2) and JSON text.
// Inside, DECIMAL, dates and times are strings, BINARY is a hexadecimal string, NaN and the
// infinities are the strings "NaN", "Infinity" and "-Infinity"; a MAP is an object whose keys are
// text.

namespace culvert::emulator::sql {

/// `wire` was validated when it was read: bytes that do not fit the type are a broken invariant.
std::string NestedToJson(const record::Type& type, std::string_view wire);

/// kInvalidArgument when the JSON does not fit the type, kOutOfRange for numbers beyond it.
Result<std::string> JsonToNested(const record::Type& type, std::string_view json);

/// One element of such JSON as the value of `type`.
Result<Value> JsonToValue(const record::Type& type, const nlohmann::json& json);

}  // namespace culvert::emulator::sql
