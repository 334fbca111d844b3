// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/dirty_table_reader.h"

#include "libs/base/byte_buffer.h"
#include "libs/base/file.h"
#include "libs/base/private_file.h"
#include "libs/base/retry.h"
#include "libs/maxcompute/reasons.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "libs/record/record_batch.h"
#include "libs/syncjob/dirty_layout.h"
#include "runner/dirty_files.h"
#include "runner/dirty_line.h"
#include "runner/endpoints/maxcompute_source.h"
#include "runner/engine/body_reader.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace culvert::runner {
namespace {

namespace wire = maxcompute::wire;

Error FetchDamaged(const std::string& what) {
  return FailedPrecondition("the dirty rows of the run " + what +
                            "; put the partition back as the run left it")
      .Because("DirtyRowsDamaged");
}

// The sink's partition as a plan's one source.
syncjob::Plan ReadingPlan(const std::string& table, const std::string& run) {
  syncjob::Plan plan;
  syncjob::MaxComputeSource source;
  source.table = table;
  source.codec = "deflate";
  plan.spec.source = std::move(source);
  plan.sources = {{.partition = "run=" + run, .download_id = {}}};
  return plan;
}

/// Records of one partition, over as many downloads as it takes.
class TableRead {
 public:
  TableRead(const std::function<Status(const DirtyRecord&)>& take, MaxComputeSource source,
            std::uint64_t rows)
      : take_(take),
        source_(std::move(source)),
        rows_(rows),
        layout_(syncjob::DirtySchema().columns),
        batch_(record::RecordBatch::Make(layout_.columns())) {}

  Status Run(const OpContext& ctx) {
    CULVERT_TRY(Retry(ctx, RetryPolicy{}, Idempotency::kIdempotent, rows_, [&]() -> Status {
      if (taken_failed_) return {};
      return Segment(ctx);
    }));
    return std::move(taken_);
  }

 private:
  // From the first row not taken yet to the end.
  Status Segment(const OpContext& ctx) {
    if (done_ == rows_) return {};
    CULVERT_ASSIGN_OR_RETURN(const std::unique_ptr<CodedReader> reader,
                             source_.Open(ctx, {.unit = 0, .start = done_, .rows = rows_ - done_}));
    BlockResult unused;
    BodyReader body(*reader, unused);
    wire::BatchDecoder decoder(layout_);
    ByteBuffer window;
    for (bool more = true; more;) {
      CULVERT_ASSIGN_OR_RETURN(more, body.Fill(ctx, window));
      for (;;) {
        batch_.Clear();
        CULVERT_ASSIGN_OR_RETURN(const wire::Consumed consumed,
                                 decoder.Decode(window.Readable(), batch_));
        if (consumed.total_bytes == 0) break;
        window.Consume(consumed.total_bytes);
        for (std::size_t row = 0; row < batch_.rows; ++row) {
          if (!Hand(row)) return {};
        }
      }
    }
    CULVERT_TRY(decoder.Finish());
    if (done_ == rows_) return {};
    return Fail(DataLoss("the sink gave " + std::to_string(done_) + " records of " +
                         std::to_string(rows_)));
  }

  // False: the taker wants no more.
  bool Hand(std::size_t row) {
    auto record = DirtyRecordAt(batch_, row);
    taken_ = record ? take_(*record) : Fail(std::move(record.error()));
    ++done_;
    taken_failed_ = !taken_;
    return !taken_failed_;
  }

  const std::function<Status(const DirtyRecord&)>& take_;
  MaxComputeSource source_;
  std::uint64_t rows_;
  wire::RecordLayout layout_;
  record::RecordBatch batch_;
  std::uint64_t done_ = 0;
  bool taken_failed_ = false;
  Status taken_;
};

/// Lines as the files of a sink on a volume: a new file wherever a row is out of the order of the
/// one before, so that any order of the service's will do.
class FetchedFiles {
 public:
  explicit FetchedFiles(std::string directory) : directory_(std::move(directory)) {}

  Status Take(const DirtyRecord& record) {
    if (record.part != next_part_ || (record.part > 0 && record.parts != parts_)) {
      return Fail(FetchDamaged("have a line in pieces that do not follow each other"));
    }
    line_ += record.line;
    parts_ = record.parts;
    next_part_ = record.part + 1;
    if (next_part_ < parts_) return {};
    next_part_ = 0;
    const std::string line = std::exchange(line_, {});
    if (!record.shard) return TakeSummary(line);
    return TakeLine(line);
  }

