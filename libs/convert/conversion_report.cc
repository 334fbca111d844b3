// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/conversion_report.h"

#include "libs/base/count_text.h"
#include "libs/base/text.h"

#include <algorithm>
#include <utility>

namespace culvert::convert {
namespace {

constexpr std::size_t kShownBytesMax = 64;

std::string_view FateWord(Fate fate) {
  switch (fate) {
    case Fate::kCarried:
      return "carried, ";
    case Fate::kFilled:
      return "filled, ";
    case Fate::kLeftOut:
      return "left out, ";
    case Fate::kNotYet:
      return "not done yet, ";
    case Fate::kRefused:
      return "";
  }
  return "";
}

}  // namespace

void ConversionReport::Add(Fate fate, const Place& place, std::string path, std::string text) {
  Note note{.fate = fate, .place = place, .path = std::move(path), .text = std::move(text)};
  // A field that is looked at twice is wrong once.
  if (std::ranges::find(notes_, note) != notes_.end()) return;
  notes_.push_back(std::move(note));
}

std::size_t ConversionReport::CountOf(Fate fate) const {
  return static_cast<std::size_t>(std::ranges::count(notes_, fate, &Note::fate));
}

std::vector<std::string> ConversionReport::Lines(std::string_view file_name) const {
  std::vector<Note> sorted = notes_;
  std::ranges::stable_sort(sorted, {}, &Note::place);
  std::vector<std::string> lines;
  lines.reserve(sorted.size());
  for (const Note& note : sorted) {
    std::string line;
    if (note.fate == Fate::kRefused) {
      line = std::string(file_name) + ":" + std::to_string(note.place.line) + ":" +
             std::to_string(note.place.column) + ": ";
    }
    if (!note.path.empty()) line += note.path + ": ";
    lines.push_back(OneLine(line + std::string(FateWord(note.fate)) + note.text));
  }
  return lines;
}

std::string ConversionReport::Summary() const {
  std::string text = Counted(CountOf(Fate::kCarried), "field") + " carried, " +
                     std::to_string(CountOf(Fate::kLeftOut)) + " left out, " +
                     std::to_string(CountOf(Fate::kNotYet)) + " not done yet by this version";
  if (CountOf(Fate::kNotYet) > 0) text += ": a run refuses the job until it is";
  return text;
}

std::string Quoted(std::string_view text) {
  return "'" + OneLine(CutText(text, kShownBytesMax)) +
         (text.size() > kShownBytesMax ? "..." : "") + "'";
}

std::string OneLine(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return out;
}

}  // namespace culvert::convert
