// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/convert/conversion_report.h"
#include "libs/convert/script_json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::convert {

/// Reads one object of a script by name. What is missing (or null, which both formats take for
/// missing) gives nothing; what has a wrong type or range is refused in the report and gives
/// nothing. Names that nobody asked for are refused by RefuseRest: nothing is dropped silently.
/// `object` and `report` must outlive it.
class FieldReader {
 public:
  /// `path` is that of the object, empty for the whole script. A value that is no object is
  /// refused, and then has no fields.
  FieldReader(const ScriptNode& object, std::string path, ConversionReport& report);

  /// The member, null when missing. Marks the name as known.
  const ScriptNode* Find(std::string_view name);
  bool Has(std::string_view name) { return Find(name) != nullptr; }

  std::optional<std::string> Text(std::string_view name);
  /// true, false, or the same as text.
  std::optional<bool> Flag(std::string_view name);
  /// A whole number, or the same as text; empty text counts as missing.
  std::optional<std::int64_t> Integer(std::string_view name, std::int64_t min, std::int64_t max);
  /// A decimal number >= 0 without exponent, or the same as text, as digits: `12`, `0.5`. Empty
  /// text counts as missing.
  std::optional<std::string> Decimal(std::string_view name);
  /// A list of texts; `remedy` is what to write when it is none.
  std::optional<std::vector<std::string>> Texts(std::string_view name, std::string_view remedy);

  void Carried(std::string_view name, std::string text);
  void NotYet(std::string_view name, std::string text);
  void Refused(std::string_view name, std::string text);
  /// Notes that the member is left out, when it is there.
  void LeaveOut(std::string_view name, std::string_view why);
  /// Refuses every member that was not asked for.
  void RefuseRest();

  /// `path.name`, or the path itself for an empty name.
  std::string PathOf(std::string_view name) const;
  /// Of the member, or of the object when it is missing.
  Place PlaceOf(std::string_view name) const;
  ConversionReport& report() { return *report_; }

 private:
  const ScriptNode* object_;
  std::string path_;
  ConversionReport* report_;
  std::vector<std::string> known_;
};

}  // namespace culvert::convert
