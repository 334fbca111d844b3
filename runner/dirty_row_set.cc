// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/dirty_row_set.h"

#include "libs/base/digest.h"
#include "runner/dirty_line.h"
#include "runner/engine/row_copy.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

namespace culvert::runner {
namespace {

Error Damaged(const std::string& path, std::uint64_t line, const std::string& what) {
  return FailedPrecondition(path + ", line " + std::to_string(line) + ": " + what +
                            "; put the directory back as the run left it")
      .Because("DirtyRowsDamaged");
}

/// Lines of a file, each of bounded length.
class LineReader {
 public:
  explicit LineReader(const std::string& path) : path_(path), in_(path, std::ios::binary) {}

  /// The next line without its newline; false at the end of the file.
  Result<bool> Next(std::string& line) {
    line.clear();
    while (true) {
      const std::size_t newline = have_.find('\n', at_);
      const std::size_t end = newline == std::string::npos ? have_.size() : newline;
      line.append(have_, at_, end - at_);
      if (line.size() > kDirtyLineBytesMax) {
        return Fail(Damaged(path_, number_ + 1, "longer than any record"));
      }
      at_ = end;
      if (newline != std::string::npos) {
        ++at_;
        ++number_;
        return true;
      }
      if (!Fill()) break;
    }
    if (in_.bad() || !opened_) return Fail(NotFound("cannot read '" + path_ + "'"));
    if (line.empty()) return false;
    // Files are published whole.
    return Fail(Damaged(path_, number_ + 1, "the line is cut off"));
  }
  std::uint64_t number() const { return number_; }

 private:
  bool Fill() {
    opened_ = opened_ || in_.is_open();
    have_.resize(kPieceBytes);
    in_.read(have_.data(), static_cast<std::streamsize>(have_.size()));
    have_.resize(static_cast<std::size_t>(in_.gcount()));
    at_ = 0;
    return !have_.empty();
  }

  static constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;
  std::string path_;
  std::ifstream in_;
  bool opened_ = false;
  std::string have_;
  std::size_t at_ = 0;
  std::uint64_t number_ = 0;
};

bool SameColumns(const std::vector<record::Column>& left,
                 const std::vector<record::Column>& right) {
  return std::ranges::equal(left, right, [](const record::Column& a, const record::Column& b) {
    return a.name == b.name && a.type == b.type;
  });
}

class DirtyRowReader final : public BatchReader {
 public:
  DirtyRowReader(const DirtyRowSet::Unit& unit, const std::vector<std::size_t>& columns,
                 const SourceRange& range)
      : unit_(unit), columns_(columns), skip_(range.start), left_(range.rows) {}

  Status Next(const OpContext& ctx, record::RecordBatch& batch) override {
    while (left_ > 0 && batch.rows < record::RecordBatch::kRowsMax &&
           batch.ByteSize() < record::RecordBatch::kBytesMax) {
      CULVERT_TRY(ctx.Check());
      CULVERT_ASSIGN_OR_RETURN(const bool more, Advance());
      if (!more) return {};  // the copy compares the number of rows with the plan's
      auto line = ParseDirtyLine(text_);
      if (!line) return Fail(Damaged(path_, reader_->number(), line.error().message));
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        AppendRow(line->values.columns[columns_[i]], 0, batch.columns[i]);
      }
      ++batch.rows;
      --left_;
    }
    return {};
  }

 private:
  // Reads the next line of the range into text_; whole files before it are passed over.
  Result<bool> Advance() {
    while (true) {
      if (!reader_) {
        if (file_ == unit_.files.size()) return false;
        const auto& file = unit_.files[file_++];
        if (skip_ >= file.rows) {
          skip_ -= file.rows;
          continue;
        }
        path_ = file.path;
        reader_.emplace(file.path);
      }
      CULVERT_ASSIGN_OR_RETURN(const bool more, reader_->Next(text_));
      if (!more) {
        reader_.reset();
        continue;
      }
      if (skip_ == 0) return true;
      --skip_;
    }
  }

