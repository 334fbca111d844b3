// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/wire/codec.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "runner/engine/source.h"
#include "runner/engine/target.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <vector>

// What a source or a target brings along to be asked by endpoint_suite.h.

namespace culvert::runner {

/// Rows in any order: their number, and the sum of their hashes.
struct RowSet {
  std::uint64_t rows = 0;
  std::uint64_t hash = 0;
  bool operator==(const RowSet&) const = default;
  RowSet operator+(const RowSet& other) const {
    return {.rows = rows + other.rows, .hash = hash + other.hash};
  }
};
inline void PrintTo(const RowSet& set, std::ostream* out) {
  *out << set.rows << " rows, hash " << set.hash;
}

/// The rows of a record stream with its trailer; a failed check where it breaks a rule.
inline RowSet RowsOf(const maxcompute::wire::RecordLayout& layout,
                     std::span<const std::byte> stream) {
  maxcompute::wire::RecordValidator validator(layout);
  maxcompute::wire::ContentHash hash(layout);
  const auto consumed = validator.Consume(stream);
  EXPECT_THAT(consumed, test::IsOk());
  EXPECT_THAT(validator.Finish(), test::IsOk());
  if (!consumed) return {};
  hash.Add(stream.first(consumed->record_bytes));
  return {.rows = validator.totals().records, .hash = hash.value()};
}

/// One source under test: unit 0 of it has `rows()` rows, at least 1,000.
class SourceWorld {
 public:
  virtual ~SourceWorld() = default;
  virtual Source source() = 0;
  virtual const maxcompute::wire::RecordLayout& layout() = 0;
  virtual std::uint64_t rows() const = 0;
  /// Changes what lies behind the source, where something does.
  virtual void Change() {}
  /// Ends the session behind the source; false where there is none.
  virtual bool Expire() { return false; }
};
using MakeSourceWorld = std::unique_ptr<SourceWorld> (*)();

/// One target under test, with two sessions where it has any.
class TargetWorld {
 public:
  virtual ~TargetWorld() = default;
  virtual Target& target() = 0;
  virtual const maxcompute::wire::RecordLayout& layout() = 0;
  virtual std::vector<maxcompute::wire::Codec> codecs() const {
    return {maxcompute::wire::Codec::kIdentity, maxcompute::wire::Codec::kDeflate,
            maxcompute::wire::Codec::kZstd, maxcompute::wire::Codec::kLz4Frame,
            maxcompute::wire::Codec::kSnappyFramed};
  }
  /// A record stream with its trailer: rows first .. first + rows - 1.
  virtual std::vector<std::byte> Stream(std::uint64_t first, std::uint64_t rows) = 0;
  /// `plain` in a codec.
  virtual std::vector<std::byte> Code(maxcompute::wire::Codec codec,
                                      std::span<const std::byte> plain) = 0;
  /// What a reader of the target sees; empty where rows are only counted.
  virtual std::optional<RowSet> Visible() = 0;
  /// Makes the sessions expire.
  virtual void Expire() {}
};
using MakeTargetWorld = std::unique_ptr<TargetWorld> (*)();

}  // namespace culvert::runner
