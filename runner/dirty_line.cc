// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/dirty_line.h"

#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/base/text.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "runner/engine/convert_value.h"
#include "runner/engine/row_text.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <optional>
#include <utility>

namespace culvert::runner {
namespace {

using nlohmann::json;
using record::ColumnVector;
using record::Physical;
using record::Type;
using record::TypeKind;

constexpr std::size_t kColumnsMax = 1'200;

bool IsWellFormedText(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// True where the value's text reads back as the same value: times of the years that a text can say,
// and all else but intervals.
bool TextSaysIt(const Type& type, const ColumnVector& values, std::size_t row) {
  const auto within = [&](std::int64_t min, std::int64_t max) {
    return values.int64s[row] >= min && values.int64s[row] <= max;
  };
  switch (type.kind) {
    case TypeKind::kDate:
      return within(-719'162, 2'932'896);  // 0001-01-01 to 9999-12-31
    case TypeKind::kDatetime:
      return within(-62'135'596'800'000, 253'402'300'799'999);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return within(-62'135'596'800, 253'402'300'799) && values.nanos[row] >= 0;
    case TypeKind::kIntervalDayTime:
    case TypeKind::kIntervalYearMonth:
      return false;
    default:
      return true;
  }
}

void AppendMember(const char* name, std::string_view text, std::string& out) {
  out += ",\"";
  out += name;
  out += "\":";
  AppendJsonString(text, out);
}

// `value` where text says all of it, else `base64` of its bytes or `raw`, its whole numbers.
void AppendValue(const Type& type, const ColumnVector& values, std::size_t row, std::string& out) {
  if (values.present[row] == 0) {
    out += ",\"value\":null";
    return;
  }
  if (values.physical == Physical::kBytes || values.physical == Physical::kNested) {
    const std::string_view bytes = values.BytesAt(row);
    const bool text = values.physical == Physical::kBytes && type.kind != TypeKind::kBinary &&
                      IsWellFormedText(bytes);
    if (text) return AppendMember("value", bytes, out);
    return AppendMember("base64", Base64Encode(AsBytes(bytes)), out);
  }
  ColumnVector text;
  text.physical = Physical::kBytes;
  if (TextSaysIt(type, values, row) &&
      FindConversion(type, Type{})(values, row, Type{}, text).empty()) {
    return AppendMember("value", text.BytesAt(0), out);
  }
  std::string numbers = std::to_string(values.int64s[row]);
  if (values.physical == Physical::kTimestamp) numbers += " " + std::to_string(values.nanos[row]);
  AppendMember("raw", numbers, out);
}

Error NoDirtyRow(const std::string& what) { return InvalidArgument("dirty row: " + what); }

template <typename Number>
std::optional<Number> ReadNumber(std::string_view& text) {
  Number number{};
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

Status AppendRaw(std::string_view text, ColumnVector& values) {
  const auto number = ReadNumber<std::int64_t>(text);
  if (number && values.physical == Physical::kInt64 && text.empty()) {
    values.AppendInt64(*number);
    return {};
  }
  if (number && values.physical == Physical::kTimestamp && text.starts_with(' ')) {
    text.remove_prefix(1);
    const auto nanos = ReadNumber<std::int32_t>(text);
    constexpr std::int32_t kNanosMax = 999'999'999;
    if (nanos && text.empty() && *nanos >= -kNanosMax && *nanos <= kNanosMax) {
      values.AppendTimestamp(*number, *nanos);
      return {};
    }
  }
  return Fail(NoDirtyRow("'raw' holds no such numbers"));
}

Status AppendText(const Type& type, const std::string& text, ColumnVector& values) {
  if (values.physical == Physical::kBytes && type.kind != TypeKind::kBinary) {
    values.AppendBytes(text);
    return {};
  }
  const ConvertValue convert =
      type.kind == TypeKind::kBinary ? nullptr : FindConversion(Type{}, type);
  ColumnVector from;
  from.physical = Physical::kBytes;
  from.AppendBytes(text);
  if (convert != nullptr && convert(from, 0, type, values).empty()) return {};
  return Fail(NoDirtyRow("'value' is no text of a " + type.ToString()));
}

// Nested values are bytes that others walk without looking again: they are looked at here.
Status AppendBytes(const record::Column& column, const std::string& base64, ColumnVector& values) {
  auto bytes = Base64Decode(base64);
  const bool fits = values.physical == Physical::kBytes || values.physical == Physical::kNested;
  if (!bytes || !fits)
    return Fail(NoDirtyRow("'base64' holds no bytes of a " + column.type.ToString()));
  if (values.physical == Physical::kNested) {
    const maxcompute::wire::RecordLayout layout({column});
    record::RecordBatch one = record::RecordBatch::Make(layout.columns());
    one.columns[0].AppendBytes(*bytes);
    one.rows = 1;
    const auto violation =
        maxcompute::wire::CheckBatch(layout, one, 0, maxcompute::wire::kRecordBytesMax);
    if (violation && violation->reason.starts_with("value is no")) {
      return Fail(NoDirtyRow("'base64' holds no bytes of a " + column.type.ToString()));
    }
  }
  values.AppendBytes(*bytes);
  return {};
}

Status ReadValue(const json& item, DirtyLine& line) {
  if (!item.is_object()) return Fail(NoDirtyRow("'values' must hold objects"));
  record::Column column;
  CULVERT_ASSIGN_OR_RETURN(column.name, JsonString(item, "column"));
  CULVERT_ASSIGN_OR_RETURN(const std::string type, JsonString(item, "type"));
  CULVERT_ASSIGN_OR_RETURN(column.type, Type::Parse(type));
  ColumnVector values;
  values.physical = record::PhysicalOf(column.type);
  if (item.contains("base64")) {
    CULVERT_ASSIGN_OR_RETURN(const std::string text, JsonString(item, "base64"));
    CULVERT_TRY(AppendBytes(column, text, values));
  } else if (item.contains("raw")) {
    CULVERT_ASSIGN_OR_RETURN(const std::string text, JsonString(item, "raw"));
    CULVERT_TRY(AppendRaw(text, values));
  } else if (item.contains("value") && item["value"].is_null()) {
    values.AppendNull();
  } else {
    CULVERT_ASSIGN_OR_RETURN(const std::string text, JsonString(item, "value"));
    CULVERT_TRY(AppendText(column.type, text, values));
  }
  line.columns.push_back(std::move(column));
  line.values.columns.push_back(std::move(values));
  return {};
}

}  // namespace

void AppendDirtyLine(const DirtyLineContext& context, const record::RecordBatch& in,
                     std::uint64_t row, const DirtyMark& mark, std::string& out) {
  out += "{\"job\":";
  AppendJsonString(context.plan.job, out);
  out += ",\"attempt\":" + std::to_string(context.plan.attempt);
  AppendMember("partition", context.plan.sources[context.source].partition, out);
  out += ",\"row\":" + std::to_string(row);
  AppendMember("reason", DirtyReasonName(mark.reason), out);
  AppendMember("message", mark.message, out);
  AppendMember("column", context.plan.columns[mark.column].target, out);
  out += ",\"values\":[";
  for (std::size_t i = 0; i < context.columns.size(); ++i) {
    out += i == 0 ? "{\"column\":" : ",{\"column\":";
    AppendJsonString(context.columns[i].name, out);
    AppendMember("type", context.columns[i].type.ToString(), out);
    AppendValue(context.columns[i].type, in.columns[i], mark.row, out);
    out += '}';
  }
  out += "]}\n";
}

Result<DirtyLine> ParseDirtyLine(std::string_view line) {
  if (line.size() > kDirtyLineBytesMax) return Fail(NoDirtyRow("longer than any record"));
  const auto parsed = ParseJson(line);
  // The parser's own words may hold a piece of the line.
  if (!parsed || !parsed->is_object()) return Fail(NoDirtyRow("the line is no JSON object"));
  DirtyLine read;
  CULVERT_ASSIGN_OR_RETURN(read.job, JsonString(*parsed, "job"));
  CULVERT_ASSIGN_OR_RETURN(read.attempt, JsonInt64(*parsed, "attempt"));
  CULVERT_ASSIGN_OR_RETURN(read.partition, JsonString(*parsed, "partition"));
  CULVERT_ASSIGN_OR_RETURN(read.row, JsonUint64(*parsed, "row"));
  const auto values = parsed->find("values");
  if (values == parsed->end() || !values->is_array() || values->empty() ||
      values->size() > kColumnsMax) {
    return Fail(NoDirtyRow("'values' must be a list of 1 to 1200 values"));
  }
  for (const json& item : *values) CULVERT_TRY(ReadValue(item, read));
  read.values.rows = 1;
  return read;
}

}  // namespace culvert::runner
