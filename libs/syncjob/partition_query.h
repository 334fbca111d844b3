// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/partition_spec.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::syncjob {

/// A filter over a table's partitions, an entry of `source.maxCompute.partition`:
///
///     /*query*/ dt >= 20240101 and (region in ('north', 'south') or hh not between 6 and 18)
///
/// `and`, `or`, `not`, brackets; `=` `==` `!=` `<>` `<` `<=` `>` `>=`, `in`, `between`, `like` (`%`
/// any run of characters, `_` one, `\` takes the next as it is) between partition keys and
/// literals. Names and keywords in any case. Values are texts exactly as stored: they compare byte
/// by byte. Against a bare whole number they compare as whole numbers, so that `hh = 0` selects
/// `hh=00`; with a value that is no whole number such a comparison is neither true nor false, as
/// with SQL's NULL: it selects nothing, negated or not.
///
/// Not SQLite, which the design names: see docs/adr/0011-partition-filters.md.
class PartitionQuery {
 public:
  /// True for a text that begins with `/*query*/`, exactly so.
  static bool Is(std::string_view text);

  /// kInvalidArgument, reason InvalidSpec, naming the column, from 1: no such prefix, wrong
  /// grammar, brackets or `not` nested deeper than 64.
  static Result<PartitionQuery> Parse(std::string_view text);

  /// kInvalidArgument, reason SchemaMismatch, where the filter names another key than `keys`.
  Status CheckKeys(const std::vector<std::string>& keys) const;

  /// Whether the filter is true of `partition`, which has every key that the filter names.
  bool Selects(const record::PartitionSpec& partition) const;

  /// Whether some comparison is with a bare number.
  bool ComparesNumbers() const;

 private:
  friend class QueryParser;

  enum class Comparison : std::uint8_t { kEqual, kNotEqual, kLess, kAtMost, kGreater, kAtLeast };
  struct Operand {
    enum class Kind : std::uint8_t { kKey, kText, kNumber };
    Kind kind = Kind::kText;
    std::string text;        // of a key: its name in lower case
    std::size_t column = 0;  // for messages
  };
  struct Node {
    enum class Kind : std::uint8_t { kAnd, kOr, kNot, kCompare, kIn, kBetween, kLike };
    Kind kind = Kind::kAnd;
    Comparison comparison = Comparison::kEqual;
    std::vector<std::size_t> children = {};  // of kAnd, kOr, kNot
    std::vector<Operand> operands = {};      // of the others: the left side, then the rest
  };
  class Evaluation;

  std::vector<Node> nodes_;  // children stand before their parents; the last is the filter
};

}  // namespace culvert::syncjob
