// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/dirty_record.h"

#include "libs/base/text.h"
#include "runner/dirty_files.h"

#include <string_view>
#include <vector>

namespace culvert::runner {
namespace {

// Places of the columns in syncjob::DirtySchema.
enum SinkField : std::size_t {
  kJob,
  kAttempt,
  kShard,
  kSourcePartition,
  kRowNumber,
  kReason,
  kMessage,
  kColumnName,
  kPart,
  kParts,
  kLine
};

std::vector<std::string_view> PartsOf(std::string_view line) {
  std::vector<std::string_view> parts;
  do {
    // A line is UTF-8: its parts are too.
    const std::size_t cut = CutText(line, kDirtyPartBytesMax).size();
    parts.push_back(line.substr(0, cut));
    line.remove_prefix(cut);
  } while (!line.empty());
  return parts;
}

void AppendNumber(record::RecordBatch& out, SinkField field, std::uint64_t number) {
  out.columns[field].AppendInt64(static_cast<std::int64_t>(number));
}

Error DamagedRecord(const std::string& what) {
  return FailedPrecondition("a record of the dirty sink " + what +
                            "; put the partition back as the run left it")
      .Because("DirtyRowsDamaged");
}

Result<std::uint64_t> NumberAt(const record::RecordBatch& in, std::size_t row, SinkField field) {
  const record::ColumnVector& column = in.columns[field];
  if (column.present[row] == 0 || column.int64s[row] < 0) {
    return Fail(DamagedRecord("has no number where one must be"));
  }
  return static_cast<std::uint64_t>(column.int64s[row]);
}

}  // namespace

void AppendDirtyRecord(const DirtyLineContext& context, std::size_t shard,
                       const record::RecordBatch& in, std::uint64_t row, const DirtyMark& mark,
                       record::RecordBatch& out) {
  std::string line;
  AppendDirtyLine(context, in, row, mark, line);
  line.pop_back();  // its newline
  const std::vector<std::string_view> parts = PartsOf(line);
  for (std::size_t part = 0; part < parts.size(); ++part) {
    out.columns[kJob].AppendBytes(context.plan.job);
    out.columns[kAttempt].AppendInt64(context.plan.attempt);
    AppendNumber(out, kShard, shard);
    out.columns[kSourcePartition].AppendBytes(context.plan.sources[context.source].partition);
    AppendNumber(out, kRowNumber, row);
    out.columns[kReason].AppendBytes(DirtyReasonName(mark.reason));
    out.columns[kMessage].AppendBytes(mark.message);
    out.columns[kColumnName].AppendBytes(context.plan.columns[mark.column].target);
    AppendNumber(out, kPart, part);
    AppendNumber(out, kParts, parts.size());
    out.columns[kLine].AppendBytes(parts[part]);
    ++out.rows;
  }
}

void AppendSummaryRecord(const DirtySummary& summary, record::RecordBatch& out) {
  out.columns[kJob].AppendBytes(summary.job);
  out.columns[kAttempt].AppendInt64(summary.attempt);
  for (const SinkField none : {kShard, kSourcePartition, kRowNumber}) {
    out.columns[none].AppendNull();
  }
  out.columns[kReason].AppendBytes(kRunFinished);
  for (const SinkField none : {kMessage, kColumnName}) out.columns[none].AppendNull();
  AppendNumber(out, kPart, 0);
  AppendNumber(out, kParts, 1);
  out.columns[kLine].AppendBytes(DirtySummaryToJson(summary));
  ++out.rows;
}

Result<DirtyRecord> DirtyRecordAt(const record::RecordBatch& in, std::size_t row) {
  DirtyRecord read;
  if (in.columns[kReason].present[row] == 0 || in.columns[kLine].present[row] == 0) {
    return Fail(DamagedRecord("has no reason or no line"));
  }
  read.reason = in.columns[kReason].BytesAt(row);
  read.line = in.columns[kLine].BytesAt(row);
  CULVERT_ASSIGN_OR_RETURN(read.part, NumberAt(in, row, kPart));
  CULVERT_ASSIGN_OR_RETURN(read.parts, NumberAt(in, row, kParts));
  if (read.part >= read.parts) return Fail(DamagedRecord("is a part beyond its parts"));
  if (read.reason == kRunFinished) return read;
  CULVERT_ASSIGN_OR_RETURN(read.shard, NumberAt(in, row, kShard));
  CULVERT_ASSIGN_OR_RETURN(read.row, NumberAt(in, row, kRowNumber));
  return read;
}

}  // namespace culvert::runner
