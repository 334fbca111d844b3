// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/regex.h"
#include "libs/base/result.h"
#include "libs/record/type.h"
#include "libs/syncjob/types.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// `spec.transformers` with a meaning: pure, no rows here. Names, parameters and corner rules are
// DataX's (alibaba/DataX 60ea07b, core/.../transport/transformer/*.java and transformer.md), but
// that text is counted in characters, not in UTF-16 units, and that what would make every row
// dirty there is refused before the run here. docs/spec/v1alpha1/syncjob.md has all of it.

namespace culvert::syncjob {

/// `dx_filter`: leaves out the rows whose value meets the condition.
struct FilterRows {
  enum class Condition : std::uint8_t {
    kLike,
    kNotLike,
    kEqual,
    kNotEqual,
    kGreater,
    kGreaterOrEqual,
    kLess,
    kLessOrEqual,
  };
  /// How values of the column compare: DataX's LongColumn and DateColumn, DoubleColumn, and the
  /// rest.
  enum class Kind : std::uint8_t { kWhole, kDouble, kText };
  Condition condition = Condition::kEqual;
  std::string text;            // as written
  std::vector<Regex> pattern;  // kLike, kNotLike: the one pattern
};
/// `dx_substr`: characters `start` .. `start + length - 1`, fewer at the end.
struct CutOut {
  std::uint64_t start = 0;
  std::uint64_t length = 0;
};
/// `dx_pad`: `length` characters, filled with `fill` on one side, or cut on the right.
struct PadText {
  bool left = false;
  std::uint64_t length = 0;
  std::string fill;  // at least one character
};
/// `dx_replace`: characters `start` .. `start + length - 1` become `with`.
struct ReplaceText {
  std::uint64_t start = 0;
  std::uint64_t length = 0;
  std::string with;
};
/// `dx_digest`: the hexadecimal digits of a hash of the text.
struct DigestText {
  bool sha1 = false;  // else MD5
  bool upper_case = false;
};
using TransformerRule = std::variant<FilterRows, CutOut, PadText, ReplaceText, DigestText>;

inline constexpr std::size_t kTransformersMax = 16;
inline constexpr std::uint32_t kTransformerColumnMax = 1'199;
inline constexpr std::size_t kTransformerParaBytesMax = 1'024;
/// Longest value that dx_pad may make, in characters: what a STRING holds in bytes.
inline constexpr std::uint64_t kPadLengthMax = std::uint64_t{8} * 1024 * 1024;

/// kInvalidArgument with what is wrong and how it is written: an unknown name, another number of
/// parameters, one that is no such number or word, a pattern that is none.
Result<TransformerRule> ParseTransformer(const Transformer& transformer);

/// True for the rules that make text of their column; dx_filter only looks at it.
bool MakesText(const TransformerRule& rule);

/// How the values of a type compare in dx_filter. Nothing for nested types and intervals, which no
/// transformer takes.
std::optional<FilterRows::Kind> FilterKindOf(const record::Type& type);

/// The number that a filter compares with, where its kind is a number; kInvalidArgument when the
/// text is none. "null" (in any case) compares with null alone and is no error: nothing.
Result<std::optional<std::int64_t>> WholeOf(const FilterRows& filter);
Result<std::optional<double>> DoubleOf(const FilterRows& filter);
/// True for `null` in any case.
bool MeansNull(std::string_view text);

/// A column behind all transformers.
struct TransformedColumn {
  record::Type type;     // STRING once it was changed, else the column's own
  bool named = false;    // a transformer looks at it
  bool changed = false;  // and one makes text of it
};
/// `columns` are the types of the source's list. kInvalidArgument/SchemaMismatch naming
/// `transformers[i]`: a column beyond the list, a type that takes none, a filter whose value is no
/// number for a column of numbers.
Result<std::vector<TransformedColumn>> ColumnsAfter(const std::vector<Transformer>& transformers,
                                                    const std::vector<record::Type>& columns);

}  // namespace culvert::syncjob
