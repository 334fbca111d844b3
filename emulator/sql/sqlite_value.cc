// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/sqlite_value.h"

#include <sqlite3.h>

#include <utility>

namespace culvert::emulator::sql {

Value FromSqlite(sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return Value::Integer(sqlite3_value_int64(value));
    case SQLITE_FLOAT:
      return Value::Real(sqlite3_value_double(value));
    case SQLITE_TEXT:
    case SQLITE_BLOB: {
      const bool blob = sqlite3_value_type(value) == SQLITE_BLOB;
      const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
      const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
      std::string text = size == 0 ? std::string() : std::string(bytes, size);
      return blob ? Value::Blob(std::move(text)) : Value::Text(std::move(text));
    }
    default:
      return Value::Null();
  }
}

void GiveSqlite(sqlite3_context* context, const Value& value) {
  switch (value.storage) {
    case Storage::kNull:
      sqlite3_result_null(context);
      break;
    case Storage::kInteger:
      sqlite3_result_int64(context, value.integer);
      break;
    case Storage::kReal:
      sqlite3_result_double(context, value.real);
      break;
    case Storage::kText:
      sqlite3_result_text64(context, value.text.data(), value.text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8);
      break;
    case Storage::kBlob:
      sqlite3_result_blob64(context, value.text.data(), value.text.size(), SQLITE_TRANSIENT);
      break;
  }
}

}  // namespace culvert::emulator::sql
