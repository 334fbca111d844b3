// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/dirty_files.h"

#include "libs/base/file.h"
#include "libs/base/json.h"
#include "libs/base/private_file.h"
#include "runner/dirty_line.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <optional>
#include <utility>

namespace culvert::runner {
namespace {

using nlohmann::json;

constexpr std::size_t kHashChars = 16;
constexpr std::size_t kSummaryBytesMax = 4'096;

std::string SummaryPath(const std::string& directory) { return directory + "/run.json"; }

class DirtyFile final : public DirtyBlock {
 public:
  DirtyFile(std::string path, const CopySpec& spec, const syncjob::Block& block)
      : path_(std::move(path)),
        context_{.plan = spec.plan(),
                 .columns = spec.source_layout().columns(),
                 .source = static_cast<std::size_t>(block.source)} {}

  // The same block has the same dirty rows, so a block without any never had a file.
  Status Finish(const OpContext& /*ctx*/) override { return file_ ? file_->Publish() : Status(); }

 private:
  Status Take(const OpContext& /*ctx*/, const record::RecordBatch& in, std::uint64_t first_row,
              std::span<const DirtyMark> marks) override {
    for (const DirtyMark& mark : marks) {
      if (!file_) {
        CULVERT_ASSIGN_OR_RETURN(PrivateFile created, PrivateFile::Create(path_));
        file_.emplace(std::move(created));
      }
      line_.clear();
      AppendDirtyLine(context_, in, first_row + mark.row, mark, line_);
      CULVERT_TRY(file_->Append(line_));
    }
    return {};
  }

  std::string path_;
  DirtyLineContext context_;
  std::optional<PrivateFile> file_;
  std::string line_;
};

}  // namespace

std::string DirtyDirectory(const std::string& root, const syncjob::Plan& plan) {
  return root + "/" + plan.job + "/" + std::to_string(plan.attempt) + "-" +
         syncjob::PlanHash(plan).substr(0, kHashChars);
}

Result<std::unique_ptr<DirtyFiles>> DirtyFiles::Make(std::string directory, const CopySpec& spec) {
  if (Status made = EnsureDirectory(directory); !made) {
    return Fail(std::move(made.error()).With("dirty sink", directory));
  }
  return std::unique_ptr<DirtyFiles>(new DirtyFiles(std::move(directory), spec));
}

std::string DirtyFiles::PathOf(const syncjob::Block& block) const {
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "/source-%04llu-row-%012llu.jsonl",
                static_cast<unsigned long long>(block.source),
                static_cast<unsigned long long>(block.start));
  return directory_ + name.data();
}

std::unique_ptr<DirtyBlock> DirtyFiles::Open(const syncjob::Block& block) {
  return std::make_unique<DirtyFile>(PathOf(block), spec_, block);
}

bool DirtyFiles::Holds(const syncjob::Block& block, std::uint64_t /*rows_dirty*/) const {
  return ::access(PathOf(block).c_str(), R_OK) == 0;
}

Status DirtyFiles::SumUp(const OpContext& /*ctx*/, const DirtySummary& summary) {
  return WriteDirtySummary(directory_, summary);
}

std::string DirtySummaryToJson(const DirtySummary& summary) {
  return DumpJson(
      {{"job", summary.job}, {"attempt", summary.attempt}, {"rowsDirty", summary.rows_dirty}});
}

Result<DirtySummary> ParseDirtySummary(std::string_view text) {
  CULVERT_ASSIGN_OR_RETURN(const json value, ParseJson(text));
  DirtySummary summary;
  CULVERT_ASSIGN_OR_RETURN(summary.job, JsonString(value, "job"));
  CULVERT_ASSIGN_OR_RETURN(const std::int64_t attempt, JsonInt64(value, "attempt"));
  summary.attempt = static_cast<std::int32_t>(attempt);
  CULVERT_ASSIGN_OR_RETURN(summary.rows_dirty, JsonUint64(value, "rowsDirty"));
  return summary;
}

Status WriteDirtySummary(const std::string& directory, const DirtySummary& summary) {
  CULVERT_TRY(EnsureDirectory(directory));
  CULVERT_ASSIGN_OR_RETURN(PrivateFile file, PrivateFile::Create(SummaryPath(directory)));
  CULVERT_TRY(file.Append(DirtySummaryToJson(summary) + "\n"));
  return file.Publish();
}

Result<DirtySummary> ReadDirtySummary(const std::string& directory) {
  const std::string path = SummaryPath(directory);
  CULVERT_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kSummaryBytesMax));
  return ParseDirtySummary(text);
}

}  // namespace culvert::runner
