// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/convert/documents.h"
#include "libs/convert/placeholder.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Scripts of the platforms that people come from, as documents of ours. Pure: a text in, documents
// and a report out. docs/migration.md has the fields.

namespace culvert::convert {

enum class Format : std::uint8_t {
  kAuto,       // told by the script's own fields
  kDataWorks,  // a job script of version 2.0
  kDataX       // a job of DataX
};

struct ConvertOptions {
  std::string file_name;  // for messages
  Format format = Format::kAuto;
  Comments comments = Comments::kRefuse;
  std::vector<Parameter> parameters;
  ObjectNames names;
};

struct Conversion {
  std::string documents;            // a YAML stream; empty when refused
  std::vector<std::string> report;  // a line a field, in the order of the script
  std::string summary;              // one line
  bool refused = false;
  bool holds_keys = false;  // one of the documents is a Secret
};

/// Converts one script. What would move other rows than the script did is refused, never dropped:
/// `refused`, with the reasons in the report. kInvalidArgument with the place when the text is no
/// JSON or no script at all. No message holds a key.
Result<Conversion> Convert(std::string_view text, const ConvertOptions& options);

}  // namespace culvert::convert