  const DirtyRowSet::Unit& unit_;
  const std::vector<std::size_t>& columns_;
  std::uint64_t skip_;
  std::uint64_t left_;
  std::size_t file_ = 0;
  std::string path_;
  std::optional<LineReader> reader_;
  std::string text_;
};

}  // namespace

Status DirtyRowSet::ReadFile(const std::string& path) {
  LineReader lines(path);
  std::string text;
  Unit* unit = nullptr;
  std::optional<std::uint64_t> before;
  for (;;) {
    CULVERT_ASSIGN_OR_RETURN(const bool more, lines.Next(text));
    if (!more) break;
    auto line = ParseDirtyLine(text);
    if (!line) return Fail(Damaged(path, lines.number(), line.error().message));
    if (line->job != job_) return Fail(Damaged(path, lines.number(), "a row of another job"));
    if (columns_.empty()) columns_ = line->columns;
    if (!SameColumns(line->columns, columns_)) {
      return Fail(Damaged(path, lines.number(), "other columns than the first row"));
    }
    if (unit == nullptr) {
      auto known = std::ranges::find(units_, line->partition, &Unit::partition);
      if (known == units_.end())
        known = units_.insert(known, Unit{.partition = line->partition, .rows = 0, .files = {}});
      unit = &*known;
      unit->files.push_back({.path = path, .rows = 0});
    }
    if (unit->partition != line->partition || (before && *before >= line->row)) {
      return Fail(Damaged(path, lines.number(), "a row out of its place"));
    }
    before = line->row;
    ++unit->files.back().rows;
    ++unit->rows;
    ++rows_;
    digest_ = Sha256Hex(digest_ + Sha256Hex(text));
  }
  if (unit == nullptr) return Fail(Damaged(path, 1, "no row"));
  return {};
}

Result<DirtyRowSet> DirtyRowSet::Open(const std::string& directory) {
  auto summary = ReadDirtySummary(directory);
  if (!summary) {
    if (summary.error().code != ErrorCode::kNotFound) return Fail(std::move(summary.error()));
    return Fail(NotFound("'" + directory +
                         "' has no run.json: name the directory NAMESPACE/NAME/ATTEMPT-HASH of a "
                         "run that finished"));
  }
  DirtyRowSet set;
  set.job_ = summary->job;
  std::vector<std::string> paths;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(directory, problem)) {
    if (entry.path().extension() == ".jsonl") paths.push_back(entry.path().string());
  }
  if (problem) return Fail(NotFound("cannot list '" + directory + "': " + problem.message()));
  std::ranges::sort(paths);  // by source, then by row
  for (const std::string& path : paths) CULVERT_TRY(set.ReadFile(path));
  if (set.rows_ != summary->rows_dirty) {
    return Fail(FailedPrecondition("'" + directory + "' holds " + std::to_string(set.rows_) +
                                   " rows, the run left " + std::to_string(summary->rows_dirty) +
                                   "; put the directory back as the run left it")
                    .Because("DirtyRowsDamaged"));
  }
  std::ranges::sort(set.units_, {}, &Unit::partition);
  return set;
}

Result<std::unique_ptr<DirtyRowSource>> DirtyRowSource::Make(
    const DirtyRowSet& set, const std::vector<std::string>& names) {
  std::unique_ptr<DirtyRowSource> source(new DirtyRowSource(set));
  for (const std::string& name : names) {
    const auto found = std::ranges::find(set.columns(), name, &record::Column::name);
    if (found == set.columns().end()) {
      return Fail(FailedPrecondition("the dirty rows have no column '" + name + "'")
                      .Because("SourceChanged"));
    }
    source->columns_.push_back(static_cast<std::size_t>(found - set.columns().begin()));
  }
  return source;
}

Result<std::unique_ptr<BatchReader>> DirtyRowSource::Open(const OpContext& /*ctx*/,
                                                          const SourceRange& range) {
  return std::make_unique<DirtyRowReader>(set_.units()[range.unit], columns_, range);
}

}  // namespace culvert::runner
