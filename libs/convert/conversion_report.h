// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/convert/script_json.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::convert {

/// What became of one field of a script.
enum class Fate : std::uint8_t {
  kCarried,  // says the same in the documents
  kFilled,   // a placeholder got its value
  kLeftOut,  // not in the documents; the rows that move are the same
  kNotYet,   // in the documents; this version refuses it when the job runs
  kRefused,  // there is no conversion: other rows would move, or the script is wrong
};

/// One line of the report.
struct Note {
  Fate fate = Fate::kCarried;
  Place place;
  std::string path;  // `steps[0].parameter.table`; empty: the whole script
  std::string text;  // what became of it, why, and the remedy
  bool operator==(const Note&) const = default;
};

/// Collects what became of each field, so that a user sees all of it at once. Never holds a key.
class ConversionReport {
 public:
  void Add(Fate fate, const Place& place, std::string path, std::string text);

  bool refused() const { return CountOf(Fate::kRefused) > 0; }
  std::size_t CountOf(Fate fate) const;

  /// One line a note in the order of the script: `PATH: carried, spec.source.maxCompute.table`,
  /// and for a refusal `FILE:LINE:COLUMN: PATH: why`. Text of the script is cut and has no control
  /// characters.
  std::vector<std::string> Lines(std::string_view file_name) const;

  /// `12 fields carried, 1 left out, 1 not done yet by this version`.
  std::string Summary() const;

 private:
  std::vector<Note> notes_;
};

/// `'text'` for a message: at most 64 bytes of it, control characters as `?`.
std::string Quoted(std::string_view text);

/// `text` with `?` for each control character.
std::string OneLine(std::string_view text);

}  // namespace culvert::convert
