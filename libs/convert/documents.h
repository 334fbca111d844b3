// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/convert/envelope.h"

#include <string>
#include <vector>

namespace culvert::convert {

/// How the objects are called.
struct ObjectNames {
  std::string job;         // empty: from the tables
  std::string name_space;  // empty: none is written
};

/// One document of the stream.
struct Document {
  std::string comment;  // lines that begin with `#`, before the document
  YamlValue object;
};

/// The SyncJob, the DataSources and Secrets that the script has the fields of, and for each data
/// source that it names only, a comment with what to fill in. Names that clash are refused.
std::vector<Document> MakeDocuments(const ConvertedScript& script, const ObjectNames& names,
                                    ConversionReport& report);

/// All of it as one YAML stream.
std::string WriteDocuments(const std::vector<Document>& documents, YamlParts parts);

}  // namespace culvert::convert
