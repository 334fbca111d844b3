// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/odps_fields.h"
#include "libs/syncjob/sql_text.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::convert {
namespace {

constexpr std::string_view kReaderTo = "spec.source.maxCompute";

std::string ToSource(std::string_view name) {
  return std::string(kReaderTo) + "." + std::string(name);
}

std::string Item(std::string_view name, std::size_t i) {
  return std::string(name) + "[" + std::to_string(i) + "]";
}

bool IsFilter(std::string_view spec) { return spec.starts_with("/*"); }

bool IsConstant(std::string_view column) {
  return column.size() > 1 && column.starts_with('\'') && column.ends_with('\'');
}

/// A name, whatever its letters; everything else is computed.
bool IsName(std::string_view column) {
  return std::ranges::all_of(column, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

/// `'it's'`: the old engine takes what is between the outer quotes as it is, the SyncJob writes a
/// quote inside as two.
std::string EscapedConstant(std::string_view constant) {
  std::string out = "'";
  for (const char c : constant.substr(1, constant.size() - 2)) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

/// DataX fed partition specs to a regular expression, in which only `*` was rewritten.
void CheckPattern(FieldReader& in, const std::string& field, const Place& place,
                  std::string_view spec) {
  const std::string path = in.PathOf(field);
  if (spec.find_first_of("()[]{}|+^$\\") != std::string_view::npos) {
    in.report().Add(Fate::kRefused, place, path,
                    Quoted(spec) +
                        " is a regular expression to DataX; list the partitions, with the "
                        "wildcards * and ? where they help");
  } else if (spec.find('?') != std::string_view::npos) {
    in.report().Add(Fate::kRefused, place, path,
                    Quoted(spec) +
                        " means something else here: DataX takes the character before '?' as "
                        "optional, the SyncJob takes '?' as one character; list the partitions");
  } else if (spec.find('.') != std::string_view::npos) {
    in.report().Add(Fate::kCarried, place, path,
                    Quoted(spec) + " with '.' as a dot; DataX took it for any character");
  }
}

void ReadSourcePartition(FieldReader& in, Dialect dialect, YamlValue& body) {
  const ScriptNode* node = in.Find("partition");
  if (node == nullptr) return;
  if (node->kind == ScriptNode::Kind::kString && node->text.empty()) {
    in.Carried("partition", "empty, a table without partitions");
    return;
  }
  const auto specs = in.Texts("partition", "write [\"dt=20250330\"]");
  if (!specs) return;
  if (specs->empty()) {
    in.Carried("partition", "empty, a table without partitions");
    return;
  }
  YamlValue list = YamlValue::List();
  for (std::size_t i = 0; i < specs->size(); ++i) {
    std::string spec = (*specs)[i];
    spec.erase(0, spec.find_first_not_of(" \t"));
    if (spec.empty()) {
      in.report().Add(Fate::kRefused, node->items[i].place, in.PathOf(Item("partition", i)),
                      "is empty; give every key, such as dt=20250330,hh=*");
    } else if (dialect == Dialect::kDataX && !IsFilter(spec)) {
      CheckPattern(in, Item("partition", i), node->items[i].place, spec);
    }
    list.items.push_back(YamlValue::Text(spec));
  }
  in.Carried("partition", ToSource("partition"));
  body.Set("partition", std::move(list));
}

struct Where {
  bool enabled = false;
  std::string text;
};

Where ReadWhere(FieldReader& in) {
  Where where;
  const std::optional<bool> flag = in.Flag("enableWhere");
  where.enabled = flag.value_or(false);
  where.text = in.Text("where").value_or("");
  if (!where.enabled) {
    if (flag) in.Carried("enableWhere", "false is the default");
    if (!where.text.empty()) {
      in.LeaveOut("where", "it has no effect without enableWhere: true, every row is read");
    } else if (in.Has("where")) {
      in.Carried("where", "empty, every row is read");
    }
    return where;
  }
  if (where.text.empty()) {
    in.Refused("where", "is required by enableWhere: true; write the condition, or false");
    return where;
  }
  if (const Status whole = syncjob::CheckSql(where.text, syncjob::SqlPiece::kCondition); !whole) {
    in.Refused("where", whole.error().message);
    return where;
  }
  in.Carried("enableWhere", ToSource("enableWhere"));
  in.Carried("where", ToSource("where"));
  return where;
}

void ReadSourceColumn(FieldReader& in, const Where& where, ConvertedSide& side) {
  const ScriptNode* node = in.Find("column");
  const std::vector<std::string> columns = ReadColumnList(in);
  if (columns.empty()) return;
  YamlValue list = YamlValue::List();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& column = columns[i];
    const auto refuse = [&](std::string text) {
      in.report().Add(Fate::kRefused, node->items[i].place, in.PathOf(Item("column", i)),
                      std::move(text));
    };
    if (column == "*" && columns.size() > 1) {
      refuse("'*' stands alone; name every column, or only '*'");
    } else if (column.empty()) {
      refuse("is empty; an empty text is written as \"''\"");
    } else if (IsConstant(column)) {
      list.items.push_back(YamlValue::Text(where.enabled ? column : EscapedConstant(column)));
      continue;
    } else if (column != "*" && !IsName(column) && !where.enabled) {
      refuse(Quoted(column) +
             " is no column and no constant in single quotes; functions need enableWhere: true and "
             "a where, else compute the value by SQL first");
    } else if (column != "*" && !IsName(column)) {
      const Status whole = syncjob::CheckSql(column, syncjob::SqlPiece::kColumn);
      if (!whole) refuse(Quoted(column) + ": " + whole.error().message);
    }
    list.items.push_back(YamlValue::Text(column));
  }
  in.Carried("column", ToSource("column"));
  side.columns = columns;
  side.body.Set("column", std::move(list));
}

void LeaveOutReaderTuning(FieldReader& in) {
  if (const auto mode = in.Text("splitMode")) {
    if (*mode == "record" || *mode == "partition") {
      in.LeaveOut("splitMode", "the work is split by rows always, and small partitions are packed");
    } else {
      in.Refused("splitMode", "must be record or partition");
    }
  }
  in.LeaveOut(
      "packageAuthorizedProject",
      "tables are read in the project of the DataSource; grant its key Describe, Select and "
      "Download on them");
  for (const std::string_view name :
       {"useDateWithCalendar", "calendarType", "calendarLenient", "calendarTimeZone"}) {
    in.LeaveOut(name, "a DATE is carried as a day, without calendar and time zone");
  }
}

}  // namespace

ConvertedSide ReadOdpsReader(FieldReader& in, Dialect dialect) {
  ConvertedSide side;
  side.connection = ReadConnection(in);
  side.table = ReadTable(in, kReaderTo);
  side.body.Set("table", YamlValue::Text(side.table));
  ReadSourcePartition(in, dialect, side.body);
  const Where where = ReadWhere(in);
  ReadSourceColumn(in, where, side);
  if (where.enabled) {
    side.body.Set("enableWhere", YamlValue::Flag(true));
    side.body.Set("where", YamlValue::Text(where.text));
  }
  if (const auto flag = in.Flag("successOnNoPartition")) {
    in.Carried("successOnNoPartition",
               *flag ? ToSource("successOnNoPartition") : std::string("false is the default"));
    if (*flag) side.body.Set("successOnNoPartition", YamlValue::Flag(true));
  }
  ReadCompress(in, kReaderTo, "isCompress", side.body);
  ReadStatements(in, kReaderTo, side.body);
  LeaveOutReaderTuning(in);
  LeaveOutCommon(in);
  in.RefuseRest();
  return side;
}

}  // namespace culvert::convert
