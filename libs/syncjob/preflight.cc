// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/preflight.h"

#include "libs/record/schema.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace culvert::syncjob {
namespace {

std::string NameOf(const TableFacts& facts) {
  return facts.project + (facts.schema.empty() ? "" : "." + facts.schema) + "." + facts.table;
}

std::string KeysOf(const TableFacts& facts) {
  std::string text;
  for (const std::string& key : facts.partition_keys) text += (text.empty() ? "" : ", ") + key;
  return text;
}

std::string_view SchemaOf(const TableFacts& facts) {
  return facts.schema.empty() ? std::string_view("default") : std::string_view(facts.schema);
}

std::string_view TrimSlash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

bool SameTable(const TableFacts& a, const TableFacts& b) {
  return record::SameName(TrimSlash(a.endpoint), TrimSlash(b.endpoint)) &&
         record::SameName(a.project, b.project) && record::SameName(SchemaOf(a), SchemaOf(b)) &&
         record::SameName(a.table, b.table);
}

Status CheckKind(const TableFacts& facts, std::string_view side, std::string_view remedy) {
  const std::string what = std::string(side) + " " + NameOf(facts);
  switch (facts.kind) {
    case TableFacts::Kind::kTable:
    case TableFacts::Kind::kDelta:
      return {};
    case TableFacts::Kind::kView:
      return Fail(FailedPrecondition(
                      what + " is a view, which has no rows of its own: " + std::string(remedy))
                      .Because("ViewNotSupported"));
    case TableFacts::Kind::kExternal:
      return Fail(FailedPrecondition(what + " is an external table, which Tunnel does not serve: " +
                                     std::string(remedy))
                      .Because("ExternalTableNotSupported"));
    case TableFacts::Kind::kOther:
      return Fail(FailedPrecondition(what +
                                     " is neither a table nor a view, which is not supported: " +
                                     std::string(remedy))
                      .Because("Unsupported"));
  }
  return {};
}

}  // namespace

Status CheckSourceTable(const TableFacts& source) {
  return CheckKind(source, "source", "copy it into a table by SQL first");
}

Status CheckTargetTable(const TableFacts& target, std::int32_t concurrent,
                        bool consistency_commit) {
  CULVERT_TRY(CheckKind(target, "target", "name a table"));
  if (target.kind == TableFacts::Kind::kDelta && concurrent > 1 && !consistency_commit) {
    return Fail(InvalidArgument("target " + NameOf(target) +
                                " is a Delta table, whose concurrent commits would collide: set "
                                "consistencyCommit: true, or speed.concurrent: 1")
                    .Because("DeltaNeedsConsistencyCommit"));
  }
  return {};
}

Status CheckPartitionGiven(const TableFacts& facts, bool given, std::string_view side) {
  const bool partitioned = !facts.partition_keys.empty();
  if (partitioned == given) return {};
  if (partitioned) {
    return Fail(InvalidArgument(std::string(side) + " " + NameOf(facts) + " is partitioned by " +
                                KeysOf(facts) + ": give 'partition'")
                    .Because("PartitionRequired"));
  }
  return Fail(InvalidArgument(std::string(side) + " " + NameOf(facts) +
                              " is not partitioned: leave 'partition' out")
                  .Because("PartitionForbidden"));
}

Result<record::PartitionSpec> TargetPartition(const TableFacts& target, const std::string& text) {
  Result<record::PartitionSpec> spec = record::PartitionSpec::Parse(text);
  if (spec) spec = record::OrderLike(*spec, target.partition_keys);
  if (!spec) {
    return Fail(InvalidArgument("target " + NameOf(target) + ": " + spec.error().message +
                                "; give every key")
                    .Because("SchemaMismatch"));
  }
  const bool wild = std::ranges::any_of(spec->entries, [](const auto& entry) {
    return entry.second.find_first_of("*?") != std::string::npos;
  });
  if (wild) {
    return Fail(InvalidArgument("target partition '" + text +
                                "' has wildcards: name one partition, or set partitionFromSource: "
                                "true")
                    .Because("SchemaMismatch"));
  }
  return spec;
}

Status CheckSameKeys(const TableFacts& source, const TableFacts& target) {
  const bool same =
      std::ranges::equal(source.partition_keys, target.partition_keys, record::SameName);
  if (same && !source.partition_keys.empty()) return {};
  return Fail(
      InvalidArgument("partitionFromSource needs the same partition keys on both sides, but " +
                      NameOf(source) + " has (" + KeysOf(source) + ") and " + NameOf(target) +
                      " (" + KeysOf(target) + ")")
          .Because("SchemaMismatch"));
}

Status CheckNotItself(const TableFacts& source, const std::vector<record::PartitionSpec>& read,
                      const TableFacts& target, const std::vector<record::PartitionSpec>& written) {
  if (!SameTable(source, target)) return {};
  const auto refuse = [&](const std::string& what) {
    return Fail(InvalidArgument("the job reads and writes " + what +
                                ": name another target, or other partitions")
                    .Because("SourceIsTarget"));
  };
  if (target.partition_keys.empty()) return refuse(NameOf(target));
  const std::set<record::PartitionSpec> reads(read.begin(), read.end());
  for (const record::PartitionSpec& partition : written) {
    if (reads.contains(partition)) return refuse(NameOf(target) + " " + partition.ToString());
  }
  return {};
}

}  // namespace culvert::syncjob
