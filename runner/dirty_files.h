// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"
#include "runner/engine/copy_spec.h"
#include "runner/engine/dirty_sink.h"

#include <memory>
#include <string>

namespace culvert::runner {

/// Where a run keeps its dirty rows below `root`: `ROOT/NAMESPACE/NAME/ATTEMPT-HASH`, of the plan's
/// hash: no two attempts share a directory, all processes of one do.
std::string DirtyDirectory(const std::string& root, const syncjob::Plan& plan);

/// Dirty rows in files of a directory, one file a block that has any, named by the block's source
/// and first row: whoever copies a block again writes the same file again. Modes 0600.
class DirtyFiles final : public DirtySink {
 public:
  /// Makes the directory. `spec` must outlive it.
  static Result<std::unique_ptr<DirtyFiles>> Make(std::string directory, const CopySpec& spec);

  std::unique_ptr<DirtyBlock> Open(const syncjob::Block& block) override;
  /// True when the file of the block is there.
  bool Holds(const syncjob::Block& block) const;
  const std::string& directory() const { return directory_; }

 private:
  DirtyFiles(std::string directory, const CopySpec& spec)
      : directory_(std::move(directory)), spec_(spec) {}
  std::string PathOf(const syncjob::Block& block) const;

  std::string directory_;
  const CopySpec& spec_;
};

/// The files of a run below `root`; null where the job keeps no dirty rows. kInvalidArgument where
/// it does and `root` is empty.
Result<std::unique_ptr<DirtyFiles>> MakeDirtyFiles(const std::string& root, const CopySpec& spec);

/// What a finished run says of its directory, in `run.json`: how many rows must be there.
struct DirtySummary {
  std::string job;
  std::int32_t attempt = 1;
  std::uint64_t rows_dirty = 0;
};
/// Durably, once the run's rows are committed; the directory is made where no row was dirty.
Status WriteDirtySummary(const std::string& directory, const DirtySummary& summary);
/// kNotFound where the run did not finish.
Result<DirtySummary> ReadDirtySummary(const std::string& directory);

}  // namespace culvert::runner
