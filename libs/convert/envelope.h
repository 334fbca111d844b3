// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/convert/sides.h"

namespace culvert::convert {

/// A whole script, before its DataSources have names.
struct ConvertedScript {
  ConvertedSide source;
  ConvertedSide target;
  YamlValue setting;
  YamlValue transformers = YamlValue::List();
};

/// A DataWorks 2.0 job script: one reader step, one writer step, an order, settings.
ConvertedScript ReadDataWorksScript(const ScriptNode& script, ConversionReport& report);

/// A DataX job: `job.content[0]` with reader, writer and transformers, settings.
ConvertedScript ReadDataXScript(const ScriptNode& script, ConversionReport& report);

/// Reads both sides, the writer first: its columns name those of a generated source. Null nodes
/// have been refused already.
struct SideInput {
  const ScriptNode* parameter = nullptr;
  std::string path;
  bool stream = false;
};
void ReadSides(const SideInput& source, const SideInput& target, Dialect dialect,
               std::int64_t channels, ConversionReport& report, ConvertedScript& script);

}  // namespace culvert::convert
