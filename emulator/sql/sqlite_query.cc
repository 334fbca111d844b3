// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/sqlite_query.h"

#include "emulator/sql/decimal.h"
#include "emulator/sql/functions.h"
#include "emulator/sql/row_table.h"
#include "emulator/sql/sqlite_value.h"

#include <sqlite3.h>

#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace culvert::emulator::sql {
namespace {

constexpr int kStepsBetweenChecks =
    20'000;                         // virtual machine instructions, well below a millisecond
constexpr int kDecimalDigits = 18;  // of AVG behind the point

struct CloseConnection {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;
using PreparedStatement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

/// What SQLite hands to CallFunction.
struct Registered {
  const ScalarFunction* function = nullptr;
  FunctionContext* context = nullptr;
};

void CallFunction(sqlite3_context* context, int argc, sqlite3_value** argv) {
  const auto& registered = *static_cast<Registered*>(sqlite3_user_data(context));
  std::vector<Value> args;
  args.reserve(static_cast<std::size_t>(argc));
  for (int i = 0; i < argc; ++i) {
    args.push_back(FromSqlite(argv[i]));
    if (args.back().is_null() && registered.function->nulls == ScalarFunction::Nulls::kGiveNull) {
      sqlite3_result_null(context);
      return;
    }
  }
  const Result<Value> value = registered.function->function(*registered.context, args);
  if (value) {
    GiveSqlite(context, *value);
    return;
  }
  const std::string text =
      "ODPS-0123131:User defined function exception - " + value.error().message;
  sqlite3_result_error(context, text.c_str(), static_cast<int>(text.size()));
}

int CompareDecimals(void* /*unused*/, int size_a, const void* a, int size_b, const void* b) {
  const std::string_view left(static_cast<const char*>(a), static_cast<std::size_t>(size_a));
  const std::string_view right(static_cast<const char*>(b), static_cast<std::size_t>(size_b));
  const std::optional<Decimal> x = Decimal::Parse(left);
  const std::optional<Decimal> y = Decimal::Parse(right);
  if (x && y) return Decimal::Compare(*x, *y);
  return left.compare(right);
}

/// Exact SUM and AVG. SQLite gives zeroed memory; the decimal is built in it at the first row.
struct DecimalTotal {
  Decimal* sum;
  std::int64_t count;
};

void TotalStep(sqlite3_context* context, int /*argc*/, sqlite3_value** argv) {
  auto* total = static_cast<DecimalTotal*>(
      sqlite3_aggregate_context(context, static_cast<int>(sizeof(DecimalTotal))));
  if (total == nullptr || sqlite3_value_type(argv[0]) == SQLITE_NULL) return;
  if (total->sum == nullptr) total->sum = std::make_unique<Decimal>().release();
  *total->sum = *total->sum + Decimal::Parse(TextOf(FromSqlite(argv[0]))).value_or(Decimal());
  ++total->count;
}

void TotalInverse(sqlite3_context* context, int /*argc*/, sqlite3_value** argv) {
  auto* total = static_cast<DecimalTotal*>(sqlite3_aggregate_context(context, 0));
  if (total == nullptr || total->sum == nullptr || sqlite3_value_type(argv[0]) == SQLITE_NULL) {
    return;
  }
  *total->sum = *total->sum - Decimal::Parse(TextOf(FromSqlite(argv[0]))).value_or(Decimal());
  --total->count;
}

void GiveTotal(sqlite3_context* context) {
  const auto* total = static_cast<DecimalTotal*>(sqlite3_aggregate_context(context, 0));
  if (total == nullptr || total->count == 0) {
    sqlite3_result_null(context);
    return;
  }
  const bool average = sqlite3_user_data(context) != nullptr;
  if (!average) {
    GiveSqlite(context, Value::Text(total->sum->ToString()));
    return;
  }
  const auto mean =
      Decimal::Divide(*total->sum, Decimal::FromInt(total->count), kDecimalDigits + 1);
  GiveSqlite(context, Value::Text(mean.value_or(Decimal()).Round(kDecimalDigits).ToString()));
}

void FinishTotal(sqlite3_context* context) {
  GiveTotal(context);
  auto* total = static_cast<DecimalTotal*>(sqlite3_aggregate_context(context, 0));
  if (total != nullptr) {
    const std::unique_ptr<Decimal> owned(std::exchange(total->sum, nullptr));
  }
}

/// Stops a query whose time is up.
int CheckProgress(void* context) { return static_cast<const OpContext*>(context)->Check() ? 0 : 1; }

Error Failed(sqlite3* connection) {
  const std::string text = sqlite3_errmsg(connection);
  if (text.starts_with("ODPS-")) return InvalidArgument(text);
  return InvalidArgument("ODPS-0123144:Query failed - " + text);
}

/// The functions, the collation and the limits of a connection.
Status Equip(sqlite3* connection, std::vector<Registered>& registered, FunctionContext& context) {
  std::vector<const ScalarFunction*> all;
  for (const auto list :
       {TextFunctions(), NumberFunctions(), TimeFunctions(), GeneralFunctions()}) {
    for (const ScalarFunction& function : list) all.push_back(&function);
  }
  registered.reserve(all.size());  // SQLite keeps pointers into it
  for (const ScalarFunction* function : all) {
    registered.push_back({.function = function, .context = &context});
    if (sqlite3_create_function_v2(connection, function->name, function->arguments, SQLITE_UTF8,
                                   &registered.back(), CallFunction, nullptr, nullptr,
                                   nullptr) != SQLITE_OK) {
      return Fail(Failed(connection));
    }
  }
  static char average_mark = 0;
  for (const auto& [name, mark] : {std::pair<const char*, void*>{"mc_dec_sum", nullptr},
                                   std::pair<const char*, void*>{"mc_dec_avg", &average_mark}}) {
    if (sqlite3_create_window_function(connection, name, 1, SQLITE_UTF8, mark, TotalStep,
                                       FinishTotal, GiveTotal, TotalInverse,
                                       nullptr) != SQLITE_OK) {
      return Fail(Failed(connection));
    }
  }
  if (sqlite3_create_collation_v2(connection, "mc_decimal", SQLITE_UTF8, nullptr, CompareDecimals,
                                  nullptr) != SQLITE_OK) {
    return Fail(Failed(connection));
  }
  sqlite3_exec(connection, "PRAGMA case_sensitive_like = ON", nullptr, nullptr, nullptr);
  sqlite3_exec(connection, "PRAGMA temp_store = MEMORY", nullptr, nullptr, nullptr);
  return {};
}

}  // namespace

Status RunQuery(const OpContext& context, const BoundQuery& query, const RowSink& sink) {
  FunctionContext functions;
  functions.types = query.types;
  functions.now = context.clock.Now();
  functions.random_state = static_cast<std::uint64_t>(functions.now.time_since_epoch().count());
  std::vector<Registered> registered;

  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(
      ":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  const Connection connection(raw);
  if (opened != SQLITE_OK) return Fail(Internal("no memory for a query"));
  CULVERT_TRY(Equip(raw, registered, functions));
  CULVERT_TRY(AddRowTables(raw, query.sources));
  // SQLite takes the context without const; the handler only reads it.
  sqlite3_progress_handler(raw, kStepsBetweenChecks, CheckProgress,
                           const_cast<OpContext*>(&context));  // NOLINT(*-const-cast)

  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(raw, query.sql.data(), static_cast<int>(query.sql.size()), &prepared,
                         nullptr) != SQLITE_OK) {
    return Fail(Failed(raw));
  }
  const PreparedStatement statement(prepared);
  std::vector<Value> row(query.columns.size());
  while (true) {
    const int step = sqlite3_step(prepared);
    if (step == SQLITE_DONE) return {};
    if (step == SQLITE_INTERRUPT) {
      CULVERT_TRY(context.Check());
    }
    if (step != SQLITE_ROW) return Fail(Failed(raw));
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = FromSqlite(sqlite3_column_value(prepared, static_cast<int>(i)));
    }
    CULVERT_TRY(sink(row));
  }
}

}  // namespace culvert::emulator::sql
