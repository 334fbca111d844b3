// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/runner_fixture.h"

#include "emulator/catalog.h"
#include "emulator/rows_hash.h"
#include "libs/base/file.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "libs/record/type.h"
#include "runner/engine/row_text.h"
#include "tests/integration/test_history.h"
#include "tests/support/status_matchers.h"

#include <algorithm>
#include <sstream>

namespace culvert::test {
namespace {

namespace wire = maxcompute::wire;
using record::Physical;

constexpr std::chrono::seconds kRunBudget{120};
constexpr const char* kSecret = "test-secret-word";

}  // namespace

std::string RunnerProgram() { return std::string(CULVERT_BIN_DIR) + "/culvert-runner"; }

std::vector<record::Column> Columns(const std::string& text) {
  std::vector<record::Column> columns;
  int depth = 0;
  std::string part;
  const auto finish = [&columns, &part] {
    const std::size_t begin = part.find_first_not_of(' ');
    if (begin == std::string::npos) return;
    const std::string one = part.substr(begin);
    const std::size_t space = one.find(' ');
    std::string type = one.substr(space + 1);
    bool nullable = true;
    if (const std::size_t at = type.find(" not null"); at != std::string::npos) {
      type.resize(at);
      nullable = false;
    }
    columns.push_back({.name = one.substr(0, space),
                       .type = record::Type::Parse(type).value(),
                       .nullable = nullable,
                       .comment = {},
                       .default_value = {}});
    part.clear();
  };
  for (const char c : text) {
    depth += c == '<' || c == '(' ? 1 : c == '>' || c == ')' ? -1 : 0;
    if (c == ',' && depth == 0) {
      finish();
    } else {
      part += c;
    }
  }
  finish();
  return columns;
}

record::RecordBatch MakeRows(const std::vector<record::Column>& columns, std::uint64_t rows,
                             std::uint64_t first) {
  record::RecordBatch batch = record::RecordBatch::Make(columns);
  for (std::uint64_t row = first; row < first + rows; ++row) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      record::ColumnVector& column = batch.columns[i];
      const auto number = static_cast<std::int64_t>(row);
      if (columns[i].nullable && i > 0 && (row + i) % 11 == 0) {
        column.AppendNull();
        continue;
      }
      switch (column.physical) {
        case Physical::kInt64:
          column.AppendInt64(columns[i].type.kind == record::TypeKind::kBoolean   ? number % 2
                             : columns[i].type.kind == record::TypeKind::kTinyint ? number % 100
                                                                                  : number);
          break;
        case Physical::kFloat:
          column.AppendFloat(static_cast<float>(number) / 4);
          break;
        case Physical::kDouble:
          column.AppendDouble(static_cast<double>(number) / 8);
          break;
        case Physical::kTimestamp:
          column.AppendTimestamp(number * 1000, static_cast<std::int32_t>(number % 1000) * 1000);
          break;
        case Physical::kBytes:
          column.AppendBytes(columns[i].type.kind == record::TypeKind::kDecimal
                                 ? std::to_string(number) + ".5"
                                 : "value " + std::to_string(number * 7919) +
                                       std::string(row % 40, 'x'));
          break;
        case Physical::kNested:
          column.AppendNull();
          break;
      }
    }
    ++batch.rows;
  }
  return batch;
}

RunnerFixture::RunnerFixture() {
  options_.projects = {"demo"};
  options_.access_keys = {std::string("AKTESTID:") + kSecret};
  TestHistory::Begin({kSecret});
}

// Whatever wrote is gone with the members of the fixtures derived from this one.
RunnerFixture::~RunnerFixture() { TestHistory::Now().Check(dir_.path()); }

void RunnerFixture::Start() {
  TestHistory& history = TestHistory::Now();
  if (options_.event_log_file.empty()) options_.event_log_file = history.EventLogFile();
  history.SetSessionLife(options_.limits.session_life);
  auto started = emulator::Emulator::Start(options_, context_.clock(), context_.log());
  ASSERT_THAT(started, IsOk());
  emulator_ = *std::move(started);
}

