// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/syncjob/sql_text.h"

#include <cstddef>
#include <cstdint>
#include <string>

/// Any piece of SQL: refused with a byte, or whole. A whole condition stays one in brackets, and
/// what stands behind it is still seen; no condition ends what stands around it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using culvert::syncjob::CheckSql;
  using culvert::syncjob::SqlPiece;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto condition = CheckSql(text, SqlPiece::kCondition);
  if (!condition) {
    CULVERT_CHECK(condition.error().message.starts_with("sql, byte "));
  } else {
    CULVERT_CHECK(CheckSql("(" + text + ")", SqlPiece::kCondition));
    CULVERT_CHECK(CheckSql("a AND (" + text + ") AND b = 'c'", SqlPiece::kStatement));
    // Nothing of it hides a bracket, a quote or a statement that follows.
    CULVERT_CHECK(!CheckSql("(" + text, SqlPiece::kCondition));
    CULVERT_CHECK(!CheckSql(text + ")", SqlPiece::kCondition));
    CULVERT_CHECK(!CheckSql(text + "'", SqlPiece::kCondition));
    CULVERT_CHECK(!CheckSql(text + "; x", SqlPiece::kStatement));
    CULVERT_CHECK(CheckSql(text + ";", SqlPiece::kStatement));
  }
  // A column is a condition without commas outside brackets; a text is whole whatever it holds.
  CULVERT_CHECK(condition || !CheckSql(text, SqlPiece::kColumn));
  const std::string quoted = culvert::syncjob::SqlText(text);
  CULVERT_CHECK(text.find('\0') != std::string::npos ||
                CheckSql(quoted + " = a", SqlPiece::kColumn));
  return 0;
}
