// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"
#include "libs/base/log.h"

#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator {

/// A table to make from a CSV file at start.
struct CsvLoad {
  std::string table;
  std::string file;
  std::vector<std::string> partition_columns;
};

/// `flights=data/flights.csv,partition=month` or `...,partition=year/month`. kInvalidArgument.
Result<CsvLoad> ParseCsvLoad(std::string_view text);

/// Makes the table and fills it; kAlreadyExists when it is there. The first line names the
/// columns, each `name` or `name:type`; a type that is not given is the narrowest of BIGINT,
/// DOUBLE, BOOLEAN, DATE, DATETIME and STRING that holds all values. Empty fields and `NA` are
/// null. kInvalidArgument with file and line.
Status LoadCsv(const CsvLoad& load, const std::string& project, Catalog& catalog,
               SegmentStore& segments, Logger& log);

}  // namespace culvert::emulator
