// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/convert.h"

#include "libs/syncjob/manifest.h"

#include <algorithm>

namespace culvert::convert {
namespace {

bool HasMember(const ScriptNode& script, std::string_view name) {
  return std::ranges::find(script.members, name, &ScriptMember::name) != script.members.end();
}

Result<Format> FormatOf(const ScriptNode& script, const ConvertOptions& options) {
  if (options.format != Format::kAuto) return options.format;
  const bool datax = HasMember(script, "job");
  const bool dataworks = HasMember(script, "steps") || HasMember(script, "version");
  if (datax != dataworks) return datax ? Format::kDataX : Format::kDataWorks;
  return Fail(
      InvalidArgument(options.file_name +
                      ":1:1: neither a DataWorks script (an object with type, version, steps, "
                      "setting, order) nor a "
                      "DataX job (an object with job); give --format to say which it should be"));
}

/// What the reader of manifests would say: an error in the documents is found here, not at the
/// first run. With the fields that this version does not do, it may say that they are unsupported.
void CheckDocuments(const std::vector<Document>& documents, const Place& place,
                    ConversionReport& report) {
  for (const YamlParts parts : {YamlParts::kDone, YamlParts::kAll}) {
    syncjob::Manifest manifest;
    const Status read =
        syncjob::ParseManifest(WriteDocuments(documents, parts), "documents", manifest);
    if (read || (parts == YamlParts::kAll && read.error().reason == "Unsupported")) continue;
    report.Add(Fate::kRefused, place, "",
               "the documents would be refused, " + read.error().message);
    return;
  }
}

}  // namespace

Result<Conversion> Convert(std::string_view text, const ConvertOptions& options) {
  CULVERT_ASSIGN_OR_RETURN(ScriptNode script,
                           ParseScript(text, options.file_name, options.comments));
  CULVERT_ASSIGN_OR_RETURN(const Format format, FormatOf(script, options));
  ConversionReport report;
  FillPlaceholders(script, options.parameters, report);
  const ConvertedScript converted = format == Format::kDataX ? ReadDataXScript(script, report)
                                                             : ReadDataWorksScript(script, report);
  Conversion result;
  if (!report.refused()) {
    std::vector<Document> documents = MakeDocuments(converted, options.names, report);
    if (!report.refused()) CheckDocuments(documents, script.place, report);
    if (!report.refused()) result.documents = WriteDocuments(documents, YamlParts::kAll);
    for (const ConvertedSide* side : {&converted.source, &converted.target}) {
      if (side->connection && side->connection->HasKeys()) result.holds_keys = true;
    }
  }
  result.refused = report.refused();
  result.report = report.Lines(options.file_name);
  result.summary = report.Summary();
  return result;
}

}  // namespace culvert::convert
