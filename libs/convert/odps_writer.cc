// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/odps_fields.h"
#include "libs/record/schema.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::convert {
namespace {

constexpr std::string_view kWriterTo = "spec.target.maxCompute";

std::string ToTarget(std::string_view name) {
  return std::string(kWriterTo) + "." + std::string(name);
}

void ReadTargetPartition(FieldReader& in, YamlValue& body) {
  const ScriptNode* node = in.Find("partition");
  if (node != nullptr && node->kind == ScriptNode::Kind::kArray) {
    in.Refused(
        "partition",
        "is a list; a writer fills one partition, write \"dt=20250330,hh=01\" with every key");
    return;
  }
  const auto partition = in.Text("partition");
  if (!partition) return;
  if (partition->empty()) {
    in.Carried("partition", "empty, a table without partitions");
    return;
  }
  if (partition->find_first_of("*?") != std::string::npos) {
    in.Refused("partition", Quoted(*partition) +
                                " has a wildcard; a writer fills one partition, give every key its "
                                "value");
    return;
  }
  in.Carried("partition", ToTarget("partition"));
  body.Set("partition", YamlValue::Text(*partition));
}

void ReadTargetColumn(FieldReader& in, ConvertedSide& side) {
  const ScriptNode* node = in.Find("column");
  const std::vector<std::string> columns = ReadColumnList(in);
  if (columns.empty()) return;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& column = columns[i];
    const auto refuse = [&](std::string text) {
      in.report().Add(Fate::kRefused, node->items[i].place,
                      in.PathOf("column[" + std::to_string(i) + "]"), std::move(text));
    };
    if (column == "*" && columns.size() > 1) {
      refuse("'*' stands alone; name every column, or only '*'");
    } else if (column.empty()) {
      refuse("is empty; name a column of the target");
    } else if (column.find_first_of("'()") != std::string::npos) {
      refuse(Quoted(column) + " is no column of the target; constants belong to the reader's list");
    } else if (!seen.insert(record::FoldName(column)).second) {
      refuse(Quoted(column) + " is named twice; fill each column once");
    }
  }
  in.Carried("column", ToTarget("column"));
  side.columns = columns;
  side.body.Set("column", YamlValue::Texts(columns));
}

void ReadSwitches(FieldReader& in, YamlValue& body) {
  if (const auto truncate = in.Flag("truncate")) {
    in.Carried("truncate", ToTarget("truncate"));
    body.Set("truncate", YamlValue::Flag(*truncate));
  } else if (!in.Has("truncate")) {
    in.Refused("truncate", "is required: true replaces the rows of the target, false adds to them");
  }
  for (const std::string_view name : {"consistencyCommit", "emptyAsNull"}) {
    const auto flag = in.Flag(name);
    if (!flag) continue;
    in.Carried(name, *flag ? ToTarget(name) : std::string("false is the default"));
    if (*flag) body.Set(name, YamlValue::Flag(true));
  }
}

/// Which partition a row goes to would be decided by the row.
void RefuseDynamicPartition(FieldReader& in) {
  constexpr std::string_view kRemedy =
      "rows are not routed to partitions by their values; convert one script a partition, or write "
      "into a table without partitions and distribute by SQL";
  const auto dynamic = in.Flag("supportDynamicPartition");
  if (dynamic.value_or(false)) {
    in.Refused("supportDynamicPartition", std::string(kRemedy));
  } else if (dynamic) {
    in.Carried("supportDynamicPartition", "false is all there is");
  }
  for (const std::string_view name :
       {"partitionColumnMapping", "customPartitionColumns", "customPartitionFunctions"}) {
    const ScriptNode* node = in.Find(name);
    if (node == nullptr) continue;
    if (node->items.empty() && node->members.empty() && node->text.empty()) {
      in.LeaveOut(name, "it is empty");
    } else {
      in.Refused(name, std::string(kRemedy));
    }
  }
  if (const auto format = in.Text("partitionFormatType")) {
    if (format->empty()) {
      in.LeaveOut("partitionFormatType", "it is empty");
    } else {
      in.Refused("partitionFormatType", std::string(kRemedy));
    }
  }
  in.LeaveOut("dynamicPartitionMemUsageFlushIntervalInMinute", "no rows are held back in memory");
}

/// What happens to a value that is too long. DataX counted bytes against one length for all
/// columns, here each column has its own: other lengths than DataX's default would cut other
/// values.
void ReadOverLength(FieldReader& in, YamlValue& body) {
  constexpr std::int64_t kDefaultBytes = std::int64_t{8} * 1024 * 1024;
  const std::string rule = in.Text("overLengthRule").value_or("");
  const bool changes = rule == "truncate" || rule == "setNull";
  if (changes) {
    in.Carried("overLengthRule", ToTarget("overLengthRule"));
    body.Set("overLengthRule", YamlValue::Text(rule));
  } else if (rule.empty() || rule == "keepOn") {
    in.LeaveOut("overLengthRule", "a row with a value that is too long is a dirty row");
  } else {
    in.Refused("overLengthRule", "must be keepOn, truncate or setNull");
  }
  for (const std::string_view name : {"maxFieldLength", "maxOdpsFieldLength"}) {
    const auto bytes = in.Integer(name, 0, std::int64_t{1} << 40U);
    if (!bytes) continue;
    if (changes && *bytes != kDefaultBytes) {
      in.Refused(name,
                 "other lengths than those of the columns are not offered; remove it, or cut the "
                 "column with dx_substr");
    } else {
      in.LeaveOut(name, "the lengths are those of the column's type, 8 MiB for STRING and BINARY");
    }
  }
  for (const std::string_view name : {"enableOverLengthOutput", "maxOverLengthOutputCount"}) {
    in.LeaveOut(name, "the log shows samples of dirty rows");
  }
}

void LeaveOutWriterTuning(FieldReader& in) {
  if (in.Integer("blockSizeInMB", 1, 512)) {
    in.LeaveOut("blockSizeInMB", "the plan cuts blocks by the size of the source");
  }
  if (in.Integer("writeTimeoutInMs", 0, std::int64_t{1} << 40U)) {
    in.LeaveOut("writeTimeoutInMs", "a block that makes no progress is sent again");
  }
  in.LeaveOut("checkWithGetSize", "the service's record counts are compared with the plan always");
  for (const std::string_view name :
       {"uploadId", "taskCount", "sessionId", "startIndex", "stepCount"}) {
    if (in.Has(name)) in.Refused(name, "is internal to DataX; remove it");
  }
}

}  // namespace

ConvertedSide ReadOdpsWriter(FieldReader& in) {
  ConvertedSide side;
  side.connection = ReadConnection(in);
  side.table = ReadTable(in, kWriterTo);
  side.body.Set("table", YamlValue::Text(side.table));
  ReadTargetPartition(in, side.body);
  ReadTargetColumn(in, side);
  ReadSwitches(in, side.body);
  ReadCompress(in, kWriterTo, "compress", side.body);
  ReadStatements(in, kWriterTo, side.body);
  RefuseDynamicPartition(in);
  ReadOverLength(in, side.body);
  LeaveOutWriterTuning(in);
  LeaveOutCommon(in);
  in.RefuseRest();
  return side;
}

}  // namespace culvert::convert