void RunnerFixture::MakeTable(const std::string& name, const std::string& columns,
                              const std::string& keys, emulator::TableKind kind) {
  emulator::TableDef def;
  def.project = "demo";
  def.name = name;
  def.kind = kind;
  def.columns.columns = Columns(columns);
  def.columns.partition_keys = Columns(keys);
  if (kind == emulator::TableKind::kView) def.view_text = "select 1";
  ASSERT_THAT(emulator_->services().catalog.CreateTable(std::move(def)), IsOk());
}

void RunnerFixture::AddPartition(const std::string& table, const std::string& partition) {
  const auto spec = record::PartitionSpec::Parse(partition);
  ASSERT_THAT(spec, IsOk());
  ASSERT_THAT(
      emulator_->services().catalog.AddPartition(emulator::MakeTableKey("demo", "", table), *spec),
      IsOk());
}

void RunnerFixture::AddRows(const std::string& table, const std::string& partition,
                            const record::RecordBatch& batch) {
  emulator::Services& services = emulator_->services();
  const auto key = emulator::MakeTableKey("demo", "", table);
  const auto def = services.catalog.FindTable(key);
  ASSERT_THAT(def, IsOk());
  record::PartitionSpec spec;
  if (!partition.empty()) {
    spec = record::PartitionSpec::Parse(partition).value();
    const Status added = services.catalog.AddPartition(key, spec);
    ASSERT_TRUE(added || added.error().code == ErrorCode::kAlreadyExists);
  }
  const wire::RecordLayout layout((*def)->columns.columns);
  ByteBuffer records;
  wire::StreamTotals totals;
  wire::EncodeBatch(layout, batch, records, totals);
  auto segment = services.segments.Make(layout, std::move(records));
  ASSERT_THAT(segment, IsOk());
  ASSERT_THAT(services.catalog.Publish(key, spec, emulator::Catalog::Mode::kAppend, {*segment}),
              IsOk());
  const auto visible = services.catalog.Snapshot(key, spec);
  ASSERT_THAT(visible, IsOk());
  services.events.Append("rows.loaded", {{"project", key.project},
                                         {"schema", key.schema},
                                         {"table", key.name},
                                         {"partition", (*visible)->spec.ToString()},
                                         {"records", (*visible)->rows()},
                                         {"hash", emulator::RowsHash((*visible)->segments)}});
}

void RunnerFixture::Fill(const std::string& table, std::uint64_t rows, const std::string& partition,
                         std::uint64_t first) {
  const auto def =
      emulator_->services().catalog.FindTable(emulator::MakeTableKey("demo", "", table));
  ASSERT_THAT(def, IsOk());
  AddRows(table, partition, MakeRows((*def)->columns.columns, rows, first));
}

std::vector<std::string> RunnerFixture::Rows(const std::string& table,
                                             const std::string& partition) {
  std::vector<std::string> lines;
  emulator::Services& services = emulator_->services();
  const auto key = emulator::MakeTableKey("demo", "", table);
  const auto def = services.catalog.FindTable(key);
  record::PartitionSpec spec;
  if (!partition.empty()) spec = record::PartitionSpec::Parse(partition).value();
  const auto data = services.catalog.Snapshot(key, spec);
  if (!def || !data) return {"no such table or partition"};
  const wire::RecordLayout layout((*def)->columns.columns);
  for (const emulator::SegmentPtr& segment : (*data)->segments) {
    ByteBuffer stream;
    stream.Append(segment->bytes);
    wire::EncodeTrailer(
        {.records = segment->rows(), .crc_of_crcs = wire::CrcOfCrcs(segment->index.crcs)}, stream);
    wire::BatchDecoder decoder(layout);
    record::RecordBatch batch = record::RecordBatch::Make(layout.columns());
    while (!decoder.finished()) {
      batch.Clear();
      const auto consumed = decoder.Decode(stream.Readable(), batch);
      if (!consumed) return {"broken segment: " + ToString(consumed.error())};
      for (std::size_t row = 0; row < batch.rows; ++row) {
        lines.emplace_back();
        runner::AppendRowJson(layout.columns(), batch, row, lines.back());
      }
      stream.Consume(consumed->total_bytes);
    }
  }
  std::ranges::sort(lines);
  return lines;
}

