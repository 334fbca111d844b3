// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator::sql {

/// Longest script that is read; vendor page "SQL limits" says 2 MB for one statement.
inline constexpr std::size_t kScriptBytesMax = std::size_t{2} * 1024 * 1024;

/// Line and column of a character, both from 1, columns in bytes: the service's `[1,15]`.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

enum class TokenKind : std::uint8_t {
  kEnd,
  kWord,    // keyword or plain name, as written
  kName,    // back-ticked name, without the ticks
  kString,  // '...' or "...", escapes resolved
  kNumber,  // digits, fraction, exponent and type suffix, as written
  kSymbol,  // one operator or punctuation mark
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  Position at;
  std::size_t begin = 0;  // offsets into the script
  std::size_t end = 0;

  /// Same keyword, whatever the case. Never true for back-ticked names.
  bool Is(std::string_view keyword) const;
  bool IsSymbol(std::string_view symbol) const {
    return kind == TokenKind::kSymbol && text == symbol;
  }
};

/// Splits a script; comments and hints (`--`, `/* */`) are dropped. The last token is kEnd.
/// kInvalidArgument in the service's form for an unknown character, an open string or comment, and
/// a script above kScriptBytesMax.
Result<std::vector<Token>> Tokenize(std::string_view script);

/// `ODPS-0130161:[line,column] Parse exception - WHAT`.
Error ParseError(Position at, std::string_view what);
/// `ODPS-0130071:[line,column] Semantic analysis exception - WHAT`.
Error SemanticError(Position at, std::string_view what);
/// `ODPS-0130131:[line,column] Table not found - table demo.t9 cannot be resolved`.
Error TableNotFound(Position at, std::string_view full_name);

}  // namespace culvert::emulator::sql
