// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/fit_length.h"

#include "libs/base/text.h"
#include "libs/record/text_type.h"

#include <algorithm>
#include <utility>

namespace culvert::runner {
namespace {

using record::ColumnVector;
using record::TypeKind;

// As the check of lengths counts them: bytes that do not continue a character.
std::size_t BytesOfCharacters(std::string_view text, std::size_t count) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (characters == count) return i;
    ++characters;
  }
  return text.size();
}

}  // namespace

std::size_t FittingBytes(const record::Type& type, std::string_view text,
                         std::uint64_t field_bytes_max) {
  std::size_t fitting = text.size();
  if (type.kind == TypeKind::kVarchar || type.kind == TypeKind::kChar) {
    fitting = BytesOfCharacters(text, static_cast<std::size_t>(type.length));
  }
  const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(fitting, field_bytes_max));
  return type.kind == TypeKind::kBinary ? bytes : CutText(text, bytes).size();
}

void FitLengths(syncjob::OverLengthRule rule, const record::Type& type,
                std::uint64_t field_bytes_max, ColumnVector& values) {
  if (rule == syncjob::OverLengthRule::kDirty || !record::IsTextOrBinary(type.kind)) return;
  const auto fits = [&](std::size_t row) {
    const std::string_view text = values.BytesAt(row);
    return values.present[row] == 0 || FittingBytes(type, text, field_bytes_max) == text.size();
  };
  const std::size_t rows = values.present.size();
  std::size_t row = 0;
  while (row < rows && fits(row)) ++row;
  if (row == rows) return;
  ColumnVector fitted;
  fitted.physical = values.physical;
  for (row = 0; row < rows; ++row) {
    const std::string_view text = values.BytesAt(row);
    if (values.present[row] == 0 || (rule == syncjob::OverLengthRule::kSetNull && !fits(row))) {
      fitted.AppendNull();
    } else {
      fitted.AppendBytes(text.substr(0, FittingBytes(type, text, field_bytes_max)));
    }
  }
  values = std::move(fitted);
}

}  // namespace culvert::runner
