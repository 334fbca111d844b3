// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/convert/connection.h"
#include "libs/convert/field_reader.h"
#include "libs/convert/yaml_text.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::convert {

/// The two kinds of scripts. Their plugins are the same program, their envelopes are not.
enum class Dialect : std::uint8_t { kDataWorks, kDataX };

/// One side of a copy: `spec.source.maxCompute` and so on, without its dataSourceRef.
struct ConvertedSide {
  std::string member = "maxCompute";  // or `stream`
  YamlValue body;
  std::optional<Connection> connection;  // of maxCompute, unless it was refused
  std::string table;                     // of maxCompute
  std::vector<std::string> columns;      // of maxCompute, as the script lists them
};

/// What a generated source needs to know of the rest of the script.
struct StreamContext {
  std::int64_t channels = 1;                // each makes sliceRecordCount rows
  std::vector<std::string> target_columns;  // give the columns their names; may be empty
};

// Each reads the parameters of one plugin; what cannot be carried is in the report.
ConvertedSide ReadOdpsReader(FieldReader& in, Dialect dialect);
ConvertedSide ReadOdpsWriter(FieldReader& in);
ConvertedSide ReadStreamReader(FieldReader& in, const StreamContext& context);
ConvertedSide ReadStreamWriter(FieldReader& in);

}  // namespace culvert::convert