  Result<std::uint64_t> Finish() {
    if (next_part_ != 0) return Fail(FetchDamaged("end within a line"));
    if (!summary_) {
      return Fail(NotFound("the run did not finish, or left no dirty rows"));
    }
    if (summary_->rows_dirty != rows_) {
      return Fail(FetchDamaged("are " + std::to_string(rows_) + ", it left " +
                               std::to_string(summary_->rows_dirty)));
    }
    if (file_) CULVERT_TRY(file_->Publish());
    CULVERT_TRY(WriteDirtySummary(directory_, *summary_));
    return rows_;
  }

 private:
  Status TakeSummary(const std::string& line) {
    if (summary_) return Fail(FetchDamaged("have two summaries"));
    auto summary = ParseDirtySummary(line);
    if (!summary) return Fail(FetchDamaged("have a summary that cannot be read"));
    summary_ = *std::move(summary);
    return {};
  }

  Status TakeLine(const std::string& line) {
    const auto parsed = ParseDirtyLine(line);
    if (!parsed) return Fail(FetchDamaged("have a line that is none: " + parsed.error().message));
    const bool follows = file_ && parsed->partition == partition_ && parsed->row > row_;
    if (!follows) CULVERT_TRY(BeginFile());
    partition_ = parsed->partition;
    row_ = parsed->row;
    ++rows_;
    CULVERT_TRY(file_->Append(line));
    return file_->Append("\n");
  }

  Status BeginFile() {
    if (file_) CULVERT_TRY(file_->Publish());
    file_.reset();
    std::array<char, 48> name{};
    std::snprintf(name.data(), name.size(), "/rows-%08llu.jsonl",
                  static_cast<unsigned long long>(files_++));
    CULVERT_ASSIGN_OR_RETURN(PrivateFile file, PrivateFile::Create(directory_ + name.data()));
    file_.emplace(std::move(file));
    return {};
  }

  std::string directory_;
  std::string line_;
  std::uint64_t next_part_ = 0;
  std::uint64_t parts_ = 1;
  std::string partition_;
  std::uint64_t row_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t files_ = 0;
  std::optional<PrivateFile> file_;
  std::optional<DirtySummary> summary_;
};

}  // namespace

Status ReadDirtyTable(const OpContext& ctx, maxcompute::Tunnel& tunnel, const std::string& table,
                      const std::string& run,
                      const std::function<Status(const DirtyRecord&)>& take) {
  const maxcompute::TunnelTarget target{.table = table, .partition = {.entries = {{"run", run}}}};
  auto session = tunnel.CreateDownload(ctx, target);
  if (!session) {
    Error error = std::move(session.error());
    if (error.code == ErrorCode::kNotFound)
      error.message = table + "/run=" + run + ": " + error.message;
    return Fail(std::move(error));
  }
  record::Schema schema = session->schema;
  schema.partition_keys = syncjob::DirtySchema().partition_keys;
  CULVERT_TRY(syncjob::CheckDirtySchema(table, schema));
  syncjob::Plan plan = ReadingPlan(table, run);
  plan.sources.front().download_id = session->id;
  CULVERT_ASSIGN_OR_RETURN(MaxComputeSource source, MaxComputeSource::Make(tunnel, plan));
  return TableRead(take, std::move(source), session->record_count).Run(ctx);
}

Result<std::uint64_t> FetchDirtyRows(const OpContext& ctx, maxcompute::Tunnel& tunnel,
                                     const std::string& table, const std::string& run,
                                     const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code problem;
  if (fs::exists(directory, problem)) {
    return Fail(InvalidArgument("'" + directory +
                                "' is there already: its rows may be replayed, or are those of "
                                "another run; name a directory that is not there"));
  }
  const std::string meanwhile = directory + ".part";
  fs::remove_all(meanwhile, problem);  // of a fetch that was interrupted
  CULVERT_TRY(EnsureDirectory(meanwhile));
  FetchedFiles files(meanwhile);
  CULVERT_TRY(ReadDirtyTable(ctx, tunnel, table, run,
                             [&files](const DirtyRecord& record) { return files.Take(record); }));
  auto rows = files.Finish();
  if (!rows) {
    fs::remove_all(meanwhile, problem);
    return rows;
  }
  fs::rename(meanwhile, directory, problem);
  if (problem) {
    return Fail(ResourceExhausted("cannot name '" + directory + "': " + problem.message())
                    .Because("LocalPressure"));
  }
  return rows;
}

}  // namespace culvert::runner
