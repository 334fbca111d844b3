// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/syncjob/plan.h"
#include "runner/dirty_store.h"
#include "runner/engine/copy_spec.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::runner {

/// Where a run keeps its dirty rows below `root`: `ROOT/NAMESPACE/NAME/ATTEMPT-HASH`, of the plan's
/// hash: no two attempts share a directory, all processes of one do.
std::string DirtyDirectory(const std::string& root, const syncjob::Plan& plan);

/// Dirty rows in files of a directory, one file a block that has any, named by the block's source
/// and first row: whoever copies a block again writes the same file again. Modes 0600.
class DirtyFiles final : public DirtyStore {
 public:
  /// Makes the directory. `spec` must outlive it.
  static Result<std::unique_ptr<DirtyFiles>> Make(std::string directory, const CopySpec& spec);

  std::unique_ptr<DirtyBlock> Open(const syncjob::Block& block) override;
  Status Begin(const OpContext& /*ctx*/, const std::vector<std::size_t>& /*shards*/) override {
    return {};
  }
  /// True when the file of the block is there.
  bool Holds(const syncjob::Block& block, std::uint64_t rows_dirty) const override;
  Status FinishShard(const OpContext& /*ctx*/, std::size_t /*shard*/,
                     std::uint64_t /*rows_dirty*/) override {
    return {};
  }
  Status GiveUp(const OpContext& /*ctx*/) override { return {}; }
  Status SumUp(const OpContext& ctx, const DirtySummary& summary) override;
  std::string Place() const override { return directory_; }

 private:
  DirtyFiles(std::string directory, const CopySpec& spec)
      : directory_(std::move(directory)), spec_(spec) {}
  std::string PathOf(const syncjob::Block& block) const;

  std::string directory_;
  const CopySpec& spec_;
};

/// A summary is in `run.json` of the directory, durably; the directory is made where no row was
/// dirty.
Status WriteDirtySummary(const std::string& directory, const DirtySummary& summary);
/// kNotFound where the run did not finish.
Result<DirtySummary> ReadDirtySummary(const std::string& directory);
/// A summary as JSON, and back.
std::string DirtySummaryToJson(const DirtySummary& summary);
Result<DirtySummary> ParseDirtySummary(std::string_view text);

}  // namespace culvert::runner
