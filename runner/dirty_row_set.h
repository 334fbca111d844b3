// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/schema.h"
#include "runner/dirty_files.h"
#include "runner/engine/source.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace culvert::runner {

/// The dirty rows that a finished run left in a directory: read and counted once, whole, so that
/// nothing of them is missing or foreign. Immutable.
class DirtyRowSet {
 public:
  /// The files of one partition of the source, in the order of their rows.
  struct Unit {
    struct File {
      std::string path;
      std::uint64_t rows = 0;
    };
    std::string partition;
    std::uint64_t rows = 0;
    std::vector<File> files;
  };

  /// kNotFound where the run did not finish; kFailedPrecondition/DirtyRowsDamaged naming file and
  /// line where a line cannot be read, rows are not in order, columns differ, or the sum is not the
  /// run's.
  static Result<DirtyRowSet> Open(const std::string& directory);

  const std::string& job() const { return job_; }
  std::uint64_t rows() const { return rows_; }
  const std::vector<record::Column>& columns() const { return columns_; }  // as they were read
  const std::vector<Unit>& units() const { return units_; }                // sorted by partition
  const std::string& digest() const { return digest_; }                    // of all lines

 private:
  Status ReadFile(const std::string& path);

  std::string job_;
  std::uint64_t rows_ = 0;
  std::vector<record::Column> columns_;
  std::vector<Unit> units_;
  std::string digest_;
};

/// The rows of a set as a source: unit i is units()[i], its columns are `names` of the set's.
class DirtyRowSource final : public BatchSource {
 public:
  /// kFailedPrecondition/SourceChanged when the set has no such columns. `set` must outlive it.
  static Result<std::unique_ptr<DirtyRowSource>> Make(const DirtyRowSet& set,
                                                      const std::vector<std::string>& names);
  Result<std::unique_ptr<BatchReader>> Open(const OpContext& ctx,
                                            const SourceRange& range) override;

 private:
  explicit DirtyRowSource(const DirtyRowSet& set) : set_(set) {}
  const DirtyRowSet& set_;
  std::vector<std::size_t> columns_;  // into the set's
};

}  // namespace culvert::runner
