// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/plan.h"

#include <optional>
#include <string>
#include <vector>

// The schema contract: which columns a copy rests on, so that the next run can tell that they are
// not the same. Pure.

namespace culvert::syncjob {

/// The columns of a mapping, one in a line, in the order in which they are paired:
/// `source id bigint`, `target id bigint`, `target id bigint not null`. A list that is ["*"] stands
/// for all columns of its table; else those that it names count, so that a column which the copy
/// does not touch may come and go.
std::vector<std::string> ContractOf(const SyncJobSpec& spec,
                                    const std::vector<std::string>& read_columns,
                                    const std::vector<std::string>& read_column_types,
                                    const std::vector<ColumnPlan>& columns);
std::vector<std::string> ContractOf(const Plan& plan);

/// SHA-256 over the lines, names in lower case; hexadecimal.
std::string ContractHash(const std::vector<std::string>& contract);

/// How the columns changed, in one line with at most ten of them: `+ target tag string, - source
/// name string`, or the first place where only their order differs. Empty: not at all.
std::string ContractDiff(const std::vector<std::string>& before,
                         const std::vector<std::string>& now);

/// What a contract is held against.
struct ContractTerms {
  std::string hash = {};                                // setting.schemaHash; empty: none
  std::optional<std::vector<std::string>> before = {};  // of the last plan of this job
  bool allow_drift = false;                             // setting.allowSchemaDrift
};

/// Holds `now` against the hash where one is given, else against the last plan. Nothing where it is
/// kept; a warning where it is not and may drift. kFailedPrecondition, reason SchemaDrift, with the
/// difference, as far as it is known, and the hash of now.
Result<std::optional<std::string>> CheckContract(const ContractTerms& terms,
                                                 const std::vector<std::string>& now);

}  // namespace culvert::syncjob
