// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/emulator.h"
#include "emulator/faults.h"
#include "libs/record/record_batch.h"
#include "libs/record/schema.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace culvert::test {

/// `id bigint, name string`: columns of a table in tests.
std::vector<record::Column> Columns(const std::string& text);

/// What a job in tests says; everything has a working default.
struct JobText {
  std::string name = "job";
  std::string source = "{maxCompute: {dataSourceRef: {name: here}, table: source, column: ['*']}}";
  std::string target =
      "{maxCompute: {dataSourceRef: {name: here}, table: target, column: ['*'], truncate: false, "
      "consistencyCommit: true}}";
  std::string setting = "{speed: {throttle: false, concurrent: 2}}";
  std::string runner = "{threads: 4}";
};

/// The emulator in this process and the runner as a program, in one temporary directory.
class RunnerFixture : public ::testing::Test {
 protected:
  RunnerFixture();
  ~RunnerFixture() override;

  /// Options may be changed before Start.
  emulator::EmulatorOptions options_;
  void Start();

  /// Table in project `demo`. `keys`: partition keys, may be empty.
  void MakeTable(const std::string& name, const std::string& columns, const std::string& keys = "",
                 emulator::TableKind kind = emulator::TableKind::kManaged);
  /// Adds rows `first` .. `first + rows - 1`: every column a function of the row's number.
  void Fill(const std::string& table, std::uint64_t rows, const std::string& partition = "",
            std::uint64_t first = 0);
  void AddRows(const std::string& table, const std::string& partition,
               const record::RecordBatch& batch);
  void AddPartition(const std::string& table, const std::string& partition);
  /// All rows as JSON lines, sorted: equal multisets compare equal.
  std::vector<std::string> Rows(const std::string& table, const std::string& partition = "");
  /// Empty when both hold the same multiset of rows, else how they differ, in one line.
  std::string Difference(const std::string& left, const std::string& right,
                         const std::string& left_partition = "",
                         const std::string& right_partition = "");
  std::uint64_t RowCount(const std::string& table, const std::string& partition = "");

  /// Writes the documents of a job and returns the file's path.
  std::string WriteJob(const JobText& job);
  std::string DataSourceText(const std::string& name, const std::string& extra = "") const;
  std::string WriteFile(const std::string& name, const std::string& text);

  /// Arguments of `culvert-runner run -f FILE --state FILE.state --progress none` for a job.
  std::vector<std::string> RunArgs(const std::string& file,
                                   const std::vector<std::string>& more = {}) const;
  ProcessOutcome Runner(const std::vector<std::string>& args);
  ProcessOutcome Run(const JobText& job, const std::vector<std::string>& more = {});

  emulator::Emulator& server() { return *emulator_; }
  const TempDir& dir() const { return dir_; }
  RealContext context_;

 private:
  TempDir dir_;
  std::unique_ptr<emulator::Emulator> emulator_;
};

/// Rows of `columns` numbered `first` .. `first + rows - 1`.
record::RecordBatch MakeRows(const std::vector<record::Column>& columns, std::uint64_t rows,
                             std::uint64_t first = 0);

/// Path of the program under test.
std::string RunnerProgram();

}  // namespace culvert::test
