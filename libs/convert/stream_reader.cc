// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/time_format.h"
#include "libs/convert/sides.h"
#include "libs/record/schema.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace culvert::convert {
namespace {

constexpr std::string_view kStreamTo = "spec.source.stream";
constexpr std::string_view kDateFormat = "yyyy-MM-dd HH:mm:ss";
constexpr std::int64_t kZoneMillis = std::int64_t{8} * 60 * 60 * 1000;  // core.json: GMT+8
constexpr std::int64_t kRowsMax = 1'000'000'000'000;

/// MaxCompute's type for a column of DataX, empty when there is no such column.
std::string_view TypeOf(std::string_view type) {
  if (type.empty() || type == "string") return "string";
  if (type == "long") return "bigint";
  if (type == "double") return "double";
  if (type == "date") return "datetime";
  if (type == "bool") return "boolean";
  if (type == "bytes") return "binary";
  return {};
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Milliseconds of a local time in GMT+8.
std::optional<std::int64_t> Millis(std::string_view text) {
  const auto millis = ParseUtcMillis(text);
  if (!millis) return std::nullopt;
  return *millis - kZoneMillis;
}

std::optional<std::int64_t> Whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || stop != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// `random: {min, max}` or, where chance decides nothing, a `value`.
void SetRandom(FieldReader& in, std::string_view type, std::string_view text, YamlValue& column) {
  const std::size_t comma = text.find(',');
  const std::string_view first = Trimmed(text.substr(0, comma));
  const std::string_view second =
      comma == std::string_view::npos ? std::string_view() : Trimmed(text.substr(comma + 1));
  const bool date = type == "datetime";
  const auto min = date ? Millis(first) : Whole(first);
  const auto max = date ? Millis(second) : Whole(second);
  if (!min || !max || (type != "boolean" && *min > *max)) {
    in.Refused("random", date ? "must be two times, '2014-07-07 00:00:00, 2016-07-07 00:00:00'"
                              : "must be two whole numbers, the smaller one first: '0, 10'");
    return;
  }
  if (type == "boolean" && (*min == 0 || *max == 0 || *min == *max)) {
    // As DataX reads weights: none for false, or as many for each, makes every value true.
    const bool always = *min == 0 || *min == *max;
    in.Carried("random", std::string("every value is ") + (always ? "true" : "false") +
                             " with these weights");
    column.Set("value", YamlValue::Text(always ? "true" : "false"));
    return;
  }
  if (type == "boolean") {
    in.LeaveOut("random", "weights are not offered; true and false come equally often");
  } else {
    in.Carried("random", date ? "in milliseconds, the times read in GMT+8 as DataX does"
                              : "other values than DataX drew, from the same bounds");
  }
  YamlValue& random = column.Set("random");
  random.Set("min", YamlValue::Word(type == "boolean" ? "0" : std::to_string(*min)));
  random.Set("max", YamlValue::Word(type == "boolean" ? "1" : std::to_string(*max)));
}

void SetValue(FieldReader& in, std::string_view type, std::string value, YamlValue& column) {
  if (type == "datetime") {
    const auto millis = Millis(value);
    if (!millis) {
      in.Refused("value", "must be a time such as '2014-07-07 00:00:00'");
      return;
    }
    in.Carried("value", "in UTC, the time read in GMT+8 as DataX does");
    value = FormatUtcMillis(*millis);
  } else if (type == "boolean") {
    value = record::FoldName(value) == "true" ? "true" : "false";
    in.Carried("value", "every value is " + value);
  } else {
    in.Carried("value", "the same in every row");
  }
  column.Set("value", YamlValue::Text(value));
}

YamlValue ReadStreamColumn(const ScriptNode& node, std::string path, std::string_view name,
                           ConversionReport& report) {
  FieldReader in(node, std::move(path), report);
  YamlValue column;
  const std::string given = record::FoldName(in.Text("type").value_or(""));
  const std::string_view type = TypeOf(given);
  column.Set("name", YamlValue::Text(name));
  column.Set("type", YamlValue::Text(type));
  if (type.empty()) {
    in.Refused("type", "must be string, long, double, date, bool or bytes");
  } else if (in.Has("type")) {
    in.Carried("type", "type: " + std::string(type) + ", name: " + OneLine(name));
  }
  const std::string format = in.Text("dateFormat").value_or("");
  if (!format.empty() && format != kDateFormat) {
    in.Refused("dateFormat", "must be " + std::string(kDateFormat) + "; write the times like that");
  } else {
    in.LeaveOut("dateFormat", "it is the only one there is");
  }
  const ScriptNode* value = in.Find("value");
  const std::string random = in.Text("random").value_or("");
  if (value != nullptr &&
      (value->kind == ScriptNode::Kind::kArray || value->kind == ScriptNode::Kind::kObject)) {
    in.Refused("value", "must be text, a number, true or false");
  } else if (value != nullptr && (!value->text.empty() || random.empty())) {
    // A constant wins over chance in DataX too.
    if (!random.empty()) in.LeaveOut("random", "the value beside it wins");
    SetValue(in, type, value->text, column);
  } else if (!random.empty()) {
    SetRandom(in, type, random, column);
  } else if (node.kind == ScriptNode::Kind::kObject) {
    in.Refused("value", "or random is required");
  }
  in.RefuseRest();
  return column;
}

}  // namespace

ConvertedSide ReadStreamReader(FieldReader& in, const StreamContext& context) {
  ConvertedSide side;
  side.member = "stream";
  const bool counted = in.Has("sliceRecordCount");
  const auto slice = in.Integer("sliceRecordCount", 1, kRowsMax);
  if (!slice && !counted) in.Refused("sliceRecordCount", "is required, the rows of one channel");
  if (slice && *slice > kRowsMax / context.channels) {
    in.Refused("sliceRecordCount", "times the channels is more than 10^12 rows");
  } else if (slice) {
    const std::int64_t count = *slice * context.channels;
    in.Carried("sliceRecordCount",
               std::string(kStreamTo) + ".count: " + std::to_string(count) +
                   (context.channels > 1 ? ", as each of " + std::to_string(context.channels) +
                                               " channels made that many rows"
                                         : std::string()));
    side.body.Set("count", YamlValue::Word(std::to_string(count)));
  }
  const ScriptNode* columns = in.Find("column");
  if (columns == nullptr || columns->kind != ScriptNode::Kind::kArray || columns->items.empty()) {
    in.Refused("column", "is required, a list of {\"type\": \"long\", \"value\": \"1\"}");
    in.RefuseRest();
    return side;
  }
  const std::size_t count = columns->items.size();
  const bool named =
      context.target_columns.size() == count && context.target_columns.front() != "*";
  YamlValue list = YamlValue::List();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = named ? context.target_columns[i] : "c" + std::to_string(i + 1);
    list.items.push_back(ReadStreamColumn(
        columns->items[i], in.PathOf("column[" + std::to_string(i) + "]"), name, in.report()));
  }
  in.Carried("column", std::string(kStreamTo) + ".column, named " +
                           (named ? "as the target's columns" : "c1 and so on"));
  side.body.Set("column", std::move(list));
  in.RefuseRest();
  return side;
}

}  // namespace culvert::convert
