// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/envelope.h"

namespace culvert::convert {

void ReadSides(const SideInput& source, const SideInput& target, Dialect dialect,
               std::int64_t channels, ConversionReport& report, ConvertedScript& script) {
  if (target.parameter != nullptr) {
    FieldReader in(*target.parameter, target.path, report);
    script.target = target.stream ? ReadStreamWriter(in) : ReadOdpsWriter(in);
  }
  if (source.parameter != nullptr) {
    FieldReader in(*source.parameter, source.path, report);
    script.source =
        source.stream
            ? ReadStreamReader(in, {.channels = channels, .target_columns = script.target.columns})
            : ReadOdpsReader(in, dialect);
  }
  const std::size_t read = script.source.columns.size();
  const std::size_t written = script.target.columns.size();
  const bool listed = read > 0 && written > 0 && script.source.columns.front() != "*" &&
                      script.target.columns.front() != "*";
  if (listed && read > written) {
    report.Add(Fate::kRefused, target.parameter->place, target.path + ".column",
               "lists " + std::to_string(written) + " columns, the reader " + std::to_string(read) +
                   "; name a column of the target for each");
  }
}

}  // namespace culvert::convert
