// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/binder.h"
#include "emulator/sql/sqlite_query.h"
#include "emulator/sql/statement.h"
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/base/log.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace {

using namespace culvert::emulator;       // NOLINT(google-build-using-namespace): one file
using namespace culvert::emulator::sql;  // NOLINT(google-build-using-namespace): one file

/// Every name is the same empty table, with a column of each kind.
class OneTable final : public TableResolver {
 public:
  OneTable() {
    auto def = std::make_shared<TableDef>();
    def->name = "t";
    def->id = "1";
    for (const auto& [name, type] : {std::pair{"a", "bigint"},
                                     {"b", "string"},
                                     {"c", "decimal(38,18)"},
                                     {"d", "double"},
                                     {"e", "boolean"},
                                     {"f", "date"},
                                     {"g", "timestamp"},
                                     {"h", "array<bigint>"},
                                     {"i", "map<string,bigint>"},
                                     {"j", "struct<x:int,y:string>"},
                                     {"k", "binary"}}) {
      culvert::record::Column column;
      column.name = name;
      column.type = culvert::record::Type::Parse(type).value();
      def->columns.columns.push_back(std::move(column));
    }
    table_.def = std::move(def);
  }
  culvert::Result<SourceTable> Open(const ObjectName&) override { return table_; }

 private:
  SourceTable table_;
};

}  // namespace

/// Any text: refused, or statements; a query that binds is text that SQLite can prepare, or that it
/// refuses for its own limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view script(reinterpret_cast<const char*>(data), size);
  auto statements = ParseScript(script);
  if (!statements) {
    CULVERT_CHECK(statements.error().message.starts_with("ODPS-0130161:["));
    return 0;
  }
  static const auto clock = culvert::MakeSystemClock();
  static culvert::Logger log(culvert::LogLevel::kError, *clock, [](std::string_view) {});
  OneTable tables;
  for (const Statement& statement : *statements) {
    const auto* select = std::get_if<SelectStatement>(&statement.body);
    if (select == nullptr) continue;
    const auto bound = BindQuery(*select->query, tables);
    if (!bound) continue;
    const culvert::OpContext context{
        .stop = {},
        .deadline = clock->SteadyNow() + std::chrono::milliseconds(200),
        .clock = *clock,
        .log = log};
    int rows = 0;
    const auto run = RunQuery(context, *bound, [&](std::span<const Value>) -> culvert::Status {
      if (++rows > 100) return culvert::Fail(culvert::OutOfRange("enough"));
      return {};
    });
    if (!run) CULVERT_CHECK(run.error().message.find("syntax error") == std::string::npos);
  }
  return 0;
}