std::string RunnerFixture::Difference(const std::string& left, const std::string& right,
                                      const std::string& left_partition,
                                      const std::string& right_partition) {
  const auto left_rows = Rows(left, left_partition);
  const auto right_rows = Rows(right, right_partition);
  if (left_rows == right_rows) return {};
  const auto [at_left, at_right] = std::ranges::mismatch(left_rows, right_rows);
  return left + " has " + std::to_string(left_rows.size()) + " rows, " + right + " " +
         std::to_string(right_rows.size()) +
         "; first difference: " + (at_left == left_rows.end() ? "(end)" : *at_left) + " against " +
         (at_right == right_rows.end() ? "(end)" : *at_right);
}

std::uint64_t RunnerFixture::RowCount(const std::string& table, const std::string& partition) {
  record::PartitionSpec spec;
  if (!partition.empty()) spec = record::PartitionSpec::Parse(partition).value();
  const auto data =
      emulator_->services().catalog.Snapshot(emulator::MakeTableKey("demo", "", table), spec);
  return data ? (*data)->rows() : 0;
}

std::string RunnerFixture::WriteFile(const std::string& name, const std::string& text) {
  const std::string path = dir_ / name;
  EXPECT_THAT(WriteFileDurably(path, text), IsOk());
  return path;
}

std::string RunnerFixture::DataSourceText(const std::string& name, const std::string& extra) const {
  return "apiVersion: culvert.dev/v1alpha1\nkind: DataSource\nmetadata: {name: " + name +
         "}\nspec:\n  maxCompute:\n    endpoint: " + emulator_->Endpoint() +
         "\n    project: demo\n    credentialsRef: {name: key}\n    allowInsecureHttp: true\n" +
         extra;
}

std::string RunnerFixture::WriteJob(const JobText& job) {
  return WriteFile(job.name + ".yaml",
                   "apiVersion: culvert.dev/v1alpha1\nkind: SyncJob\nmetadata: {name: " + job.name +
                       "}\nspec:\n  source: " + job.source + "\n  target: " + job.target +
                       "\n  setting: " + job.setting + "\n  runner: " + job.runner + "\n---\n" +
                       DataSourceText("here") +
                       "---\napiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: "
                       "{accessKeyId: AKTESTID, accessKeySecret: test-secret-word}\n");
}

std::vector<std::string> RunnerFixture::RunArgs(const std::string& file,
                                                const std::vector<std::string>& more) const {
  std::vector<std::string> args = {RunnerProgram(), "run",        "-f",   file,          "--state",
                                   file + ".state", "--progress", "none", "--log-level", "error"};
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

ProcessOutcome RunnerFixture::Runner(const std::vector<std::string>& args) {
  auto outcome = RunProcess(
      {.args = args, .env = {}, .stdin_text = {}, .working_directory = dir_.path()}, kRunBudget);
  EXPECT_THAT(outcome, IsOk());
  if (outcome) {
    TestHistory::Now().AddArtefact("the output of the runner",
                                   outcome->stdout_text + outcome->stderr_text);
    if (emulator_) TestHistory::Now().MarkEndOf(args, emulator_->services().events);
  }
  return outcome ? *std::move(outcome)
                 : ProcessOutcome{.exit_code = -1, .stdout_text = {}, .stderr_text = {}};
}

ProcessOutcome RunnerFixture::Run(const JobText& job, const std::vector<std::string>& more) {
  return Runner(RunArgs(WriteJob(job), more));
}

}  // namespace culvert::test
