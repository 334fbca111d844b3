// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "libs/convert/convert.h"
#include "runner/commands.h"

#include <sys/stat.h>

#include <cstdio>
#include <string>

namespace culvert::runner {
namespace {

Result<std::string> ReadScript(const std::string& file) {
  auto read = ReadWholeFile(file == "-" ? "/dev/stdin" : file, convert::kScriptBytesMax);
  if (read) return read;
  return Fail(InvalidArgument("cannot read " + file + ": " + read.error().message));
}

}  // namespace

Status ConvertCommand(const CommandLine& line) {
  const std::string& script = line.files.front();
  const std::string title = script == "-" ? "standard input" : script;
  CULVERT_ASSIGN_OR_RETURN(const std::string text, ReadScript(script));
  CULVERT_ASSIGN_OR_RETURN(
      const convert::Conversion conversion,
      convert::Convert(text, {.file_name = title,
                              .format = line.script_format,
                              .comments = line.script_comments,
                              .parameters = line.script_parameters,
                              .names = {.job = line.name, .name_space = line.name_space}}));
  std::string report;
  for (const std::string& note : conversion.report) report += note + "\n";
  std::fputs(report.c_str(), stderr);
  if (conversion.refused) {
    return Fail(InvalidArgument(title + " is not converted, for the reasons above that name it"));
  }
  std::fputs((conversion.summary + "\n").c_str(), stderr);
  // Nobody else may read a file with keys.
  if (conversion.holds_keys) ::umask(S_IRWXG | S_IRWXO);
  return WriteOutput(line.output, conversion.documents);
}

}  // namespace culvert::runner
