// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/odps_fields.h"

#include "libs/syncjob/sql_text.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace culvert::convert {
namespace {

std::string Path(std::string_view to, std::string_view name) {
  return std::string(to) + "." + std::string(name);
}

// What a run would refuse of the statements.
std::optional<std::string> FirstWrong(const std::vector<std::string>& statements) {
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const Status whole = syncjob::CheckSql(statements[i], syncjob::SqlPiece::kStatement);
    if (!whole) return "entry " + std::to_string(i) + ": " + whole.error().message;
  }
  return std::nullopt;
}

}  // namespace

std::string ReadTable(FieldReader& in, std::string_view to) {
  const ScriptNode* node = in.Find("table");
  if (node != nullptr && node->kind == ScriptNode::Kind::kArray) {
    in.Refused("table", "is a list; a job copies one table, convert one script a table");
    return {};
  }
  std::string table = in.Text("table").value_or("");
  if (table.empty()) {
    if (node == nullptr || node->kind == ScriptNode::Kind::kString) {
      in.Refused("table", "is required, the name of one table");
    }
    return {};
  }
  const bool plain = std::ranges::all_of(table, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!plain) {
    in.Refused("table", Quoted(table) +
                            " is not one name of letters, digits and '_'; project and schema "
                            "belong to the data source");
    return {};
  }
  in.Carried("table", Path(to, "table"));
  return table;
}

std::vector<std::string> ReadColumnList(FieldReader& in) {
  const bool given = in.Find("column") != nullptr;
  auto columns = in.Texts("column", "write [\"*\"], or each name in its own quotes");
  if (!given || (columns && columns->empty())) {
    in.Refused("column", "is required, the names of columns or [\"*\"]");
  }
  return columns ? *std::move(columns) : std::vector<std::string>();
}

void ReadCompress(FieldReader& in, std::string_view to, std::string_view name, YamlValue& body) {
  const std::optional<bool> is_compress = in.Flag("isCompress");
  const std::optional<bool> compress = in.Flag("compress");
  if (is_compress && compress && *is_compress != *compress) {
    in.Refused("compress", "contradicts isCompress, the two are one switch; keep one of the two");
    return;
  }
  const bool on = is_compress.value_or(false) || compress.value_or(false);
  const std::string text = on ? Path(to, name) + ": true" : "false is the default";
  if (is_compress) in.Carried("isCompress", text);
  if (compress) in.Carried("compress", text);
  if (on) body.Set(name, YamlValue::Flag(true));
}

void ReadStatements(FieldReader& in, std::string_view to, YamlValue& body) {
  for (const std::string_view name : {"preSql", "postSql"}) {
    const auto statements = in.Texts(name, "write [\"STATEMENT\"]");
    if (!statements) continue;
    if (statements->empty()) {
      in.Carried(name, "no statements");
      continue;
    }
    if (const auto wrong = FirstWrong(*statements)) {
      in.Refused(name, *wrong);
      continue;
    }
    in.Carried(name, Path(to, name) + ", run once in an attempt");
    body.Set(name, YamlValue::Texts(*statements));
  }
}

void LeaveOutCommon(FieldReader& in) {
  if (in.Integer("maxRetryTime", 1, 10)) {
    in.LeaveOut("maxRetryTime", "what may be sent again is, until it succeeds or time is up");
  }
  for (const std::string_view name : {"guid", "envType", "description"}) {
    in.LeaveOut(name, "it says nothing about rows");
  }
}

}  // namespace culvert::convert
