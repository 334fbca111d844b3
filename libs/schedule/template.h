// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/basis.h"
#include "libs/schedule/built_in.h"
#include "libs/schedule/expression.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace culvert::schedule {

/// A text with placeholders: `${name}`, `${yyyymmdd-1}`, `$[hh24]`, `$bizdate`. What stands around
/// them is kept.
class Template {
 public:
  enum class Place : std::uint8_t {
    kField,  // of a job: `${name}` stands for a parameter; a `$` that begins nothing is itself
    kValue   // of a parameter: has no names in it, and every `$word` must be known
  };
  using Values = std::map<std::string, std::string, std::less<>>;

  /// kInvalidArgument `column 12: what and why`, columns counted from 1 in bytes.
  static Result<Template> Parse(std::string_view text, Place place);
  /// `basis` null: no date is known. kInvalidArgument, reason UnresolvedPlaceholder, for the first
  /// placeholder without a value: names it, and where it stands.
  Result<std::string> Evaluate(const Values& values, const Basis* basis) const;

 private:
  struct Name {
    std::string name;
    std::string why_no_date;  // of a name that looks like one; else empty
  };
  struct Piece {
    std::variant<std::string, Name, Expression, BuiltIn> what;
    std::string source;  // as it is written
    std::size_t column = 1;
  };
  friend class TemplateParser;
  std::vector<Piece> pieces_;
};

/// Letters, digits, '_' and '.', not beginning with a digit; at most 64 bytes.
bool IsParameterName(std::string_view name);

/// True when `text` still has a placeholder's beginning in it: `${` or `$[`.
bool HasPlaceholder(std::string_view text);

}  // namespace culvert::schedule
