// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/record/partition_spec.h"

#include <span>
#include <string>
#include <vector>

namespace culvert::syncjob {

struct PartitionMatch {
  std::vector<std::size_t> selected;   // indexes into the listing, in its order, each once
  std::vector<std::string> unmatched;  // specs that select nothing (successOnNoPartition)
};

/// The partitions of `listing` that any of `specs` selects. A spec gives every key of `keys`, in
/// any order; in its values `*` stands for any run of characters, `?` for one. Or it is a
/// PartitionQuery, `/*query*/ ...`. Specs may overlap.
///
/// Errors: kInvalidArgument, reason PartitionRequired when `specs` is empty, SchemaMismatch for a
/// spec with other keys than `keys`, InvalidSpec for a filter that does not parse; kNotFound,
/// reason PartitionNotFound, when a spec selects nothing and not `success_on_no_partition`, naming
/// up to 20 of the nearest partitions.
Result<PartitionMatch> MatchPartitions(std::span<const std::string> specs,
                                       std::span<const record::PartitionSpec> listing,
                                       const std::vector<std::string>& keys,
                                       bool success_on_no_partition);

}  // namespace culvert::syncjob
