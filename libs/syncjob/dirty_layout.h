// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/record/schema.h"
#include "libs/syncjob/plan.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Where the dirty rows of a run are in a table of the service: its columns, and which upload
// session and block ids belong to which block of the copy. Pure; docs/adr/0022 says why.

namespace culvert::syncjob {

/// Columns of a sink, in their order: `job`, `attempt`, `shard`, `source_partition`, `row_number`,
/// `reason`, `message`, `column_name`, `part`, `parts`, `line`; its one partition key is `run`.
record::Schema DirtySchema();
/// `CREATE TABLE IF NOT EXISTS ...;`, without a lifecycle: dirty rows may be the only copy.
std::string CreateDirtyTable(std::string_view table);
/// kFailedPrecondition/SchemaMismatch naming the first difference from DirtySchema.
Status CheckDirtySchema(std::string_view table, const record::Schema& schema);

/// The value of `run` for an attempt: the job's name, cut, the attempt, and 16 hexadecimal digits
/// that no other attempt has.
std::string DirtyRunName(const Plan& plan);

/// Each shard has sessions of its own, since it commits them itself: a block of it has a fixed
/// range of block ids in one of them. One session more is for the run's summary. Immutable.
class DirtyLayout {
 public:
  /// Pieces that the dirty rows of one block may take, where the service's limit allows them.
  static constexpr std::uint64_t kPiecesMax = 200;

  /// Of `plan.shards` and the block limit of its target; `plan` may be gone later.
  explicit DirtyLayout(const Plan& plan);

  struct Place {
    std::size_t session = 0;  // index into Plan::dirty_sessions
    std::uint64_t first_id = 0;
    std::uint64_t pieces = 0;  // ids first_id .. first_id + pieces - 1
  };
  Place PlaceOf(std::size_t shard, std::size_t block) const;
  /// Sessions of a shard: [first, last).
  std::size_t FirstOf(std::size_t shard) const { return firsts_[shard]; }
  std::size_t LastOf(std::size_t shard) const { return firsts_[shard + 1]; }
  std::size_t summary_session() const { return firsts_.back(); }
  std::size_t sessions() const { return firsts_.back() + 1; }

 private:
  std::uint64_t pieces_ = kPiecesMax;
  std::uint64_t blocks_per_session_ = 1;
  std::vector<std::size_t> firsts_;  // of each shard, and behind the last
};

}  // namespace culvert::syncjob
