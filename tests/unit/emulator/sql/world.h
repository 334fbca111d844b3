// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/durable_store.h"
#include "emulator/event_log.h"
#include "emulator/projects.h"
#include "emulator/segment_files.h"
#include "emulator/sql/executor.h"
#include "emulator/stored_catalog.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace culvert::emulator::sql {

/// A project `demo` in memory and an executor on it. The clock stands at 2026-01-02T03:04:05Z.
class World {
 public:
  World() {
    EXPECT_THAT(projects_->Add("demo"), test::IsOk());
    session.project = "demo";
  }

  Result<Outcome> Run(std::string_view script) {
    return executor_.RunScript(env.ctx(), session, script);
  }
  /// The CSV lines behind the header, or the text, or `error: ...`.
  std::string Text(std::string_view script) {
    const Result<Outcome> outcome = Run(script);
    if (!outcome) return "error: " + outcome.error().message;
    if (outcome->format != "csv") return outcome->text;
    return outcome->text.substr(outcome->text.find('\n') + 1);
  }
  /// One value: `SELECT expression`, without its newline.
  std::string Value(std::string_view expression) {
    std::string text = Text("SELECT " + std::string(expression));
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }
  /// Type of that value.
  std::string TypeOf(std::string_view expression) {
    const Result<Outcome> outcome = Run("SELECT " + std::string(expression));
    if (!outcome) return "error: " + outcome.error().message;
    return outcome->rows->schema.columns[0].type.ToString();
  }
  Catalog& catalog() { return *catalog_; }
  SegmentFiles& segments() { return segments_; }
  ProjectRegistry& projects() { return *projects_; }
  EventLog& events() { return *events_; }
  DurableStore& durable() { return *durable_; }
  Executor& executor() { return executor_; }

  test::FakeContext env;
  Session session;

 private:
  std::unique_ptr<DurableStore> durable_ = MakeForgetfulStore();
  SegmentFiles segments_;
  std::unique_ptr<ProjectRegistry> projects_ =
      ProjectRegistry::Load(*durable_, env.clock()).value();
  std::unique_ptr<StoredCatalog> catalog_ =
      StoredCatalog::Load(*durable_, segments_, env.clock()).value();
  std::unique_ptr<EventLog> events_ = EventLog::Open("", env.clock()).value();
  Executor executor_{*catalog_, segments_, *projects_, *events_};
};

}  // namespace culvert::emulator::sql
