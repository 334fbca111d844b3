// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/schema_contract.h"

#include "libs/base/digest.h"
#include "libs/record/schema.h"

#include <algorithm>
#include <set>
#include <variant>

namespace culvert::syncjob {
namespace {

constexpr std::size_t kShownMax = 10;

bool FollowsTable(const SyncJobSpec& spec) {
  const auto* target = std::get_if<MaxComputeTarget>(&spec.target);
  return target != nullptr && target->column.size() == 1 && target->column[0] == "*";
}

/// Lines of `from` that `other` does not have.
std::vector<std::string> Without(const std::vector<std::string>& from,
                                 const std::vector<std::string>& other) {
  std::vector<std::string> rest;
  const std::set<std::string> known(other.begin(), other.end());
  for (const std::string& line : from) {
    if (!known.contains(line)) rest.push_back(line);
  }
  return rest;
}

std::vector<std::string> Folded(const std::vector<std::string>& lines) {
  std::vector<std::string> folded;
  folded.reserve(lines.size());
  for (const std::string& line : lines) folded.push_back(record::FoldName(line));
  return folded;
}

}  // namespace

std::vector<std::string> ContractOf(const SyncJobSpec& spec,
                                    const std::vector<std::string>& read_columns,
                                    const std::vector<std::string>& read_column_types,
                                    const std::vector<ColumnPlan>& columns) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < read_columns.size() && i < read_column_types.size(); ++i) {
    lines.push_back("source " + read_columns[i] + " " + read_column_types[i]);
  }
  const bool all = FollowsTable(spec);
  for (const ColumnPlan& column : columns) {
    if (!all && column.from == ColumnPlan::From::kNull) continue;
    lines.push_back("target " + column.target + " " + column.target_type +
                    (column.target_nullable ? "" : " not null"));
  }
  return lines;
}

std::vector<std::string> ContractOf(const Plan& plan) {
  return ContractOf(plan.spec, plan.read_columns, plan.read_column_types, plan.columns);
}

std::string ContractHash(const std::vector<std::string>& contract) {
  std::string text;
  for (const std::string& line : Folded(contract)) text += line + '\n';
  return Sha256Hex(text);
}

std::string ContractDiff(const std::vector<std::string>& before,
                         const std::vector<std::string>& now) {
  const std::vector<std::string> old_lines = Folded(before);
  const std::vector<std::string> new_lines = Folded(now);
  if (old_lines == new_lines) return {};
  std::vector<std::string> changes;
  for (const std::string& line : Without(new_lines, old_lines)) changes.push_back("+ " + line);
  for (const std::string& line : Without(old_lines, new_lines)) changes.push_back("- " + line);
  if (changes.empty()) {
    const auto [was, is] = std::ranges::mismatch(old_lines, new_lines);
    return "in another order, first '" + (is == new_lines.end() ? std::string("nothing") : *is) +
           "' in the place of '" + (was == old_lines.end() ? std::string("nothing") : *was) + "'";
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(changes.size(), kShownMax); ++i) {
    text += (i > 0 ? ", " : "") + changes[i];
  }
  if (changes.size() > kShownMax) {
    text += " and " + std::to_string(changes.size() - kShownMax) + " more";
  }
  return text;
}

Result<std::optional<std::string>> CheckContract(const ContractTerms& terms,
                                                 const std::vector<std::string>& now) {
  const std::string hash = ContractHash(now);
  const bool pinned = !terms.hash.empty();
  const std::string diff = terms.before ? ContractDiff(*terms.before, now) : std::string();
  if (pinned ? terms.hash == hash : diff.empty()) return std::nullopt;
  std::string message =
      pinned ? "the columns are not those of setting.schemaHash, their hash is now " + hash
             : "the columns are not those of the last plan of this job";
  if (!diff.empty()) message += ": " + diff;
  if (terms.allow_drift) return message;
  message += pinned ? "; look at what explain lists, then set this hash, or allowSchemaDrift: true"
                    : "; set setting.allowSchemaDrift: true to go on with them";
  return Fail(FailedPrecondition(message).Because("SchemaDrift"));
}

}  // namespace culvert::syncjob
